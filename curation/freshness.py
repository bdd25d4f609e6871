"""How old a text is, by which witnesses, and whether that admits it: the one door to htmldate.

Four witnesses may admit a text as new. All others may only reject it as old, because they err towards the new or
towards anything: servers stamp `Last-Modified` on every answer, `dateModified` moves with a footer, and guessing took
footers and sidebars for dates. A fresh crawl is full of old pages, so the earliest admissible witness counts (DESIGN
§4).
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from itertools import islice
from typing import Any

import htmldate.extractors
from htmldate import find_date
from lxml import etree, html
from lxml.html import HtmlElement

from curation.context import CurationContext
from curation.date_metadata import MODIFIED_NAMES, PUBLISHED_NAMES
from curation.outcomes import Rejection
from storage.records import Evidence, RawDocument

ADMITTING = frozenset({"arxiv_v1", "repository_created", "commit_authored", "html_date_published"})
# What says nothing about the text's age and is kept as the bound of all else.
FETCHED = "fetched"
AGREEMENT = timedelta(days=31)
# htmldate's own default: no page of the web is older. A server that says 1970 has lost its clock.
EARLIEST_PAGE = datetime(1995, 1, 1)
# A page with more date claims is a listing; the first ones are its own.
MAX_CLAIMS = 40

_JSON_LD_DATE = re.compile(r'"(datePublished|dateCreated|dateModified)"\s*:\s*(?:"([^"]{7,40})"|(\d{10,13})\b)')
_ISO_DATE = re.compile(r"\s*(\d{4}-\d\d-\d\d)(?!\d)")
_YEAR_AND_MONTH = re.compile(r"\s*(\d{4})(?:[-/.](\d\d?))?\s*")
# Seconds or milliseconds since 1970.
_EPOCH = re.compile(r"\s*(\d{10})(\d{3})?\s*")
_URL_PAGE = html.fromstring("<html><head></head><body><p></p></body></html>")


@dataclass(frozen=True, slots=True)
class Freshness:
    """The witnesses of one document, the date they admit and how far that date is to be trusted (A best, D none)."""

    evidence: tuple[Evidence, ...]
    published_at: datetime | None
    grade: str


def gather_freshness(raw: RawDocument, page: HtmlElement | None) -> Freshness:
    """Hear every witness of a landed document; what is dated after the fetch is not believed."""
    dates = {FETCHED: raw.fetched_at}
    for witness, dated_at in _witnesses(raw, page):
        if dated_at <= raw.fetched_at:
            dates[witness] = min(dated_at, dates.get(witness, dated_at))
    admissible = [dated_at for witness, dated_at in dates.items() if witness in ADMITTING]
    return Freshness(
        tuple(Evidence(raw.document_id, w, at, w in ADMITTING) for w, at in sorted(dates.items())),
        min(admissible, default=None),
        grade_of(dates),
    )


def judge_freshness(freshness: Freshness, context: CurationContext) -> Rejection | None:
    """Reject what any witness calls old, what was published after the window and what nobody dates."""
    start, end = context.window_start, context.window_end
    claims = [e.dated_at.date() for e in freshness.evidence if e.witness != FETCHED]
    earliest = min(claims, default=None)
    if earliest is not None and earliest < start:
        return _rejected("too_old", earliest, start)
    if freshness.published_at is None:
        return None if context.settings.accept_undated else Rejection("undated")
    published_on = freshness.published_at.date()
    return _rejected("after_window", published_on, end) if published_on >= end else None


def grade_of(dates: dict[str, datetime]) -> str:
    """Grade the dates: A authoritative, B metadata and a second witness, C one witness, D the fetch."""
    if "arxiv_v1" in dates or _agree(dates, "repository_created", "commit_authored"):
        return "A"
    others = dates.keys() - {"html_date_published", FETCHED}
    if any(_agree(dates, "html_date_published", other) for other in others):
        return "B"
    return "C" if dates.keys() & ADMITTING else "D"


def _witnesses(raw: RawDocument, page: HtmlElement | None) -> Iterator[tuple[str, datetime]]:
    stated = {
        "arxiv_v1": raw.arxiv_v1_at,
        "repository_created": raw.repository_created_at,
        "commit_authored": raw.commit_authored_at,
    }
    yield from ((witness, dated_at) for witness, dated_at in stated.items() if dated_at is not None)
    if raw.source == "common_crawl":
        yield from ((w, at) for w, at in _page_witnesses(raw, page) if at >= EARLIEST_PAGE)


def _page_witnesses(raw: RawDocument, page: HtmlElement | None) -> Iterator[tuple[str, datetime]]:
    if raw.last_modified_at is not None:
        yield "last_modified", raw.last_modified_at
    if (dated := _find(_URL_PAGE, raw.fetched_at, url=raw.url)) is not None:
        yield "url_date", dated
    if page is None:
        return
    claims = [(w, at) for w, value in islice(_claims(page), MAX_CLAIMS) if (at := _parsed(value, raw)) is not None]
    yield from claims
    is_published = any(witness == "html_date_published" for witness, _ in claims)
    if (guessed := _guess(page, raw, is_extensive=not is_published)) is not None:
        yield "html_date_guessed", guessed


def _claims(page: HtmlElement) -> Iterator[tuple[str, str]]:
    """Yield what a page's metadata says of its dates: meta tags, microdata and JSON-LD."""
    for element in page.iter("meta", "time", "span", "div", "p", "abbr"):
        name = (element.get("itemprop") or element.get("property") or element.get("name") or "").strip().lower()
        value = element.get("content") or element.get("datetime")
        if value and (witness := _witness_of(name)):
            yield witness, value
    for script in page.iter("script"):
        if (script.get("type") or "").partition(";")[0].strip().lower() == "application/ld+json":
            for key, value, epoch in _JSON_LD_DATE.findall(script.text or ""):
                yield "html_date_modified" if key == "dateModified" else "html_date_published", value or epoch


def _witness_of(name: str) -> str | None:
    if name in PUBLISHED_NAMES:
        return "html_date_published"
    return "html_date_modified" if name in MODIFIED_NAMES else None


def _parsed(value: str, raw: RawDocument) -> datetime | None:
    """Read one claimed date in any of the notations that htmldate knows, bounded by the fetch.

    A year, or a year and a month, is read as its first day: the earliest counts.
    """
    if (iso := _ISO_DATE.match(value)) is not None:
        # htmldate would turn day and month of a future date to get a past one.
        return _day(iso[1])
    if (month := _YEAR_AND_MONTH.fullmatch(value)) is not None:
        return _day(f"{month[1]}-{int(month[2] or 1):02}-01")
    if (epoch := _EPOCH.fullmatch(value)) is not None:
        # What no clock has shown yet is another notation: 2026100508 would be in 2034.
        stamped_at = datetime.fromtimestamp(int(epoch[1]), UTC).replace(tzinfo=None)
        if stamped_at <= raw.fetched_at:
            return stamped_at
    head = html.Element("head")
    etree.SubElement(head, "meta", name="date", content=_printable(value))
    return _find(head, raw.fetched_at)


def _guess(page: HtmlElement, raw: RawDocument, *, is_extensive: bool) -> datetime | None:
    """Guess from the visible page alone, so that it is a second opinion on the metadata.

    Extensive where no metadata speaks: then any year in the text is better than none to tell an old page by.
    """
    body = page.find("body")
    if body is None:
        return None
    visible = deepcopy(body)
    etree.strip_elements(visible, "script", "style", "meta", with_tail=False)
    # Bounded by more than the fetch, for the reason above; what lies after the fetch is dropped by the caller.
    return _find(visible, raw.fetched_at + timedelta(days=366), is_extensive=is_extensive)


def _find(
    tree: HtmlElement, latest: datetime, *, is_extensive: bool = False, url: str | None = None
) -> datetime | None:
    _stop_clock()
    try:
        found = find_date(
            tree,
            extensive_search=is_extensive,
            original_date=True,
            url=url,
            min_date=EARLIEST_PAGE,
            max_date=latest,
        )
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        # A page that htmldate cannot read is a page it does not date.
        return None
    return _day(found) if found else None


@cache
def _stop_clock() -> None:
    """Keep today out of htmldate: it lets dateutil fill from today's date whatever "2026-05" leaves out.

    The first day of the first year instead: what names no day is the first of its month, what names no year is no date.
    """
    extractors: Any = htmldate.extractors
    extractors.dateutil_parse = partial(extractors.dateutil_parse, default=datetime(1, 1, 1))


def _day(iso_date: str) -> datetime | None:
    try:
        return datetime.fromisoformat(iso_date)
    except ValueError:
        return None


def _agree(dates: dict[str, datetime], one: str, other: str) -> bool:
    return one in dates and other in dates and abs(dates[one] - dates[other]) <= AGREEMENT


def _rejected(reason: str, measured: date, limit: date) -> Rejection:
    return Rejection(reason, measured.isoformat(), limit.isoformat())


def _printable(value: str) -> str:
    return "".join(character for character in value[:80] if character.isprintable())
