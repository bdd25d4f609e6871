"""One WARC record to one landed page, one ledger row, or nothing where it is the archive's own bookkeeping.

FastWARC parses the record and decodes its HTTP body; what archives say of a body's coding is often wrong, so
it is tried as stated, then without the chunks, then as it is.
"""

import base64
import hashlib
import io
import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import quote, urlencode, urlsplit

from fastwarc import ArchiveIterator, WarcRecord, WarcRecordType
from tldextract import TLDExtract

from config import CommonCrawlSettings
from crawler.page_hints import language, media_type, robots_wish
from crawler.reasons import Skipped
from crawler.warc_frames import Frame
from storage.records import RawDocument, content_id

logger = logging.getLogger(__name__)

_BOOKKEEPING = WarcRecordType.request | WarcRecordType.metadata | WarcRecordType.warcinfo
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
    record = _parse(frame.data)
    if record is None:
        return Skipped(place, "unreadable_member", "no record")
    if record.record_type & _BOOKKEEPING:
        return None
    address = (record.headers.get("WARC-Target-URI") or "").strip().removeprefix("<").removesuffix(">")
    if record.record_type == WarcRecordType.revisit:
        return Skipped(_item(address, place), "revisit")
    if record.record_type != WarcRecordType.response:
        return Skipped(_item(address, place), "record_type", str(record.record_type), "response")
    return _read_page(record, address, frame, position, origin, settings)


def _read_page(
    record: WarcRecord, address: str, frame: Frame, position: int, origin: PageOrigin, settings: CommonCrawlSettings
) -> RawDocument | Skipped:
    item = _item(address, f"{origin.file}@{frame.offset}")
    fetched_at = _naive(record.record_date)
    if not _host(address) or fetched_at is None:
        return Skipped(item, "malformed_item", "no WARC-Date" if _host(address) else "no web address")
    answer = _open_http(frame.data, settings.max_page_bytes + 1)
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
        locator=f"warc:{quote(origin.file, safe='/:')}?{urlencode({'offset': frame.offset, 'length': frame.length})}",
        cluster_key=_registered_domain(address),
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
    if not body.strip():
        return "empty", "0", "1"
    found = media_type(headers.get("Content-Type") or "", body)
    if found not in ("text/html", "application/xhtml+xml"):
        return "media_type", _printable(found), "text/html"
    if len(body) > settings.max_page_bytes:
        return "too_large", f">{settings.max_page_bytes}", str(settings.max_page_bytes)
    if wish := robots_wish(headers.get("X-Robots-Tag") or "", body):
        return "no_robots", wish, None
    spoken = language(body, record.http_charset) if settings.languages else None
    if spoken and spoken not in settings.languages:
        return "other_language", spoken, " ".join(settings.languages)
    return None


def _parse(data: bytes) -> WarcRecord | None:
    try:
        return next(iter(ArchiveIterator(io.BytesIO(data), parse_http=False)), None)
    except (OSError, ValueError):
        return None


def _open_http(data: bytes, max_bytes: int) -> tuple[WarcRecord, bytes] | None:
    """Return the record with its HTTP headers parsed and at most so many bytes of its body, or None where it has none.

    Crawlers that take chunks apart often leave the header that announces them.
    """
    for coding in ("all", "content", "none"):
        record = _parse(data)
        assert record is not None, "it was parsed before"
        # Some writers leave out the header that says so; what is no HTTP shows itself by having no status.
        record.is_http = True
        try:
            record.parse_http(auto_decode=coding)
            body = bytes(record.reader.read(max_bytes))
        except (OSError, ValueError):
            continue
        is_http = record.is_http_parsed and record.http_headers.status_code is not None
        return (record, body) if is_http else None
    return None


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


def _registered_domain(address: str) -> str:
    host = _host(address) or ""
    return str(_suffixes()(host).top_domain_under_public_suffix) or host


@cache
def _suffixes() -> TLDExtract:
    """Return the public suffix list inside the package: nothing is fetched, nothing is written."""
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
    return "".join(char for char in text if char.isprintable())[:2000]
