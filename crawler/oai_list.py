"""One OAI-PMH list read to its end, and read again where it was cut off, came short or may have moved meanwhile.

What each error of the protocol means for a list stands here.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from config import ArxivSettings
from crawler.oai import OaiPage, Paper, list_url, next_url, read_records
from crawler.patience import MissedError
from crawler.reasons import Skipped

# A list is read this often before what it does not show is believed not to be there.
READINGS = 3
# So many pages in a row that show nothing new go round in a circle, whatever their tokens say.
_MAX_IDLE_PAGES = 3
# Papers of a Friday are announced on Monday night, those of arXiv's winter holidays after up to five days; the list
# knows them from then on (info.arxiv.org/help/availability.html).
_ANNOUNCED_WITHIN = timedelta(days=5)

# OAI-PMH 2.0, section 3.6: what the request that brought each error was, and so what must be put right.
FATAL_ERRORS = {
    "badArgument": "the request is not one that [crawler.arxiv] oai_url understands; check it and sets",
    "badVerb": "[crawler.arxiv] oai_url does not know ListRecords; check it",
    "cannotDisseminateFormat": "[crawler.arxiv] oai_url has no arXivRaw, which is arXiv's own format; check it",
    "idDoesNotExist": "[crawler.arxiv] oai_url answers for one record where a list was asked for; check it",
    "noMetadataFormats": "[crawler.arxiv] oai_url has no metadata to list; check it",
    "noSetHierarchy": "[crawler.arxiv] oai_url has no sets, and arXiv's has; check it",
}

Found = dict[str, Paper | Skipped]
FetchPage = Callable[[str, int], Awaitable[OaiPage]]


@dataclass(slots=True)
class _Reading:
    """One pass over the list: what it showed, and what kept it from its end."""

    found: Found = field(default_factory=dict)
    page_count: int = 0
    stated_count: int | None = None
    answered_on: date | None = None
    cut: str | None = None


async def read_list(oai_set: str, fetch_page: FetchPage, settings: ArxivSettings, since: date, until: date) -> Found:
    """Return every record of one set by its identifier, and a row where the list is known to be short."""
    found: Found = {}
    for _ in range(READINGS):
        known_before = len(found)
        reading = await _read_once(oai_set, fetch_page, settings, since, until)
        merge(found, reading.found)
        if not reading.cut and _shows_all(reading, len(found), known_before):
            break
    if reading.cut:
        raise MissedError(
            f"the list of set {oai_set} was cut off in each of {READINGS} readings, at last {reading.cut}"
        )
    merge(found, _notes(oai_set, reading, len(found), until))
    return found


def merge(found: Found, more: Mapping[str, Paper | Skipped]) -> None:
    """Add what was found later, which is newer; a broken copy of a record never replaces a sound one."""
    for identifier, item in more.items():
        is_broken = isinstance(item, Skipped) and item.reason in {"malformed_item", "other_format"}
        if not (is_broken and identifier in found):
            found[identifier] = item


def _shows_all(reading: _Reading, found_count: int, known_before: int) -> bool:
    """Tell whether the list needs no other reading.

    Where the server states no size, as arXiv's own does not, a list in several pages is read until a reading shows
    nothing new: a record that changes meanwhile moves to the end, and the one behind it over the border of a page.
    """
    if reading.stated_count is not None:
        return found_count >= reading.stated_count
    return reading.page_count <= 1 or found_count == known_before


def _notes(oai_set: str, reading: _Reading, found_count: int, until: date) -> Found:
    """Return what is known to be missing: fewer records than stated, papers that are not announced yet."""
    name, notes = f"set {oai_set}", Found()
    if reading.stated_count is not None and found_count < reading.stated_count:
        notes[name] = Skipped(name, "listed_short", str(found_count), str(reading.stated_count))
    if reading.answered_on is not None and reading.answered_on < until + _ANNOUNCED_WITHIN:
        whole_from = (until + _ANNOUNCED_WITHIN).isoformat()
        notes[f"{name}, early"] = Skipped(name, "listed_early", reading.answered_on.isoformat(), whole_from)
    return notes


async def _read_once(
    oai_set: str, fetch_page: FetchPage, settings: ArxivSettings, since: date, until: date
) -> _Reading:
    reading, tokens, idle_pages = _Reading(), set[str](), 0
    url: str | None = list_url(settings.oai_url, oai_set, since)
    while url:
        page = await fetch_page(url, len(reading.found))
        if page.errors:
            return _end_with_errors(reading, oai_set, page.errors)
        known_before = len(reading.found)
        merge(reading.found, dict(read_records(page, since, until, settings.primary_categories)))
        _note_page(reading, page)
        idle_pages = 0 if len(reading.found) > known_before else idle_pages + 1
        token = page.resumption_token
        if token in tokens or (token and idle_pages >= _MAX_IDLE_PAGES):
            reading.cut = "by a resumption token that leads in a circle"
            return reading
        tokens.add(token or "")
        url = next_url(settings.oai_url, token) if token else None
    return reading


def _note_page(reading: _Reading, page: OaiPage) -> None:
    reading.page_count += 1
    reading.answered_on = reading.answered_on or page.answered_on
    # The last page may state none, or what is left: the largest is the list's.
    if page.stated_count is not None:
        reading.stated_count = max(reading.stated_count or 0, page.stated_count)


def _end_with_errors(reading: _Reading, oai_set: str, errors: Mapping[str, str]) -> _Reading:
    """End the reading: with nothing there, with the list to be begun again, or for good.

    One answer may hold several errors: a token that has expired excuses the others, and nothing excuses the rest.
    """
    if "badResumptionToken" in errors:
        reading.cut = "by a resumption token that has expired"
        return reading
    for code in errors.keys() - {"noRecordsMatch"}:
        remedy = FATAL_ERRORS.get(code, "OAI-PMH has no such error; check [crawler.arxiv] oai_url")
        raise MissedError(f"OAI-PMH error {code}: {errors[code]} ({remedy})")
    # Behind a token it may also mean that the list has moved: like any list in several pages, this one is read again.
    reading.page_count += 1
    if "match any sets" in errors["noRecordsMatch"]:
        name = f"set {oai_set}"
        reading.found[name] = Skipped(name, "unknown_set", oai_set)
    return reading
