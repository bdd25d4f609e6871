"""Ways to spoil WARC files that keep the compression sound, so that the records themselves are what is wrong."""

import gzip
import re
import zlib
from collections.abc import Callable, Sequence
from random import Random

from bench.mutants import BYTES, Mutation, one_of, set_bytes
from bench.mutants_text import spoil_fields

_GZIP_MAGIC = b"\x1f\x8b"
_RECORD_START = re.compile(rb"(?m)^(?=WARC/[01]\.)")
_CODINGS = (b"gzip", b"br", b"deflate", b"zstd", b"chunked", b"identity", b"gzip, gzip", b"x-unknown")


def spoil_record(chance: Random, body: bytes, others: Sequence[bytes]) -> bytes:
    """Spoil one record and leave the others and their packing whole."""
    return _edit_one(chance, body, lambda record: chance.choice(_RECORD_EDITS)(chance, record, others))


def move_boundaries(chance: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    """Pack two records in one member, one in two, or put padding, rubbish or nothing between members."""
    records, is_packed = _records(body)
    at = chance.randrange(len(records))
    record = records[at]
    middle = chance.randrange(len(record) + 1)
    if chance.random() < 0.5:
        pieces = [b"".join(records[at : at + 2])]
        return _joined([*records[:at], *pieces, *records[at + 2 :]], is_packed=is_packed)
    gap = chance.choice((b"", b"", b"\r\n" * 3, b"\0" * 700, chance.randbytes(40), _GZIP_MAGIC, b"WARC/1.0\r\n"))
    halves = [record[:middle], record[middle:]]
    start, end = _joined(records[:at], is_packed=is_packed), _joined(records[at + 1 :], is_packed=is_packed)
    return start + gap.join(_joined([half], is_packed=is_packed) for half in halves) + gap + end


def shuffle_records(chance: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    """Repeat, leave out or change places of whole records."""
    records, is_packed = _records(body)
    chosen = chance.choices(records, k=chance.randrange(1, len(records) + 2))
    return _joined(chosen, is_packed=is_packed)


def repack(_chance: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    """Pack a plain file as one member, and unpack a packed one."""
    records, is_packed = _records(body)
    return b"".join(records) if is_packed else gzip.compress(body, compresslevel=1, mtime=0)


def spoil_length(chance: Random, record: bytes, _others: Sequence[bytes]) -> bytes:
    """State another length of the record or of the body in it."""
    length = chance.choice(
        (b"0", b"1", b"-1", b"", b"9" * 14, b"9" * 5_000, b"1e3", b"%d" % chance.randrange(len(record) + 500))
    )
    places = [found.span(1) for found in re.finditer(rb"(?i)content-length:[ \t]*(\d+)", record)] or [(0, 0)]
    start, end = chance.choice(places)
    return record[:start] + length + record[end:]


def spoil_coding(chance: Random, record: bytes, _others: Sequence[bytes]) -> bytes:
    """Say that the body is coded as it is not, or code it."""
    head, gap, body = _http_body(record)
    coding = chance.choice(_CODINGS)
    draw = chance.random()
    if draw < 0.3:
        body, coding = (
            b"%x\r\n" % chance.choice((len(body), 10**9, 1, len(body) // 2)) + body + b"\r\n0\r\n\r\n",
            b"chunked",
        )
    elif draw < 0.5:
        body, coding = gzip.compress(body * chance.choice((1, 1, 400)), 1, mtime=0), b"gzip"
    elif draw < 0.6:
        body, coding = zlib.compress(body), b"deflate"
    name = b"Transfer-Encoding: " if coding == b"chunked" else b"Content-Encoding: "
    return head + b"\r\n" + name + coding + gap + body


def spoil_http_fields(chance: Random, record: bytes, others: Sequence[bytes]) -> bytes:
    """Spoil a header field of the captured answer."""
    warc_head, gap, block = record.partition(b"\r\n\r\n")
    return warc_head + gap + spoil_fields(chance, block, others)


_RECORD_EDITS: tuple[Mutation, ...] = (
    spoil_length,
    spoil_coding,
    spoil_fields,
    spoil_http_fields,
    one_of(BYTES),
)
WARC: tuple[Mutation, ...] = (
    one_of(BYTES),
    spoil_record,
    spoil_record,
    spoil_record,
    move_boundaries,
    shuffle_records,
    repack,
)


def _edit_one(chance: Random, body: bytes, edit: Callable[[bytes], bytes]) -> bytes:
    records, is_packed = _records(body)
    at = chance.randrange(len(records))
    if not records[at]:
        return set_bytes(chance, body, [])
    before, after = _joined(records[:at], is_packed=is_packed), _joined(records[at + 1 :], is_packed=is_packed)
    return before + _joined([edit(records[at])], is_packed=is_packed) + after


def _records(body: bytes) -> tuple[list[bytes], bool]:
    """Return the records, at least one, unpacked where each is a gzip member, and whether they were packed."""
    if not body.startswith(_GZIP_MAGIC):
        return [part for part in _RECORD_START.split(body) if part] or [body], False
    members = []
    while body.startswith(_GZIP_MAGIC):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            members.append(unpacker.decompress(body, 1 << 20))
        except zlib.error:
            break
        body = unpacker.unused_data
    return members or [body], bool(members)


def _joined(records: Sequence[bytes], *, is_packed: bool) -> bytes:
    return b"".join(gzip.compress(record, compresslevel=1, mtime=0) if is_packed else record for record in records)


def _http_body(record: bytes) -> tuple[bytes, bytes, bytes]:
    warc_head, first_gap, block = record.partition(b"\r\n\r\n")
    head, gap, body = block.partition(b"\r\n\r\n")
    return warc_head + first_gap + head, gap, body
