"""Cut the bytes of a WARC file into its records, whatever state they are in.

A segment is a run of bytes from the file: it yields the records it holds whole, and says how far they reach, so
that the next segment begins with the first one that was cut. Works on gzip members (one or many records each)
and on plain WARC. Damage costs the record it is in: the next one is found by its magic.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_GZIP_MAGIC = b"\x1f\x8b\x08"
_WARC_MAGIC = b"WARC/"
_NEXT_RECORD = re.compile(rb"(?<=\n)WARC/[01]\.\d")
_CONTENT_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,15})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_MAX_HEADER_BYTES = 65_536
_FEED_BYTES = 16_384
_SEPARATOR_BYTES = 4
_TAIL_BYTES = 1024
_PADDING_BYTES = b"\r\n\0"
_PADDING = re.compile(rb"[\r\n\0]*")


@dataclass(frozen=True, slots=True)
class Frame:
    """One record: where it lies in the file, and its unpacked bytes, or what is wrong with it."""

    offset: int
    length: int
    data: bytes
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """What a segment held: its frames and how many of its bytes they settle. 0 asks for a longer segment."""

    frames: list[Frame]
    settled_bytes: int


def is_warc(segment: bytes) -> bool:
    """Tell whether a file begins like a WARC, plain or in gzip."""
    start = _inflate(segment, 0, 1024).data if segment.startswith(_GZIP_MAGIC) else segment[:1024]
    return start.lstrip().startswith(_WARC_MAGIC)


def cut(segment: bytes, offset: int, *, is_end: bool, max_bytes: int) -> Cut:
    """Cut a segment that begins at this offset of its file; `is_end` says that nothing follows it."""
    frames: list[Frame] = []
    at = 0
    while at < len(segment):
        if segment.startswith(_GZIP_MAGIC, at):
            found = _cut_member(segment, at, offset, is_end=is_end, max_bytes=max_bytes)
        else:
            found = _cut_record(segment, at, offset, is_end=is_end)
        if found is None:
            break
        frames.extend(found.frames)
        at = found.settled_bytes
    return Cut(frames, at)


def skip(segment: bytes, offset: int) -> Cut:
    """Give up the record a segment begins with, which is larger than may be read, and find the next one."""
    after = _resynchronise(segment, 1, is_end=False)
    return Cut([Frame(offset, after, b"", "larger than max_record_bytes")], after)


def _cut_member(segment: bytes, at: int, offset: int, *, is_end: bool, max_bytes: int) -> Cut | None:
    """Cut one gzip member, or return None when the segment ends inside it."""
    member = _inflate_record(segment, at, max_bytes)
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
    header_end = _HEADER_END.search(segment, at, at + _MAX_HEADER_BYTES)
    stated = _CONTENT_LENGTH.search(segment, at, header_end.end()) if header_end else None
    if header_end is None and not is_end and len(segment) - at < _MAX_HEADER_BYTES:
        return None
    if header_end and stated:
        end = header_end.end() + int(stated[1])
        if end + _SEPARATOR_BYTES > len(segment) and not is_end:
            return None
        if end <= len(segment) and (after := _end_of_padding(segment, end)) is not None:
            return Cut([Frame(offset + at, end - at, segment[at:end])], after)
    after = _resynchronise(segment, at + 1, is_end=is_end)
    return Cut([Frame(offset + at, after - at, b"", "damaged, cut short or of a wrong length")], after)


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
        if _inflate(segment, at, 64).data.startswith(_WARC_MAGIC):
            yield at
        at += 1


@dataclass(frozen=True, slots=True)
class _Member:
    data: bytes
    end: int
    fault: str | None
    is_cut_short: bool = False


def _inflate_record(segment: bytes, at: int, max_bytes: int) -> _Member:
    """Unpack one member, and those after it that go on with its record: some writers flush in mid-record."""
    member = _inflate(segment, at, max_bytes)
    while member.fault is None and _lacks_bytes(member.data) and segment.startswith(_GZIP_MAGIC, member.end):
        more = _inflate(segment, member.end, max_bytes - len(member.data))
        if more.data.startswith(_WARC_MAGIC):
            break
        member = _Member(member.data + more.data, more.end, more.fault, more.is_cut_short)
    return member


def _lacks_bytes(data: bytes) -> bool:
    """Tell whether the first record of a member states more bytes than the member has."""
    header_end = _HEADER_END.search(data, 0, _MAX_HEADER_BYTES)
    stated = _CONTENT_LENGTH.search(data, 0, header_end.end()) if header_end else None
    return bool(header_end and stated and header_end.end() + int(stated[1]) > len(data))


def _inflate(segment: bytes, at: int, max_bytes: int) -> _Member:
    """Unpack one gzip member, at most so far."""
    unpacker = zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    room = max_bytes
    view = memoryview(segment)
    while at < len(segment):
        fed = view[at : at + _FEED_BYTES]
        try:
            parts.append(unpacker.decompress(fed, room + 1))
        except zlib.error as error:
            return _Member(b"".join(parts), at, f"damaged gzip: {error}")
        at += len(fed)
        room -= len(parts[-1])
        if room < 0:
            return _Member(b"".join(parts)[:max_bytes], at, "unpacks to more than max_record_bytes")
        if unpacker.eof:
            return _Member(b"".join(parts), at - len(unpacker.unused_data), None)
    return _Member(b"".join(parts), at, "cut short", is_cut_short=True)
