"""The quality gate of extraction: F1 as the publishers of two sets score it, not below its floor nor a plain call's.

Only `python -m bench.extraction --set-floor` lowers a floor.
"""

from pathlib import Path

import pytest
import trafilatura

from bench.extraction import main_text, read_floors
from bench.html_eval import SETS, AnnotatedPage, f1_of, f1_of_shingles, f1_of_strings, read_pages
from config import load_settings

# Below this a change of F1 is one phrase on one page.
TOLERANCE = 0.002


def ours(content: bytes) -> str | None:
    return main_text(content, load_settings().curation.extraction)


@pytest.mark.usefixtures("shared_data")
@pytest.mark.parametrize("name", [*SETS, "non_utf8"])
def test_f1_is_not_below_its_floor_nor_below_that_of_a_plain_call(name):
    pages = read_pages(name)
    f1 = f1_of(pages, ours)
    assert round(f1, 4) >= read_floors()[name], "lower it only by python -m bench.extraction --set-floor"
    assert f1 >= f1_of(pages, trafilatura.extract) - TOLERANCE


@pytest.mark.usefixtures("shared_data")
def test_the_gate_sees_a_worse_extractor():
    for name in SETS:
        pages = read_pages(name)
        assert f1_of(pages, lambda content: (ours(content) or "")[:1000]) < read_floors()[name] - TOLERANCE


def test_shingles_are_scored_page_by_page():
    # Page one: 2 of 2 found shingles are right, 2 of 3 wanted ones are found; page two: 1 of 4 and all.
    articles, texts = ["a b c d e f", "a b c d"], ["a b c d e", "a b c d e f g"]
    precision, recall = (1 + 1 / 4) / 2, (2 / 3 + 1) / 2
    assert f1_of_shingles(articles, texts) == pytest.approx(2 * precision * recall / (precision + recall))


def test_a_page_without_a_found_text_counts_in_recall_alone():
    assert f1_of_shingles(["a b c d", "e f g h"], ["a b c d", ""]) == pytest.approx(2 * 1 * 0.5 / 1.5)
    assert f1_of_shingles(["a b c d"], [""]) == 0


def test_strings_are_scored_together_and_with_white_space_made_one():
    pages = [
        AnnotatedPage("1", b"", None, ("the  cod", "a ling"), ("the menu",)),
        AnnotatedPage("2", b"", None, ("haddock",), ("a footer",)),
    ]
    # Right: cod, ling; missing: haddock; wrong: menu.
    assert f1_of_strings(pages, ["the\ncod and a ling under the menu", ""]) == pytest.approx(4 / 6)


def test_floors_are_pinned_for_every_set():
    assert read_floors().keys() == {*SETS, "non_utf8"}
    assert all(0.8 < floor < 1 for floor in read_floors().values())
    assert Path("bench/extraction_floors.toml").read_text(encoding="utf-8").startswith("# F1 ")
