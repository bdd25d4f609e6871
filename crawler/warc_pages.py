"""One WARC record to one landed page, one ledger row, or nothing where it is the archive's own bookkeeping.

The cheapest look comes first. FastWARC parses the record and decodes its HTTP body; what archives say of a body's
coding is often wrong, so it is tried as stated, then without the chunks, then as it is.
"""

import base64
import hashlib
import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from fastwarc import WarcRecord

from config import CommonCrawlSettings
from crawler.page_hints import is_page, media_type, robots_wish
from crawler.page_language import other_language
from crawler.patterns import any_case
from crawler.reasons import Skipped
from crawler.warc_frames import Frame
from storage.records import RawDocument, content_id

if TYPE_CHECKING:
    from tldextract import TLDExtract

logger = logging.getLogger(__name__)

_TYPE = re.compile(rb"\n" + any_case(b"warc-type:") + rb"[ \t]*([A-Za-z]*)[ \t]*\r?\n")
_BOOKKEEPING = ("request", "metadata", "warcinfo")
_HEADER_END = re.compile(rb"\n\r?\n")
_MAX_HEADER_BYTES = 65_536
# What is no page is known by so many bytes of its body.
_MAGIC_BYTES = 1_024
# Servers' clocks are off by hours; more is a made-up date.
_CLOCK_ERROR = timedelta(days=1)
_DIGEST = re.compile(r"sha1:[A-Z2-7]{32}")
_EARLIEST = datetime(1991, 8, 6)


@dataclass(frozen=True, slots=True)
class PageOrigin:
    """What every page of a segment shares."""

    file: str
    unit: str
    crawl_run_id: str


def read_frame(
    frame: Frame, position: int, origin: PageOrigin, settings: CommonCrawlSettings
) -> RawDocument | Skipped | None:
    """Return the page a record holds, or why it does not land, or None for bookkeeping."""
    place = f"{origin.file}@{frame.offset}"
    try:
        return _read_record(frame, place, position, origin, settings)
    except Exception as error:
        # Whatever the open web does to the libraries that read it costs one record, never the rest of the file.
        logger.exception("%s cannot be read", place)
        return Skipped(place, "unreadable_member", type(error).__name__)


def _read_record(
    frame: Frame, place: str, position: int, origin: PageOrigin, settings: CommonCrawlSettings
) -> RawDocument | Skipped | None:
    if frame.fault:
        return Skipped(place, "unreadable_member", frame.fault)
    if _is_bookkeeping(frame.data):
        return None
    record = _parse(frame.data)
    if record is None:
        return Skipped(place, "unreadable_member", "no record")
    address = (record.headers.get("WARC-Target-URI") or "").strip().removeprefix("<").removesuffix(">")
    kind = str(record.record_type)
    if kind in _BOOKKEEPING:
        return None
    if kind == "revisit":
        return Skipped(_item(address, place), "revisit")
    if kind != "response":
        return Skipped(_item(address, place), "record_type", kind, "response")
    return _read_page(record, address, frame, position, origin, settings)


def _read_page(
    record: WarcRecord, address: str, frame: Frame, position: int, origin: PageOrigin, settings: CommonCrawlSettings
) -> RawDocument | Skipped:
    item = _item(address, f"{origin.file}@{frame.offset}")
    fetched_at = _naive(record.record_date)
    host = _host(address)
    if not host or fetched_at is None:
        return Skipped(item, "malformed_item", "no WARC-Date" if host else "no web address")
    answer = _open_http(record, frame.data, settings.max_page_bytes + 1)
    if answer is None:
        return Skipped(item, "unreadable_http")
    record, body = answer
    if refused := _refuse(record, body, settings):
        return Skipped(item, *refused)
    revision = _revision(record, body)
    return RawDocument(
        document_id=content_id("common_crawl", address, revision),
        source="common_crawl",
        url=address,
        revision=revision,
        unit=origin.unit,
        position=position,
        fetched_at=fetched_at,
        content_type=_printable(record.http_headers.get("Content-Type") or "text/html"),
        content=body,
        title=None,
        licence=None,
        locator=f"warc:{_quoted(origin.file)}?{urlencode({'offset': frame.offset, 'length': frame.length})}",
        cluster_key=_registered_domain(host),
        repository_created_at=None,
        commit_authored_at=None,
        arxiv_v1_at=None,
        last_modified_at=_sane(_naive(record.http_last_modified), fetched_at),
        crawl_run_id=origin.crawl_run_id,
    )


def _refuse(
    record: WarcRecord, body: bytes, settings: CommonCrawlSettings
) -> tuple[str, str | None, str | None] | None:
    """Return reason, measured value and limit when a page does not land, the cheapest look first."""
    headers = record.http_headers
    if headers.status_code != 200:
        return "http_status", str(headers.status_code), "200"
    if not body or body.isspace():
        return "empty", "0", "1"
    found = media_type(headers.get("Content-Type") or "", body)
    if not is_page(found):
        return "media_type", _printable(found), "text/html"
    if len(body) > settings.max_page_bytes:
        return "too_large", f">{settings.max_page_bytes}", str(settings.max_page_bytes)
    if settings.languages and (spoken := other_language(body, record.http_charset, settings.languages)):
        return "other_language", spoken, " ".join(settings.languages)
    # Half of the web is in another language, and a few pages in a hundred want to be left out.
    if wish := robots_wish(headers.get("X-Robots-Tag") or "", body):
        return "no_robots", wish, None
    return None


def _is_bookkeeping(data: bytes) -> bool:
    """Tell whether a record is the archive's own, as two in three are, without having it parsed."""
    header_end = _HEADER_END.search(data, 0, _MAX_HEADER_BYTES)
    kind = _TYPE.search(data, 0, header_end.end()) if header_end else None
    return bool(kind and kind[1].decode("ascii").lower() in _BOOKKEEPING)


def _parse(data: bytes) -> WarcRecord | None:
    try:
        return WarcRecord.from_bytes(data)
    except (OSError, ValueError):
        return None


def _open_http(record: WarcRecord, data: bytes, max_bytes: int) -> tuple[WarcRecord, bytes] | None:
    """Return the record with its HTTP headers parsed and at most so many bytes of its body, or None where it has none.

    Crawlers that take chunks apart often leave the header that announces them.
    """
    for coding in ("all", "content", "none"):
        # Some writers leave out the header that says so; what is no HTTP shows itself by having no status.
        record.is_http = True
        try:
            record.parse_http(auto_decode=coding)
            if not record.is_http_parsed or record.http_headers.status_code is None:
                return None
            return record, bytes(record.reader.read(_bytes_to_judge(record, max_bytes)))
        except (OSError, ValueError):
            # What has been read of it cannot be read again.
            record = WarcRecord.from_bytes(data)
    return None


def _bytes_to_judge(record: WarcRecord, max_bytes: int) -> int:
    """Return how much of a body has to be decoded: little of what its headers keep from landing."""
    headers = record.http_headers
    can_land = headers.status_code == 200 and is_page(media_type(headers.get("Content-Type") or "", b"<html"))
    return max_bytes if can_land else _MAGIC_BYTES


def _revision(record: WarcRecord, body: bytes) -> str:
    """Return the digest of the payload as `sha1:` and base32, the archive's own where it has one."""
    stated = (record.headers.get("WARC-Payload-Digest") or "").strip()
    if _DIGEST.fullmatch(stated):
        return stated
    return f"sha1:{base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()}"


def _item(address: str, place: str) -> str:
    return _printable(address) or place


def _host(address: str) -> str | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in ("http", "https") and address.isprintable() else None


@lru_cache(maxsize=10_000)
def _registered_domain(host: str) -> str:
    return str(_suffixes()(host).top_domain_under_public_suffix) or host


@cache
def _suffixes() -> "TLDExtract":
    """Return the public suffix list inside the package: nothing is fetched, nothing is written."""
    # What it imports to fetch the list takes a quarter of a second, and the crawler reads no page itself.
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)


def _naive(moment: datetime | None) -> datetime | None:
    try:
        return moment.astimezone(UTC).replace(tzinfo=None) if moment else None
    except (OverflowError, ValueError):
        # The first or last day there is, in another time zone.
        return None


def _sane(moment: datetime | None, fetched_at: datetime) -> datetime | None:
    return moment if moment and _EARLIEST <= moment <= fetched_at + _CLOCK_ERROR else None


def _printable(text: str) -> str:
    return (text if text.isprintable() else "".join(filter(str.isprintable, text)))[:2000]


@lru_cache(maxsize=8)
def _quoted(file: str) -> str:
    return quote(file, safe="/:")
