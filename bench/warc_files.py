"""WARC files of any size out of real records and pages, so that a rate and not a start is measured.

Every copy of a record has an address of its own. Its content is packed once; a copy packs only its header anew, in the
same gzip member, which unpacks as fast as if it had been packed in one go.
"""

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from struct import pack

from bench.html_eval import SETS, read_pages
from crawler.warc_frames import cut
from demo.archives import Capture, warc_file

_ADDRESS = re.compile(rb"(?i)(\nWARC-Target-URI:[ \t]*<?)([^\r\n>]*)")
_HEADER_END = re.compile(rb"\n\r?\n")
_LENGTH = re.compile(rb"(?i)\nContent-Length:[ \t]*(\d+)")
_SEPARATOR = b"\r\n\r\n"
_MAX_RECORD_BYTES = 1 << 26
_CAPTURED_AT = datetime(2026, 10, 7, 8, 9, 10)


@dataclass(frozen=True, slots=True)
class PackedRecord:
    """A record whose content is packed already."""

    header: bytes
    content: bytes
    packed_content: bytes


def captured_records(data: Path) -> list[PackedRecord]:
    """Return every record of the real WARC files: requests, answers of all kinds, metadata, revisits."""
    files = [path for path in sorted((data / "commoncrawl" / "warc").glob("*.warc*")) if path.suffix != ".lz4"]
    return [record for path in files for record in _records(path.read_bytes())]


def large_page_records(data: Path) -> list[PackedRecord]:
    """Return the annotated pages, as large as today's web is, in Common Crawl's layout."""
    pages = [page.content for name in (*SETS, "non_utf8") for page in read_pages(name, data)]
    captures = [
        Capture(f"https://site-{number}.example.org/page", _CAPTURED_AT, content, content_type="text/html")
        for number, content in enumerate(pages)
    ]
    return list(_with_metadata(_records(warc_file("CC-MAIN-2026-41", "bench.warc.gz", captures, _CAPTURED_AT))))


def write_copies(path: Path, records: Sequence[PackedRecord], copy_count: int) -> None:
    """Write the records so many times, each time under other addresses."""
    with path.open("wb") as file:
        for number in range(copy_count):
            file.writelines(_member(record, b"copy=%d" % number) for record in records)


def _records(data: bytes) -> Iterator[PackedRecord]:
    for frame in cut(data, 0, is_end=True, max_bytes=_MAX_RECORD_BYTES).frames:
        header_end = _HEADER_END.search(frame.data)
        stated = _LENGTH.search(frame.data)
        if frame.fault is None and header_end and stated:
            # Without what ends a record: it comes with one frame and not with another.
            start = header_end.end()
            yield _packed(frame.data[:start], frame.data[start : start + int(stated[1])])


def _packed(header: bytes, content: bytes) -> PackedRecord:
    content += _SEPARATOR
    packer = zlib.compressobj(wbits=-15)
    return PackedRecord(header, content, packer.compress(content) + packer.flush())


def _with_metadata(records: Iterable[PackedRecord]) -> Iterator[PackedRecord]:
    """Add to every answer the record of metadata that Common Crawl writes after it."""
    for record in records:
        yield record
        if b"WARC-Type: response" in record.header:
            content = b"fetchTimeMs: 213\r\ncharset-detected: UTF-8\r\nlanguages-cld2: {}\r\n"
            header = record.header.replace(b"WARC-Type: response", b"WARC-Type: metadata")
            yield _packed(re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(content), header), content)


def _member(record: PackedRecord, mark: bytes) -> bytes:
    """Return a gzip member with the record under an address of its own."""
    header = _ADDRESS.sub(
        lambda found: b"%s%s%s%s" % (found[1], found[2], b"&" if b"?" in found[2] else b"?", mark), record.header
    )
    packer = zlib.compressobj(wbits=-15)
    packed_header = packer.compress(header) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = zlib.crc32(record.content, zlib.crc32(header))
    trailer = pack("<II", checksum, (len(header) + len(record.content)) & 0xFFFFFFFF)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + packed_header + record.packed_content + trailer
