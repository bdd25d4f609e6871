"""What is seen of a page decides whether it is extracted, and how: on both sides of each limit."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from curation import extract as extract_module
from curation.candidate import curate_document
from curation.extract_web import extract_page, parse_page
from curation.language import identify_language, judge_language, surely_other_language
from curation.outcomes import Extracted, Rejection
from curation.visible_text import VisibleText, judge_visible, looks_wrong, visible_text

ENGLISH = "The harbour was rebuilt after the storm, and the town paid for most of it in the end. "
GERMAN = "Der Hafen wurde nach dem Sturm wieder aufgebaut, und die Stadt bezahlte das meiste davon. "


def seen(body: str) -> VisibleText:
    page = parse_page(f"<html><head></head><body>{body}</body></html>".encode(), "text/html")
    assert page is not None
    return visible_text(page)


def test_words_are_counted_wherever_they_stand_but_in_scripts_and_styles():
    body = "<nav>one two</nav><style>a b</style>three<script>c d</script> four <p>five <b>six</b> seven</p>"
    assert seen(body).word_count == 7
    assert seen(body).char_count == len("one two three four five six seven")


@pytest.mark.parametrize(("count", "rejection"), [(50, None), (49, Rejection("too_few_words", "49", "50"))])
def test_a_page_with_fewer_words_than_a_text_needs_is_not_extracted(settings, count, rejection):
    assert judge_visible(seen("<p>" + "cod " * count + "</p>"), settings) == rejection


@pytest.mark.parametrize(
    "hidden",
    [
        '<script type="application/ld+json">{"articleBody": "long"}</script>',
        '<div id="data-preloaded" data-preloaded="{}"></div>',
    ],
)
def test_a_page_whose_text_may_lie_where_nobody_sees_it_is_extracted(settings, hidden):
    assert judge_visible(seen("<p>cod</p>"), settings) == Rejection("too_few_words", "1", "50")
    assert judge_visible(seen("<p>cod</p>" + hidden), settings) is None


def test_a_page_in_another_language_is_not_extracted(settings):
    assert judge_visible(seen(f"<p>{GERMAN * 4}</p>"), settings) == Rejection("other_language", "de", "en")
    assert judge_visible(seen(f"<p>{ENGLISH * 4}</p>"), settings) is None


def test_menus_in_another_language_do_not_outweigh_the_text(settings):
    menu = "".join(f"<li>Seite über den Hafen {n}</li>" for n in range(300))
    assert judge_visible(seen(f"<ul>{menu}</ul><p>{ENGLISH * 8}</p>"), settings) is None


def test_a_page_of_short_pieces_is_judged_by_all_of_them(settings):
    pieces = "".join(f"<li>{word}</li>" for word in (GERMAN * 4).split())
    assert judge_visible(seen(f"<ul>{pieces}</ul>"), settings) == Rejection("other_language", "de", "en")


def test_languages_are_told_only_where_passages_are_long_enough(settings):
    sample = len(GERMAN.strip()) * 2
    short = settings.model_copy(update={"language_min_chars": sample + 1})
    long = settings.model_copy(update={"language_min_chars": sample})
    visible = replace(seen("<p>hm</p>" * 50), sample=(GERMAN * 3)[:sample])
    assert judge_visible(visible, short) is None
    assert judge_visible(visible, long) == Rejection("other_language", "de", "en")


def test_a_text_that_may_be_in_a_wanted_language_is_not_surely_another():
    assert surely_other_language(GERMAN * 3, ["en"]) == "de"
    assert surely_other_language(GERMAN * 3, ["en", "de"]) is None
    assert surely_other_language("de la en con por and the of but from", ["en"]) is None


def article(paragraph_chars: int, other_chars: int, table_count: int = 0) -> VisibleText:
    paragraphs = f"<p>{'p' * (paragraph_chars - 1)}</p><p>q</p>"
    return seen(f"{paragraphs}<div>{'d' * other_chars}</div>" + "<table></table>" * table_count)


def test_an_article_has_a_quarter_of_its_text_in_paragraphs_and_more_of_them_than_tables():
    # The three pieces are seen with a space between them.
    assert article(250, 748).is_article
    assert not article(250, 749).is_article
    assert article(250, 0, table_count=1).is_article
    assert not article(250, 0, table_count=2).is_article


def test_a_fast_result_looks_wrong_when_it_is_short_or_little_of_what_is_seen():
    small, large = article(1_000, 0), article(9_999, 0)
    assert looks_wrong("x" * 499, small)
    assert not looks_wrong("x" * 500, small)
    assert looks_wrong("x" * 1_999, large)
    assert not looks_wrong("x" * 2_000, large)
    assert looks_wrong("x" * 2_999, article(90_000, 0))
    assert not looks_wrong("x" * 3_000, article(90_000, 0)), "long enough, whatever it is a part of"


def test_a_pre_filtered_page_has_a_verdict_and_no_document(context, make_raw, monkeypatch):
    monkeypatch.delattr(extract_module, "extract_page")
    raw = make_raw("common_crawl", "short", "<html><head></head><body><p>Too short.</p></body></html>")
    candidate = curate_document(raw, context)
    assert (candidate.document, candidate.signature) == (None, None)
    assert (candidate.verdict.reason, candidate.verdict.measured_value) == ("too_few_words", "2")


def test_no_real_page_is_turned_away_whose_text_would_pass(settings, shared_data: Path):
    turned_away = 0
    for path in sorted((shared_data / "html_eval").glob("*/html/*.html.gz")):
        page = parse_page(gzip.decompress(path.read_bytes()), "text/html")
        assert page is not None
        visible = visible_text(page)
        if (rejection := judge_visible(visible, settings)) is not None:
            turned_away += 1
            extracted = extract_page(page, visible, settings.extraction)
            assert isinstance(extracted, Extracted)
            language = identify_language(extracted.text, settings.language_min_chars)
            assert judge_language(language, settings) == rejection
    assert turned_away > 30
