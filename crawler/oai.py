"""OAI-PMH as arXiv speaks it: one page of ListRecords in `arXivRaw`, record by record.

The datestamp of a record is its last change, so only the date of version 1 says how old a paper is. XML is
parsed with entities and network off; a record that is broken costs itself and not the page.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from crawler.reasons import Skipped
from storage.records import content_id

METADATA_PREFIX = "arXivRaw"

# New ids (0704.0001, 1501.00001) and those before 2007 (hep-th/9901001, math.GT/0309136).
_ARXIV_ID = re.compile(r"\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?/\d{7}")
# Characters that XML does not allow and that author-supplied fields have held.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Every "&", with its reference where it is one.
_REFERENCE = re.compile(r"&(#\d{1,8};|#[xX][0-9A-Fa-f]{1,8};|\w{1,40};)?")
_ROOT = re.compile(r"(?:<\?xml[^<>]*>)?\s*(<((?:\w+:)?OAI-PMH)\b[^<>]*>)")
# From where one record begins to where the next one or the end of the list does.
_RECORD = re.compile(
    r"<(?:\w+:)?record[\s>].*?(?=<(?:\w+:)?record[\s/>]|<(?:\w+:)?resumptionToken\b|</(?:\w+:)?ListRecords\b)",
    re.DOTALL,
)
_IDENTIFIER = re.compile(r"<(?:\w+:)?identifier>([^<>]*)</")


@dataclass(frozen=True, slots=True)
class Paper:
    """One planned paper. `unit` is its arXiv id; `version` is the latest one.

    `versions_at` tells when each version was submitted, by its number: "1" → "2026-10-05T10:00:00".
    """

    unit: str
    version: int
    title: str
    first_author: str
    licence: str | None
    primary_category: str
    v1_at: str
    versions_at: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OaiPage:
    """One answer: records, the token of the next page, or errors of the protocol, code → text.

    `stated_count` is how many records the server says the whole list has, where it says so.
    """

    records: list[Element]
    resumption_token: str | None
    errors: Mapping[str, str]
    stated_count: int | None = None
    answered_on: date | None = None


def list_url(oai_url: str, oai_set: str, since: date) -> str:
    """Return the address of the first page. No end date: a later change moves a record's datestamp past it."""
    values = {"verb": "ListRecords", "metadataPrefix": METADATA_PREFIX, "set": oai_set, "from": since.isoformat()}
    return f"{oai_url}?{urlencode(values)}"


def next_url(oai_url: str, token: str) -> str:
    """Return the address of the page a resumption token stands for."""
    return f"{oai_url}?{urlencode({'verb': 'ListRecords', 'resumptionToken': token})}"


def read_page(body: bytes) -> OaiPage | None:
    """Return one answer, or None when it cannot be read."""
    root = _parse(body)
    if root is None:
        return None
    records = [root] if _name(root) == "record" else [e for e in root.iter() if _name(e) == "record"]
    errors = [e for e in root.iter() if _name(e) == "error"]
    if not records and not errors and not any(_name(e) == "ListRecords" for e in root.iter()):
        return None
    token = next((e for e in root.iter() if _name(e) == "resumptionToken"), None)
    return OaiPage(
        records=records,
        resumption_token=None if token is None else (token.text or "").strip() or None,
        errors={e.get("code", "unknown"): " ".join((e.text or "").split())[:200] for e in errors},
        stated_count=None if token is None else _count(token.get("completeListSize", "")),
        answered_on=_day(_text(root, "responseDate")),
    )


def read_records(
    page: OaiPage, since: date, until: date, categories: list[str]
) -> Iterator[tuple[str, Paper | Skipped]]:
    """Yield each record's identifier, and the paper or why it is not taken."""
    for record in page.records:
        identifier = _text(record, "identifier") or f"without identifier, {content_id(*_all_that_it_says(record))}"
        yield identifier, _read_record(record, identifier, since, until, categories)


def _all_that_it_says(record: Element) -> Iterator[str]:
    """Yield names, attributes and texts. No XML is written: that would recurse as deep as a record is nested."""
    for element in record.iter():
        yield from (str(element.tag), str(element.attrib), element.text or "", element.tail or "")


def is_primary(category: str, prefixes: list[str]) -> bool:
    """Tell whether a category is one of these or lies under one of these."""
    return not prefixes or any(category == prefix or category.startswith(f"{prefix}.") for prefix in prefixes)


def is_mended(body: bytes) -> bool:
    """Tell whether an answer that can be read is no XML as it stands."""
    try:
        fromstring(body)
    except (ParseError, UnicodeError, LookupError):
        return True
    except (DefusedXmlException, ValueError):
        return False
    return False


def without_moment(body: bytes) -> bytes:
    """Return an answer without the time it was given, which no two have in common."""
    return re.sub(rb"<responseDate>[^<]*</responseDate>", b"", body, count=1)


def _parse(body: bytes) -> Element | None:
    """Return the root, of a broken answer what can be made of it; None of one that is cut short or has a DTD."""
    # The protocol knows no encoding but UTF-8.
    text = _FORBIDDEN.sub("", body.decode("utf-8-sig", "replace")).lstrip()
    for mend in (str, _mend_references, _drop_broken_records):
        text = mend(text)
        try:
            if (root := _parse_strictly(text)) is not None:
                return root
        except (DefusedXmlException, ValueError):
            return None
    return None


def _parse_strictly(text: str) -> Element | None:
    try:
        root: Element = fromstring(text)
    except ParseError:
        return None
    return root


def _mend_references(text: str) -> str:
    """Spell out HTML's entities, drop references to forbidden characters, and escape what refers to nothing."""
    return _REFERENCE.sub(lambda found: html.escape(_FORBIDDEN.sub("", html.unescape(found[0]))), text)


def _drop_broken_records(text: str) -> str:
    """Leave of each record that is no XML by itself its identifier alone, so that it is counted as malformed."""
    root = _ROOT.match(text)
    start, end = (root[1], f"</{root[2]}>") if root else ("", "")

    def keep_or_drop(record: re.Match[str]) -> str:
        if _parse_strictly(f"{start}{record[0]}{end}") is not None:
            return record[0]
        identifier = _IDENTIFIER.search(record[0])
        name = identifier[1] if identifier else f"without identifier, {content_id(record[0])}"
        return f"<record><header><identifier>{name}</identifier></header></record>"

    return _RECORD.sub(keep_or_drop, text)


def _read_record(record: Element, identifier: str, since: date, until: date, categories: list[str]) -> Paper | Skipped:
    header = _child(record, "header")
    if header is not None and header.get("status") == "deleted":
        return Skipped(identifier, "deleted")
    metadata = _child(record, "metadata")
    raw = None if metadata is None or not len(metadata) else metadata[0]
    if raw is None:
        return Skipped(identifier, "malformed_item")
    if _name(raw) != METADATA_PREFIX:
        return Skipped(identifier, "other_format", _name(raw), METADATA_PREFIX)
    paper = _read_paper(raw)
    if paper is None:
        return Skipped(identifier, "malformed_item")
    v1_on = datetime.fromisoformat(paper.v1_at).date()
    if not since <= v1_on < until:
        return Skipped(identifier, "first_version_outside_window", v1_on.isoformat(), f"{since}..{until}")
    if not is_primary(paper.primary_category, categories):
        return Skipped(identifier, "other_category", paper.primary_category, " ".join(categories))
    return paper


def _read_paper(raw: Element) -> Paper | None:
    arxiv_id = _text(raw, "id")
    versions = {
        int(found[1]): _rfc822(_text(element, "date"))
        for element in raw
        if _name(element) == "version" and (found := re.fullmatch(r"v(\d{1,4})", element.get("version", "")))
    }
    v1_at = versions.get(1)
    submitted = {str(number): at.isoformat() for number, at in sorted(versions.items()) if at}
    categories = _text(raw, "categories").split()
    if not _ARXIV_ID.fullmatch(arxiv_id) or v1_at is None or not categories:
        return None
    return Paper(
        unit=arxiv_id,
        version=max(versions),
        title=_text(raw, "title"),
        first_author=_first_author(_text(raw, "authors")) or arxiv_id,
        licence=_text(raw, "license") or None,
        primary_category=categories[0],
        v1_at=v1_at.isoformat(),
        versions_at=submitted,
    )


def _first_author(authors: str) -> str:
    """Return the first of "D.V. Shetty, S.J. Yennello, and G.A. Souliotis", without affiliations."""
    without_notes = re.sub(r"\([^()]*\)", " ", authors)
    return " ".join(re.split(r",|;|\band\b", without_notes)[0].split())


def _rfc822(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _count(value: str) -> int | None:
    return int(value) if re.fullmatch(r"\d{1,12}", value) else None


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _child(element: Element, name: str) -> Element | None:
    return next((child for child in element if _name(child) == name), None)


def _text(element: Element, name: str) -> str:
    """Return the text of the first descendant of this name, its white space collapsed."""
    found = next((child for child in element.iter() if _name(child) == name), None)
    return "" if found is None else " ".join("".join(found.itertext()).split())
