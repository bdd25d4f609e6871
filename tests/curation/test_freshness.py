"""Who may say that a text is new, who may only say that it is old, and whom nobody believes."""

import gzip
import json
from datetime import date, datetime
from types import SimpleNamespace

import dateutil.parser._parser as dateutil_parser
import pytest
from htmldate.extractors import try_date_expr

from curation.extract_web import parse_page
from curation.freshness import gather_freshness, judge_freshness
from curation.outcomes import Rejection

BODY = "<p>The harbour was rebuilt after the storm, and the town paid for most of it.</p>" * 3


def page(head: str = "", tail: str = "") -> str:
    return f"<html><head><title>x</title>{head}</head><body>{BODY}{tail}</body></html>"


def meta(name: str, value: str) -> str:
    return f'<meta property="{name}" content="{value}">'


def json_ld(**dates: str) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **dates})}</script>'


@pytest.fixture
def hear(make_raw):
    def heard(html: str, **changes):
        raw = make_raw("common_crawl", changes.pop("name", "page"), html, **changes)
        return gather_freshness(raw, parse_page(raw.content, raw.content_type))

    return heard


@pytest.fixture(params=[datetime(2026, 11, 7), datetime(2027, 2, 28)], ids=str)
def some_day(request, monkeypatch):
    """Make it this day for dateutil, which htmldate asks."""

    class Today(datetime):
        @classmethod
        def now(cls):
            return request.param

    monkeypatch.setattr(
        dateutil_parser, "datetime", SimpleNamespace(**vars(dateutil_parser.datetime) | {"datetime": Today})
    )
    try_date_expr.cache_clear()
    yield
    try_date_expr.cache_clear()


def dates_of(freshness) -> dict[str, str]:
    return {evidence.witness: evidence.dated_at.date().isoformat() for evidence in freshness.evidence}


PUBLISHED = meta("article:published_time", "2026-10-05T08:00:00Z")


@pytest.mark.parametrize(
    "claim",
    [
        PUBLISHED,
        json_ld(datePublished="2026-10-05T08:00:00+02:00"),
        '<script type="application/ld+json">{"datePublished" : "2026-10-05",}</script>',
        '<meta name="DC.date.issued" content="5 October 2026">',
        '<meta itemprop="datePublished" content="2026-10-05">',
        '<meta name="publish_date" content="1791158400">',
        '<meta name="publish_date" content="1791158400000">',
        '<meta name="date" content="2026100508">',
        '<script type="application/ld+json; charset=utf-8">{"datePublished": "2026-10-05"}</script>',
        '<SCRIPT TYPE=" APPLICATION/LD+JSON">{"datePublished": 1791158400000}</SCRIPT>',
    ],
)
def test_publication_metadata_inside_the_window_admits(hear, context, claim):
    freshness = hear(page(claim))
    assert freshness.published_at == datetime(2026, 10, 5)
    assert [e.witness for e in freshness.evidence if e.may_admit] == ["html_date_published"]
    assert freshness.grade == "C"
    assert judge_freshness(freshness, context) is None


@pytest.mark.usefixtures("some_day")
@pytest.mark.parametrize(
    ("claim", "first_day"),
    [
        (meta("article:published_time", "2026/10"), "2026-10-01"),
        (meta("article:published_time", " 2026-10 "), "2026-10-01"),
        (meta("article:published_time", "2026.9"), "2026-09-01"),
        (meta("article:published_time", "2026"), "2026-01-01"),
        (meta("article:published_time", "2026/13"), None),
        (json_ld(datePublished="2026-10"), "2026-10-01"),
    ],
)
def test_an_incomplete_date_is_its_first_day_on_whatever_day_it_is_read(hear, claim, first_day):
    assert dates_of(hear(page(claim))).get("html_date_published") == first_day


@pytest.mark.usefixtures("some_day")
@pytest.mark.parametrize("visible", ['<time datetime="2026-09">last month</time>', '<p class="date">2026/09</p>'])
def test_an_incomplete_date_on_the_page_is_its_first_day_too(hear, visible):
    assert dates_of(hear(page(PUBLISHED, visible)))["html_date_guessed"] == "2026-09-01"


@pytest.mark.parametrize(
    "html",
    [
        page(meta("article:modified_time", "2026-10-05")),
        page(json_ld(dateModified="2026-10-05")),
        page(meta("og:updated_time", "2026-10-05")),
        page(tail="<footer>Last updated on 5 October 2026</footer>"),
        page(tail='<p class="date">October 5, 2026</p>'),
        page('<meta http-equiv="date" content="2026-10-05">'),
        page('<link rel="canonical" href="https://example.org/2026/10/05/page">'),
    ],
)
def test_a_recent_date_that_is_not_publication_metadata_admits_nothing(hear, context, html):
    freshness = hear(html, last_modified_at=datetime(2026, 10, 6), url="https://example.org/2026/10/05/page")
    assert {"last_modified", "url_date"} <= dates_of(freshness).keys()
    assert freshness.published_at is None
    assert freshness.grade == "D"
    assert judge_freshness(freshness, context) == Rejection("undated")


@pytest.mark.parametrize(
    "claim",
    [
        meta("article:published_time", "2019-03-02"),
        json_ld(datePublished="2019-03-02", dateModified="2026-10-05"),
        PUBLISHED + json_ld(datePublished="2019-03-02"),
        PUBLISHED + meta("article:modified_time", "2019-03-02"),
    ],
)
def test_an_old_date_rejects_whatever_is_recent_beside_it(hear, context, claim):
    freshness = hear(page(claim), last_modified_at=datetime(2026, 10, 30))
    assert judge_freshness(freshness, context) == Rejection("too_old", "2019-03-02", "2026-10-01")


@pytest.mark.parametrize(
    ("html", "changes"),
    [
        (page(PUBLISHED, "<footer>Last updated on 2 March 2019</footer>"), {}),
        (page(PUBLISHED), {"last_modified_at": datetime(2019, 3, 2)}),
        (page(PUBLISHED), {"url": "https://example.org/2019/03/02/page.html"}),
        (page(tail='<p class="date">March 2, 2019</p>'), {}),
    ],
)
def test_witnesses_that_cannot_admit_can_reject_as_old(hear, context, html, changes):
    freshness = hear(html, **changes)
    assert judge_freshness(freshness, context) == Rejection("too_old", "2019-03-02", "2026-10-01")


def test_a_copyright_year_is_no_date(hear, context):
    freshness = hear(page(PUBLISHED, "<footer>© 2009-2026 The Harbour Company, all rights reserved</footer>"))
    assert dates_of(freshness).keys() == {"fetched", "html_date_published"}
    assert judge_freshness(freshness, context) is None


@pytest.mark.parametrize("future", ["2026-11-06", "2026-12-03T10:00:00Z", "2031-01-01"])
def test_a_date_after_the_fetch_is_not_believed_nor_turned_into_a_past_one(hear, context, future):
    visible = f'<p class="date">{future}</p>'
    freshness = hear(page(meta("article:published_time", future), visible), last_modified_at=datetime(2030, 1, 1))
    assert dates_of(freshness).keys() == {"fetched"}
    assert judge_freshness(freshness, context) == Rejection("undated")


def test_a_server_without_a_clock_is_not_believed(hear, context):
    freshness = hear(page(PUBLISHED), last_modified_at=datetime(1970, 1, 1))
    assert judge_freshness(freshness, context) is None


@pytest.mark.parametrize(
    ("day", "reason"),
    [("2026-09-30", "too_old"), ("2026-10-01", None), ("2026-10-31", None), ("2026-11-01", "after_window")],
)
def test_the_window_holds_its_first_day_and_not_its_last(hear, context, day, reason):
    rejection = judge_freshness(hear(page(meta("article:published_time", day))), context)
    assert (rejection.reason if rejection else None) == reason
    if reason == "after_window":
        assert rejection == Rejection("after_window", "2026-11-01", "2026-11-01")


def test_a_second_witness_within_a_month_makes_grade_b(hear):
    assert hear(page(PUBLISHED), last_modified_at=datetime(2026, 10, 20)).grade == "B"
    assert hear(page(PUBLISHED), url="https://example.org/2026/10/05/page").grade == "B"
    assert hear(page(PUBLISHED, '<p class="date">October 6, 2026</p>')).grade == "B"
    late = datetime(2026, 12, 20)
    assert hear(page(PUBLISHED), last_modified_at=late, fetched_at=datetime(2026, 12, 25)).grade == "C"


def test_arxiv_goes_by_the_first_version(make_raw, context):
    new = gather_freshness(make_raw("arxiv", "a", b""), None)
    assert (new.grade, new.published_at) == ("A", datetime(2026, 10, 5))
    old = gather_freshness(make_raw("arxiv", "b", b"", arxiv_v1_at=datetime(2026, 9, 30, 23, 59)), None)
    assert judge_freshness(old, context) == Rejection("too_old", "2026-09-30", "2026-10-01")
    unknown = gather_freshness(make_raw("arxiv", "c", b"", arxiv_v1_at=None), None)
    assert judge_freshness(unknown, context) == Rejection("undated")


def test_github_goes_by_the_earlier_of_repository_and_commit(make_raw, context):
    both = gather_freshness(make_raw("github", "a", b""), None)
    assert (both.grade, both.published_at) == ("A", datetime(2026, 10, 3))
    imported = make_raw("github", "b", b"", commit_authored_at=datetime(2021, 5, 1))
    assert judge_freshness(gather_freshness(imported, None), context) == Rejection(
        "too_old", "2021-05-01", "2026-10-01"
    )
    alone = make_raw("github", "c", b"", commit_authored_at=datetime(2040, 1, 1))
    assert gather_freshness(alone, None).grade == "C"


def test_undated_texts_are_admitted_where_the_operator_says_so(hear, context, change):
    freshness = hear(page())
    assert judge_freshness(freshness, context) == Rejection("undated")
    settings = context.settings.model_copy(update={"accept_undated": True})
    lenient = type(context)(context.snapshot_id, context.window_start, context.window_end, settings)
    assert judge_freshness(freshness, lenient) is None
    assert freshness.published_at is None


def test_dates_of_real_pages_are_never_later_than_their_annotated_date(shared_data, make_raw):
    pages = json.loads((shared_data / "html_eval" / "trafilatura" / "evaldata.json").read_text())
    dated = agreed = 0
    for name, truth in pages.items():
        content = gzip.decompress((shared_data / "html_eval" / "trafilatura" / "html" / name).read_bytes())
        raw = make_raw("common_crawl", name, content)
        freshness = gather_freshness(raw, parse_page(content, "text/html"))
        if freshness.published_at is None or not truth.get("date"):
            continue
        dated += 1
        agreed += freshness.published_at.date() <= date.fromisoformat(truth["date"])
    assert dated >= 10
    assert agreed / dated >= 0.9
