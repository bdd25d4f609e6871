"""Which of two similar texts stays: greedy, in order of evidence, every similarity exact.

A text is dropped only for being similar to one that stays, and names it. So a chain A~B~C keeps C when C is not
similar to A: similarity is not passed on.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A text that is dropped, the one that stays for it, and their exact Jaccard similarity.

    Keys ascend in order of evidence; negative ones are history.
    """

    key: int
    kept_key: int
    similarity: float


def choose_duplicates(similar: Iterable[Duplicate]) -> Iterator[Duplicate]:
    """Yield what is dropped, of all pairs that are similar enough, by ascending key.

    History always stays; its texts come first among equals.
    """
    dropped: set[int] = set()
    for key, group in groupby(similar, key=lambda pair: pair.key):
        standing = [pair for pair in group if pair.kept_key not in dropped]
        if standing:
            dropped.add(key)
            yield max(standing, key=lambda pair: (pair.kept_key < 0, pair.similarity, -abs(pair.kept_key)))
