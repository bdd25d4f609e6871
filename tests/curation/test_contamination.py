"""Texts that repeat a benchmark item are found, whole, in part and re-wrapped; others are not."""

import pytest

from curation.contamination import find_leak, index_references
from storage.records import ReferenceItem

QUESTION = (
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in May. "
    "How many clips did Natalia sell altogether in April and May?"
)
SHORT = "Which gas do plants take from the air by day? Carbon dioxide."
FRAME = "In the harbour there was talk of other things on the day the boats came back. " * 20


@pytest.fixture
def leak(settings):
    items = [
        ReferenceItem("gsm8k", "7", QUESTION),
        ReferenceItem("arc", "a1", SHORT),
        ReferenceItem("arc", "a2", "Yes."),
    ]
    index = index_references(items, settings.contamination)
    return lambda text: find_leak(text, index)


def test_an_item_word_for_word_is_found_and_named(leak):
    found = leak(FRAME + QUESTION + FRAME)
    assert (found.item, found.overlap) == ("reference:gsm8k/7", 1.0)


@pytest.mark.parametrize(
    "wrapped",
    [
        QUESTION.replace(" ", "\n"),
        QUESTION.upper(),
        QUESTION.replace(",", " --").replace("?", "!"),
        "> " + QUESTION.replace(" in ", "\n> in "),
        "\n".join(f"# {line}" for line in QUESTION.split(". ")),
    ],
)
def test_an_item_in_other_wrapping_case_and_punctuation_is_found(leak, wrapped):
    assert leak(FRAME + wrapped + FRAME).item == "reference:gsm8k/7"


def test_half_of_an_item_is_enough_and_less_is_not(settings):
    words = [f"word{number}" for number in range(32)]  # 20 runs of 13
    index = index_references([ReferenceItem("r", "1", " ".join(words))], settings.contamination)
    assert find_leak("before " + " ".join(words[:22]) + " after", index).overlap == 0.5
    assert find_leak("before " + " ".join(words[:21]) + " after", index) is None


def test_items_of_few_words_are_compared_by_characters(leak):
    assert len(SHORT.split()) < 13
    found = leak(FRAME + SHORT.lower().replace(" ", "  ") + FRAME)
    assert (found.item, found.overlap) == ("reference:arc/a1", 1.0)
    assert leak(FRAME + "Which gas do fish take from the water by day? Oxygen.") is None


def test_items_too_short_to_be_anybodys_reject_nothing(leak):
    assert leak("Yes. Yes. " + FRAME) is None


def test_a_text_about_the_same_things_is_no_leak(leak):
    assert leak(FRAME + "Natalia sold clips to her friends. How many did she sell in April and May?") is None


def test_the_item_repeated_most_is_named_and_ties_go_by_name(settings):
    items = [
        ReferenceItem("b", "1", QUESTION),
        ReferenceItem("a", "1", QUESTION),
        ReferenceItem("a", "2", QUESTION + " x y"),
    ]
    index = index_references(items, settings.contamination)
    assert find_leak(QUESTION, index).item == "reference:a/1"


def test_no_references_leak_nowhere(settings):
    assert find_leak(QUESTION, index_references([], settings.contamination)) is None
