"""Items as benchmarks have them, written for this bench: questions of prose, code problems, and short questions.

None is taken from a real benchmark, whose licences and purpose forbid to spread them. Their lengths and their wording,
stock phrases included, are those of GSM8K, MMLU, ARC, HellaSwag, NaturalQuestions, HumanEval, MBPP and DS-1000.
"""

# One item a paragraph; its lines are one line.
_PROSE = """
Marisol bakes 36 rolls every morning and sells them in bags of 4. On Friday she sold only half of her bags, and
on Saturday she sold all of them. How many bags did Marisol sell on Friday and Saturday together?

A bus leaves the depot with 14 passengers. At the first stop 9 people get on and 3 get off, at the second stop 6
get on and 11 get off. If the fare is $2.50 per passenger, how much money has the driver collected by then?

Tunde is saving for a bicycle that costs $240. He already has $65 and earns $12 an hour for walking dogs. If he
walks dogs 5 hours a week, how many weeks will it take until he can buy the bicycle?

A rectangular garden is 18 metres long and 7 metres wide. Its owner wants to put a fence around it with a post
every 2 metres. Each post costs 3 euros and each metre of fence costs 5 euros. What does the fence cost?

Priya reads 25 pages a day on weekdays and twice as many on each day of the weekend. Her book has 900 pages, of
which she has read 150. How many full weeks does she need to finish the book?

In a school of 480 pupils, three eighths play an instrument and a third of those also sing in the choir. Forty
pupils sing but play nothing. How many pupils sing in the choir?

Oskar has twice as many marbles as Lena, and Lena has 8 more than Jonas. Together the three of them have 72
marbles. How many marbles does Oskar have?

A tank holds 300 litres. One pipe fills it in 6 hours and another one empties it in 10 hours. Both are opened
while the tank is empty. After how many hours is the tank full?

The price of a coat was raised by 20% and then lowered by 25% in the winter sale. It now costs $81. What did the
coat cost before its price was raised?

Let x and y be positive integers with 3x + 5y = 97. Find the largest possible value of x + y, and give all pairs
(x, y) for which it is reached.

Which of the following statements about the enzyme that unwinds the two strands of DNA at the replication fork
is true? A. It needs no energy. B. It hydrolyses ATP. C. It joins Okazaki fragments. D. It proofreads bases.

A patient of 54 years presents with sudden pain in the chest that radiates to the back, unequal pulses in both
arms and a widened mediastinum on the radiograph. Which of the following is the most likely diagnosis?

A student heats 50 grams of an unknown metal to 95 degrees and drops it into 100 grams of water at 20 degrees.
The final temperature is 24 degrees. Which property of the metal can the student calculate from these data?

According to the doctrine of promissory estoppel, a promise without consideration may be enforced if the
promisee relied on it to his detriment. In which of the following cases would a court most likely apply it?

A firm in a perfectly competitive market sells its product at $18. Its average total cost is $21 and its average
variable cost is $15 at the output where marginal cost equals price. In the short run the firm should

Which layer of the atmosphere contains most of the ozone that absorbs ultraviolet radiation from the sun, and
what would most likely happen to living things on the surface if that layer became much thinner?

A ball is thrown straight up with a speed of 15 metres per second from the edge of a cliff 40 metres high.
Neglecting the resistance of the air, how long does it take until it hits the ground below the cliff?

The primary reason that the framers of the treaty rejected a standing tribunal was that several of the smaller
states feared that its judges would be chosen by their larger neighbours. This concern was answered by

A woman is standing on a ladder beside a brick house with a bucket in her hand. She dips a brush into the bucket
and starts to scrub the leaves out of the gutter. Then she climbs down and moves the ladder to the next window.

How to repot an overgrown orchid: water the plant the day before. Choose a pot that is one size larger than the
old one. Loosen the roots gently with your fingers and cut off those that are brown and soft.

The man in the red jacket kneels beside the snowboard and rubs a block of wax over the whole base. He takes an
iron from the table, and melts the wax in slow circles until the surface shines.

Who was the first woman to be appointed director of the observatory that discovered the companion of the star
Sirius, and in which year did she take up her post there?

The lawyer asked the witness to repeat her statement because she had spoken too softly for the jury. In this
sentence, who had spoken too softly, and how do you know it?

What was the name of the ship on which the naturalist who described the finches of the western islands returned
to England after his second expedition, and where had it been built?

If all bloops are razzies and some razzies are lazzies, which of the following conclusions must be true? (a) All
bloops are lazzies. (b) Some bloops are lazzies. (c) No bloop is a lazzie. (d) None of these.

Two fair six-sided dice are rolled. Given that at least one of them shows a 4, what is the probability that the
sum of the two dice is greater than 7? Express your answer as a common fraction.

Find the area of the region in the plane bounded by the curves $y = x^2 - 4x + 3$ and $y = 3 - x$, and express
it as a common fraction in lowest terms.

How many tiles of 30 by 30 centimetres are needed for a floor of 4.5 by 6 metres?

Write an expression for the number of minutes in h hours and s seconds, and evaluate it for h = 3 and s = 240.

In the passage above, the author mentions the harbour strike mainly in order to

Which of these changes would most likely increase the rate of photosynthesis of a water plant in a bright tank?

Each of the 5 shelves of a bookcase holds 24 books. If 37 books are lent out, how many books are left?

What is the only river that crosses the equator twice, and into which ocean does it flow?

An investor buys 120 shares at $45 each and pays a commission of 1.5 percent. A year later she sells all of them
at $52 with the same commission, after she received a dividend of $0.80 a share. What is her total profit?

Nadia wants to plant tulips in rows of 15. She has 4 bags with 60 bulbs each, but a quarter of the bulbs are
rotten. How many full rows can she plant, and how many bulbs are left over?

The following passage is from a novel of 1911. The narrator has come back to the village in which she grew up,
to sell the mill that her uncle left her, and finds her cousin living there with his family. Read the passage
carefully. Then write an essay in which you analyse how the author uses the description of the mill, the weather
and the children's games to show the complex relation of the narrator to the place.

A factory runs three machines. Machine A makes 40 parts an hour and 2% of them are faulty, machine B makes 60
parts an hour and 3% of them are faulty, and machine C makes 100 parts an hour and 1.5% of them are faulty. All
parts are put into one box. At the end of a shift of 8 hours one part is drawn at random from the box and found
to be faulty. What is the probability that it was made by machine B?

Sam, Ade and Wei run a lap of 400 metres. Sam needs 80 seconds, Ade needs 90 seconds and Wei needs 2 minutes.
They start together at noon and keep running at the same speed. After how many minutes will all three of them be
at the start line at the same moment for the first time, and how many laps will each of them have run by then?
"""

_SHORT = """
Which gas do plants take in from the air when they make sugar?
What is the capital of the country north of Lesotho?
In which organ is bile produced before it is stored?
What is the derivative of x^3 - 5x with respect to x?
Who wrote the libretto of the opera The Iron Orchard?
Which planet has the shortest year in the solar system?
The powerhouse of a eukaryotic cell is called the
Which rock is formed when lava cools very quickly?
What colour is litmus paper dipped into vinegar?
Simplify the fraction 84/126 to its lowest terms.
"""

CODE = (
    '''from typing import List


def pairs_within(values: List[int], distance: int) -> int:
    """ Count the pairs of positions i < j whose values differ by at most the given distance.
    >>> pairs_within([1, 5, 3], 2)
    2
    >>> pairs_within([10, 20, 30], 5)
    0
    """
    count = 0
    for i in range(len(values)):
        for j in range(i + 1, len(values)):
            if abs(values[i] - values[j]) <= distance:
                count += 1
    return count
''',
    '''def rotate_vowels(s: str) -> str:
    """
    Return the string with every vowel replaced by the next one (a -> e, e -> i, i -> o, o -> u, u -> a).
    Consonants stay as they are, and case is kept.
    Example:
    >>> rotate_vowels("Apple pie")
    'Eppli poi'
    """
    order = "aeioua"
    result = ""
    for ch in s:
        if ch.lower() in order:
            nxt = order[order.index(ch.lower()) + 1]
            result += nxt.upper() if ch.isupper() else nxt
        else:
            result += ch
    return result
''',
    '''def min_coins(coins, amount):
    """Write a function to find the least number of coins that sum to the amount, or -1 where no sum of coins does."""
    best = [0] + [float("inf")] * amount
    for total in range(1, amount + 1):
        for coin in coins:
            if coin <= total:
                best[total] = min(best[total], best[total - coin] + 1)
    return best[amount] if best[amount] != float("inf") else -1

assert min_coins([1, 2, 5], 11) == 3
assert min_coins([2], 3) == -1
''',
    """import pandas as pd

df = pd.DataFrame({"shop": ["a", "a", "b", "b"], "month": [1, 2, 1, 2], "sales": [10, 14, 7, 9]})
# For every shop, add a column "growth" with the relative change of sales against the month before;
# the first month of each shop is 0.
df["growth"] = df.sort_values("month").groupby("shop")["sales"].pct_change().fillna(0)
print(df)
""",
    '''def is_balanced(expression: str) -> bool:
    """ You are given a string that holds the brackets (), [] and {} among other characters.
    Return True if every opened bracket is closed by one of its own kind in the right order.
    """
    closes = {")": "(", "]": "[", "}": "{"}
    stack = []
    for character in expression:
        if character in closes.values():
            stack.append(character)
        elif character in closes:
            if not stack or stack.pop() != closes[character]:
                return False
    return not stack
''',
    """import numpy as np

a = np.array([[3, 1, 2], [9, 7, 8], [4, 6, 5]])
# Problem: I want to sort every row of the array in descending order, and get the positions that the values had.
positions = np.argsort(-a, axis=1)
result = np.take_along_axis(a, positions, axis=1)
""",
    '''class Inventory:
    """Design a class that keeps stock of items. add(name, count) puts items in, take(name, count) removes them
    and raises ValueError where there are not enough, and total() returns the number of all items."""

    def __init__(self):
        self.stock = {}

    def add(self, name, count):
        self.stock[name] = self.stock.get(name, 0) + count

    def take(self, name, count):
        if self.stock.get(name, 0) < count:
            raise ValueError(f"only {self.stock.get(name, 0)} of {name}")
        self.stock[name] -= count

    def total(self):
        return sum(self.stock.values())
''',
    '''def longest_run(bits):
    """Write a python function to find the length of the longest run of equal bits in a string of zeros and ones."""
    best = current = 1
    for before, after in zip(bits, bits[1:]):
        current = current + 1 if before == after else 1
        best = max(best, current)
    return best if bits else 0
''',
    '''def digit_roots(start: int, end: int) -> list:
    """
    For every number from start to end (inclusive) add up its digits again and again until one digit is left.
    Return the list of these digits.
    digit_roots(17, 20) == [8, 9, 1, 2]
    """
    roots = []
    for number in range(start, end + 1):
        while number > 9:
            number = sum(int(digit) for digit in str(number))
        roots.append(number)
    return roots
''',
    '''def merge_intervals(intervals):
    """Given a list of closed intervals, return the shortest sorted list of intervals that covers the same numbers."""
    merged = []
    for low, high in sorted(intervals):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged
''',
    """SELECT departments.name, count(*) AS staff_count, avg(staff.salary) AS mean_salary
FROM staff
JOIN departments ON departments.department_id = staff.department_id
WHERE staff.left_on IS NULL
GROUP BY departments.name
HAVING count(*) >= 5
ORDER BY mean_salary DESC
LIMIT 10;
""",
    """#include <vector>

// Return the position of the first element that is larger than both of its neighbours, or -1.
int first_peak(const std::vector<int>& heights) {
    for (size_t i = 1; i + 1 < heights.size(); ++i) {
        if (heights[i] > heights[i - 1] && heights[i] > heights[i + 1]) {
            return static_cast<int>(i);
        }
    }
    return -1;
}
""",
)

PROSE = tuple(" ".join(item.split()) for item in _PROSE.split("\n\n"))
SHORT = tuple(_SHORT.strip().split("\n"))
