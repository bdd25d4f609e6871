"""Cut the bytes of a WARC file into its records, whatever state they are in.

A segment is a run of bytes from the file: it yields the records it holds whole, and says how far they reach, so
that the next segment begins with the first one that was cut. Works on gzip members (one or many records each)
and on plain WARC. Damage costs the record it is in: the next one is found by its magic.
"""

import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from deflate import DeflateError, gzip_decompress
from isal import isal_zlib

from crawler.patterns import any_case

_GZIP_MAGIC = b"\x1f\x8b\x08"
_WARC_MAGIC = b"WARC/"
_NEXT_RECORD = re.compile(rb"(?<=\n)WARC/[01]\.\d")
_CONTENT_LENGTH = re.compile(rb"\n" + any_case(b"content-length:") + rb"[ \t]*(\d{1,15})[ \t]*\r?\n")
_HEADER_END = re.compile(rb"\n\r?\n")
_MAX_HEADER_BYTES = 65_536
_FEED_BYTES = 32_768
# A gzip header, with a file name at most, and the tables of codes that deflate begins with.
_MUTE_BYTES = 400
# No byte of deflate stands for more.
_MOST_INFLATED = 1032
# Flags of a gzip header that mean nothing (RFC 1952): such a member is damaged, which isal does not look at.
_RESERVED_GZIP_FLAGS = 0xE0
_ISAL_ERROR: type[Exception] = isal_zlib.error  # type: ignore[assignment]  # its stub calls the class an instance
_SEPARATOR = b"\r\n\r\n"
_TAIL_BYTES = 1024
_PADDING_BYTES = b"\r\n\0"
_PADDING = re.compile(rb"[\r\n\0]*")


# Hundreds of thousands of these two are made a minute, and a tuple is made three times faster than a frozen dataclass.
class Frame(NamedTuple):
    """One record: where it lies in the file, and its unpacked bytes, or what is wrong with it."""

    offset: int
    length: int
    data: bytes
    fault: str | None = None


class Cut(NamedTuple):
    """What a segment held: its frames and how many of its bytes they settle. 0 asks for a longer segment."""

    frames: list[Frame]
    settled_bytes: int


def is_warc(segment: bytes) -> bool:
    """Tell whether a file begins like a WARC, plain or in gzip."""
    start = _peek(segment, 0, 1024) if segment.startswith(_GZIP_MAGIC) else segment[:1024]
    return start.lstrip().startswith(_WARC_MAGIC)


def cut(segment: bytes, offset: int, *, is_end: bool, max_bytes: int) -> Cut:
    """Cut a segment that begins at this offset of its file; `is_end` says that nothing follows it."""
    frames, at = [], 0
    for found in cut_each(segment, offset, is_end=is_end, max_bytes=max_bytes):
        frames += found.frames
        at = found.settled_bytes
    return Cut(frames, at)


def cut_each(segment: bytes, offset: int, *, is_end: bool, max_bytes: int) -> Iterator[Cut]:
    """Yield the same piece by piece: what is read while it is fresh in the processor is read in half the time."""
    at = 0
    while at < len(segment):
        if segment.startswith(_GZIP_MAGIC, at):
            found = _cut_member(segment, at, offset, is_end=is_end, max_bytes=max_bytes)
        else:
            found = _cut_record(segment, at, offset, is_end=is_end)
        if found is None:
            return
        yield found
        at = found.settled_bytes


def likely_end(segment: bytes, *, is_end: bool) -> int:
    """Return how many bytes a segment will probably settle: up to its last record, which its end has cut."""
    if is_end:
        return len(segment)
    at = len(segment)
    while (at := segment.rfind(_GZIP_MAGIC, 0, at)) > 0:
        beginning = _peek(segment, at, 64)
        # So near the end nothing may come out of a member yet, and the magic alone tells it.
        if beginning.startswith(_WARC_MAGIC) or (len(segment) - at < _MUTE_BYTES and not beginning):
            return at
    return max(0, segment.rfind(b"\n" + _WARC_MAGIC) + 1)


def skip(segment: bytes, offset: int) -> Cut:
    """Give up the record a segment begins with, which is larger than may be read, and find the next one."""
    after = _resynchronise(segment, 1, is_end=False)
    return Cut([Frame(offset, after, b"", "larger than max_record_bytes")], after)


def _cut_member(segment: bytes, at: int, offset: int, *, is_end: bool, max_bytes: int) -> Cut | None:
    """Cut one gzip member, or return None when the segment ends inside it."""
    member = _inflate_at_once(segment, at, max_bytes) or _inflate(segment, at, max_bytes)
    if member.fault is None and _is_one_record(member.data) and len(segment) - member.end >= len(_GZIP_MAGIC):
        # As nearly all are: handed on without a copy, what ends the record included.
        return Cut([Frame(offset + at, member.end - at, member.data)], member.end)
    member = _inflate_rest(segment, member, max_bytes)
    is_last = len(segment) - member.end < len(_GZIP_MAGIC)
    if not is_end and (member.is_cut_short or (is_last and _lacks_bytes(member.data))):
        return None
    after = member.end if member.fault is None else _resynchronise(segment, at + 1, is_end=is_end)
    if member.fault and not member.is_cut_short:
        return Cut([Frame(offset + at, after - at, b"", member.fault)], after)
    # The place of a record is that of its member: nothing smaller can be fetched.
    frames = [Frame(offset + at, after - at, inner.data, inner.fault) for inner in _cut_plain(member.data)]
    return Cut(frames or [Frame(offset + at, after - at, b"", member.fault or "an empty gzip member")], after)


def _cut_plain(data: bytes) -> Iterator[Frame]:
    """Yield the records of an unpacked member. What is packed once more inside it stays packed."""
    at = 0
    while at < len(data):
        found = _cut_record(data, at, 0, is_end=True)
        assert found is not None, "only a segment that goes on can end inside a record"
        yield from found.frames
        at = found.settled_bytes


def _cut_record(segment: bytes, at: int, offset: int, *, is_end: bool) -> Cut | None:
    """Cut one plain record, or return None when the segment ends inside it."""
    if not segment.startswith(_WARC_MAGIC, at):
        return _pass_over(segment, at, offset, is_end=is_end)
    has_header, end = _reach(segment, at)
    if not has_header and not is_end and len(segment) - at < _MAX_HEADER_BYTES:
        return None
    if end is not None:
        if end + len(_SEPARATOR) > len(segment) and not is_end:
            return None
        if end <= len(segment) and (after := _end_of_padding(segment, end)) is not None:
            return Cut([Frame(offset + at, end - at, segment[at:end])], after)
    after = _resynchronise(segment, at + 1, is_end=is_end)
    return Cut([Frame(offset + at, after - at, b"", "damaged, cut short or of a wrong length")], after)


def _reach(data: bytes, at: int) -> tuple[bool, int | None]:
    """Tell whether the header of the record here ends, and where its content ends if it says so."""
    header_end = _HEADER_END.search(data, at, at + _MAX_HEADER_BYTES)
    stated = _CONTENT_LENGTH.search(data, at, header_end.end()) if header_end else None
    return header_end is not None, header_end.end() + int(stated[1]) if header_end and stated else None


def _pass_over(segment: bytes, at: int, offset: int, *, is_end: bool) -> Cut | None:
    """Pass over what is no record: padding without a word, anything else as one faulty frame."""
    if not is_end and len(segment) - at <= _TAIL_BYTES:
        return None
    after = _resynchronise(segment, at + 1, is_end=is_end)
    if not segment[at:after].strip(_PADDING_BYTES):
        return Cut([], after)
    return Cut([Frame(offset + at, after - at, b"", "neither gzip nor WARC")], after)


def _end_of_padding(segment: bytes, at: int) -> int | None:
    """Return where the next record begins after the padding here, or None when something else comes first."""
    padding = _PADDING.match(segment, at)
    assert padding is not None
    after = padding.end()
    # The segment may end within the next magic.
    start = segment[after : after + len(_WARC_MAGIC)]
    begins_record = _WARC_MAGIC.startswith(start) or start[:3] == _GZIP_MAGIC[: len(start)]
    return after if begins_record else None


def _resynchronise(segment: bytes, at: int, *, is_end: bool) -> int:
    """Return where the next record seems to begin, or how far there is none for certain."""
    found = _NEXT_RECORD.search(segment, at)
    plain = found.start() if found else len(segment)
    packed = next(_gzip_starts(segment, at, plain), plain)
    # A magic may be cut by the end of the segment.
    return packed if packed < len(segment) or is_end else max(at, len(segment) - _TAIL_BYTES)


def _gzip_starts(segment: bytes, at: int, before: int) -> Iterator[int]:
    """Yield where a gzip member with a WARC record begins: the three magic bytes alone come up by chance."""
    while (at := segment.find(_GZIP_MAGIC, at, before)) >= 0:
        if _peek(segment, at, 64).startswith(_WARC_MAGIC):
            yield at
        at += 1


class _Member(NamedTuple):
    data: bytes
    end: int
    fault: str | None
    is_cut_short: bool = False


def _is_one_record(data: bytes) -> bool:
    """Tell whether a member holds one whole record and nothing else but padding, as much of it as the writer likes."""
    _, end = _reach(data, 0)
    if end is None or end > len(data) or not data.startswith(_WARC_MAGIC):
        return False
    return not data[end:].strip(_PADDING_BYTES)


def _inflate_rest(segment: bytes, member: _Member, max_bytes: int) -> _Member:
    """Unpack the members after one that go on with its record, too: some writers flush in mid-record."""
    while member.fault is None and _lacks_bytes(member.data) and segment.startswith(_GZIP_MAGIC, member.end):
        more = _inflate(segment, member.end, max_bytes - len(member.data))
        if more.data.startswith(_WARC_MAGIC):
            break
        member = _Member(member.data + more.data, more.end, more.fault, more.is_cut_short)
    return member


def _lacks_bytes(data: bytes) -> bool:
    """Tell whether the first record of a member states more bytes than the member has."""
    _, content_end = _reach(data, 0)
    return content_end is not None and content_end > len(data)


def _peek(segment: bytes, at: int, max_bytes: int) -> bytes:
    """Return how a gzip member begins, damaged further on or not: there isal, which looks ahead, gives nothing."""
    try:
        return zlib.decompressobj(wbits=31).decompress(segment[at : at + _FEED_BYTES], max_bytes)
    except zlib.error:
        return b""


def _inflate_at_once(segment: bytes, at: int, max_bytes: int) -> _Member | None:
    """Unpack a member that ends where the next one begins, as nearly all do; None: it has to be fed.

    libdeflate takes all of it at once, and two thirds of the time that isal does.
    """
    end = segment.find(_GZIP_MAGIC, at + 1)
    size = int.from_bytes(segment[end - 4 : end], "little")
    # Told that there is nothing libdeflate believes it.
    if end < 0 or not 0 < size <= min(max_bytes, _MOST_INFLATED * (end - at)):
        return None
    try:
        data = bytes(gzip_decompress(memoryview(segment)[at:end], size))
    except DeflateError:
        return None
    # Bytes after the member's own end would have gone unnoticed, but they are not its length.
    return _Member(data, end, None) if len(data) == size else None


def _inflate(segment: bytes, at: int, max_bytes: int) -> _Member:
    """Unpack one gzip member, at most so far. isal does in half the time what zlib does."""
    if any(flags & _RESERVED_GZIP_FLAGS for flags in segment[at + 3 : at + 4]):
        return _Member(b"", at, "damaged gzip: unknown header flags")
    unpacker = isal_zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    room = max_bytes
    view = memoryview(segment)
    while at < len(segment):
        fed = view[at : at + _FEED_BYTES]
        try:
            parts.append(unpacker.decompress(fed, room + 1))
        except _ISAL_ERROR as error:
            return _Member(b"".join(parts), at, f"damaged gzip: {error}")
        at += len(fed)
        room -= len(parts[-1])
        if room < 0:
            return _Member(b"".join(parts)[:max_bytes], at, "unpacks to more than max_record_bytes")
        if unpacker.eof:
            return _Member(b"".join(parts), at - len(unpacker.unused_data), None)
    return _Member(b"".join(parts), at, "cut short", is_cut_short=True)
