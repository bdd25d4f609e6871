"""Texts that repeat a benchmark item are found, whole, re-wrapped, re-cased and lightly edited; others are not."""

import gzip
import json
import random
import re

import pytest

from bench.benchmark_items import CODE, PROSE, SHORT
from bench.contamination_curve import one_in_ten, one_word, recall
from curation.contamination import Stretch, find_leaks, index_references, most_in_a_stretch
from curation.planting import EDITS, planted_into, renumbered, revised, rewrapped
from curation.reference_units import is_code, one_number
from storage.records import ReferenceItem

QUESTION = (
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in May. "
    "How many clips did Natalia sell altogether in April and May?"
)
SHORT_QUESTION = "Which gas do plants take from the air by day? Carbon dioxide."
FRAME = "In the harbour there was talk of other things on the day the boats came back. " * 20


@pytest.fixture
def find(settings):
    """Return a finder of leaks of {name: text}."""

    def finder(items):
        references = [ReferenceItem(*name.split("/"), text) for name, text in items.items()]
        index = index_references(references, settings.contamination)
        return lambda text: find_leaks(text, index)

    return finder


@pytest.fixture
def leak(find):
    finder = find({"gsm8k/7": QUESTION, "arc/a1": SHORT_QUESTION, "arc/a2": "Yes."})
    return lambda text: next(iter(finder(text)), None)


def test_an_item_word_for_word_is_found_and_named_with_its_set_share_and_limit(leak):
    found = leak(FRAME + QUESTION + FRAME)
    assert (found.reference, found.item, found.overlap, found.limit) == ("gsm8k", "reference:gsm8k/7", 1.0, 0.5)


@pytest.mark.parametrize(
    "wrapped",
    [
        QUESTION.replace(" ", "\n"),
        QUESTION.upper(),
        QUESTION.replace(",", " --").replace("?", "!"),
        "> " + QUESTION.replace(" in ", "\n> in "),
        "\n".join(f"# {line}" for line in QUESTION.split(". ")),
        QUESTION.replace("48", "1,250.75"),
    ],
)
def test_an_item_in_other_wrapping_case_punctuation_and_numbers_is_found_whole(leak, wrapped):
    found = leak(FRAME + wrapped + FRAME)
    assert (found.item, found.overlap) == ("reference:gsm8k/7", 1.0)


@pytest.mark.parametrize("item", [QUESTION, SHORT_QUESTION, CODE[1]])
@pytest.mark.parametrize("mark", ["", "\u0130\u0130 1,250.50 \u03a3. "])
def test_an_item_is_found_where_it_stands_whatever_stands_before_it(find, item, mark):
    (found,) = find({"r/1": item})(f"{mark}{FRAME}<< {item} >>{FRAME}")
    written = item.strip(".?\n '\"")
    assert found.span.start_char == len(mark) + len(FRAME) + 3
    assert f"{mark}{FRAME}<< {item} >>{FRAME}"[found.span.start_char :][: found.span.char_count] == written
    assert found.span.word_count == len(re.findall(r"\w+", one_number(written)))


def test_the_place_of_an_item_holds_its_numbers_whole(find):
    item = QUESTION.replace("48", "1,250.75")
    (found,) = find({"r/1": f"48 {QUESTION} 48"})(f"{FRAME} 7.25 {item} 1,000.50 {FRAME}")
    assert f"{FRAME} 7.25 {item} 1,000.50"[found.span.start_char :] == f"7.25 {item} 1,000.50"
    assert found.span.char_count == len(f"7.25 {item} 1,000.50")


def test_half_of_an_item_is_enough_and_less_is_not(find):
    words = [f"word{letter}" for letter in "abcdefghijklmnopqrstuvw"]  # 20 runs of 4
    finder = find({"r/1": " ".join(words)})
    assert [found.overlap for found in finder("before " + " ".join(words[:13]) + " after")] == [0.5]
    assert finder("before " + " ".join(words[:12]) + " after") == []


def test_runs_of_an_item_count_only_where_they_stand_close_together(find):
    words = [f"word{letter}" for letter in "abcdefghijklmnopqrstuvwx"]
    strewn = [" ".join(words[at : at + 4]) for at in range(0, 24, 2)]
    finder = find({"r/1": " ".join(words)})
    assert finder(" and then ".join(strewn)) == []
    assert finder(" or ".join((" ".join(words[:12]), " ".join(words[12:]))))
    assert finder(FRAME.join(strewn)) == []


def test_items_of_numbers_are_compared_with_their_numbers(find):
    table = "Sales: " + " ".join(str(number * 37 % 101) for number in range(30))
    finder = find({"t/1": table})
    assert finder(FRAME + table + "\n" + FRAME)[0].overlap == 1.0
    assert finder(FRAME + "Sales: " + " ".join(str(number * 41 % 103) for number in range(30))) == []


def test_a_number_inside_a_word_is_part_of_it(find):
    finder = find({"r/1": " ".join(f"row{number}" for number in range(30))})
    assert finder(" ".join(f"row{number}" for number in range(40, 80))) == []


def test_a_stretch_counts_every_mark_once():
    assert most_in_a_stretch([0, 1, 2, 9, 10], [5, 5, 6, 7, 8], 3) == Stretch(2, 1, 2)
    assert most_in_a_stretch([0, 1, 2, 3], [1, 2, 3, 4], 3) == Stretch(3, 0, 2)
    assert most_in_a_stretch([], [], 3) == Stretch(0, 0, 0)


def test_a_stretch_leaves_out_what_it_holds_later_too():
    assert most_in_a_stretch([0, 9, 10, 11, 12], [2, 1, 2, 3, 4], 20) == Stretch(4, 9, 12)


def test_items_of_few_words_are_compared_by_characters(leak):
    assert len(SHORT_QUESTION.split()) < 13
    found = leak(FRAME + SHORT_QUESTION.lower().replace(" ", "  ") + FRAME)
    assert (found.item, found.overlap, found.limit) == ("reference:arc/a1", 1.0, 0.67)
    assert leak(FRAME + "Which gas do fish take from the water by day? Oxygen.") is None


def test_items_too_short_to_be_anybodys_reject_nothing(leak):
    assert leak("Yes. Yes. " + FRAME) is None


def test_a_text_about_the_same_things_is_no_leak(leak):
    assert leak(FRAME + "Natalia sold clips to her friends. How many did she sell in April and May?") is None


def test_code_is_compared_by_its_identifiers_on_a_page_too(find):
    finder = find({"humaneval/0": CODE[0]})
    renamed = renumbered(CODE[0].replace("distance", "gap"), random.Random(1))
    assert finder(FRAME + "\n```\n" + renamed + "```\n" + FRAME)[0].item == "reference:humaneval/0"
    loops = "for i in range(len(values)):\n    for j in range(i + 1, len(values)):\n        print(i, j)\n"
    assert finder("import sys\n" + loops) == []


def test_prose_is_told_from_code():
    assert not any(is_code(text) for text in PROSE + SHORT)
    assert sum(is_code(text) for text in CODE) >= len(CODE) - 1


def test_every_item_that_is_repeated_is_told_the_most_repeated_first_and_ties_by_name(find):
    finder = find({"b/1": QUESTION, "a/1": QUESTION, "a/2": QUESTION + " And in June, when the fair was in town?"})
    assert [found.item for found in finder(QUESTION)] == ["reference:a/1", "reference:b/1", "reference:a/2"]


def test_no_references_leak_nowhere(find):
    assert find({})(QUESTION) == []


@pytest.fixture(scope="module")
def clean_texts(shared_data):
    """Real texts of three kinds, every fourth, and what they are."""
    found = []
    for kind in ("bbc_news", "wikipedia_english", "github_python"):
        with gzip.open(shared_data / "text" / f"{kind}_20240801to20240815.jsonl.gz", "rt", encoding="utf-8") as lines:
            found += [(kind, json.loads(line)["text"]) for line in list(lines)[::4]]
    return found


@pytest.fixture
def benchmark(settings):
    named = [("prose", PROSE), ("code", CODE), ("short", SHORT)]
    items = [ReferenceItem(name, str(number), text) for name, texts in named for number, text in enumerate(texts)]
    return items, index_references(items, settings.contamination)


@pytest.mark.parametrize(("edit", "floor"), [*((name, 0.95) for name in EDITS if name != "edited"), ("edited", 0.8)])
def test_planted_items_are_found_inside_real_pages(benchmark, clean_texts, edit, floor):
    items, index = benchmark
    draw = random.Random(4)
    pages = draw.sample([text for _, text in clean_texts], len(items))
    planted = [planted_into(page, EDITS[edit](item.text, draw), draw) for page, item in zip(pages, items, strict=True)]
    found = [f"reference:{item.name}/{item.item}" in {leak.item for leak in find_leaks(text, index)}
             for item, text in zip(items, planted, strict=True)]  # fmt: skip
    assert sum(found) / len(found) >= floor


@pytest.mark.parametrize(("items", "edit"), [(PROSE, one_in_ten), (CODE, one_in_ten), (SHORT, one_word)])
def test_items_that_are_edited_harder_are_found_too(settings, items, edit):
    assert recall(items, edit, settings.contamination) >= 0.9


def test_clean_real_texts_are_left_alone(benchmark, clean_texts):
    _, index = benchmark
    claimed = [kind for kind, text in clean_texts if find_leaks(text, index)]
    assert len(claimed) / len(clean_texts) <= 0.005


def test_a_whole_text_of_an_older_corpus_is_found_though_it_was_revised(settings, clean_texts):
    draw = random.Random(2)
    corpus = [text for _, text in clean_texts[::8]]
    index = index_references(
        [ReferenceItem("old", str(n), text) for n, text in enumerate(corpus)], settings.contamination
    )
    found = [find_leaks(revised(text, 0.05, draw), index) for text in corpus]
    assert [leaks[0].item if leaks else None for leaks in found] == [f"reference:old/{n}" for n in range(len(corpus))]


def test_an_edit_changes_what_it_says_and_is_the_same_for_the_same_draw():
    assert rewrapped(QUESTION, random.Random(1)).count("\n") >= 3
    assert renumbered("of 48 and 1,250", random.Random(1)) != "of 48 and 1,250"
    for edit in EDITS.values():
        assert edit(QUESTION, random.Random(3)) == edit(QUESTION, random.Random(3))
