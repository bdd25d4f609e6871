"""Ways to spoil bytes: what bad disks, cut connections and hostile writers do to an input, drawn from a seeded source.

Every mutation is total: where it finds nothing of its kind to spoil, it spoils a byte instead.
"""

import gzip
import tarfile
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from random import Random

# What a mutation is given: the draw, the input, and the other inputs of its format to splice from.
Mutation = Callable[[Random, bytes, Sequence[bytes]], bytes]

# No mutant is larger, however often it was doubled.
MAX_MUTANT_BYTES = 2_000_000
_MAX_SLICE_BYTES = 4096
_BLOCK = tarfile.BLOCKSIZE
# Where the fields of a tar header lie.
_TAR_FIELDS = {
    "name": (0, 100),
    "mode": (100, 108),
    "size": (124, 136),
    "mtime": (136, 148),
    "typeflag": (156, 157),
    "linkname": (157, 257),
    "magic": (257, 265),
    "major": (329, 337),
    "prefix": (345, 500),
}
_TAR_NUMBERS = (b"00000000000", b"77777777777", b"-1", b"", b" ", b"99999999999", b"\x80" + b"\xff" * 11, b"\xff" * 12)
_TAR_NAMES = (
    b"../../etc/passwd.py",
    b"/abs.py",
    b"C:\\x.py",
    b"caf\xe9.py",
    b"a\nb.py",
    b"\xed\xa0\x80.py",
    b"a/" * 49,
    b"",
)
_PAX = (
    b"path=../../../up.py",
    b"path=" + b"long/" * 2_000 + b"x.py",
    b"path=nul\0in.py",
    b"size=-1",
    b"size=99999999999999999999",
    b"size=abc",
    b"mtime=nan",
    b"mtime=-1e400",
    b"hdrcharset=BINARY",
    b"GNU.sparse.major=1\n24 GNU.sparse.minor=0\n24 GNU.sparse.size=9999999",
    b"GNU.sparse.map=0,1,x,9",
    b"GNU.sparse.size=1e9",
    b"comment=" + b"ab" * 20,
    b"1" * 12_000 + b" x=1",
    b"linkpath=\xff\xfe",
)


def flip_bits(chance: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    """Turn over a few single bits."""
    spoilt = bytearray(body or b"\0")
    for _ in range(chance.randrange(1, 9)):
        spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
    return bytes(spoilt)


def set_bytes(chance: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    """Put random bytes where others were."""
    spoilt = bytearray(body or b"\0")
    for _ in range(chance.randrange(1, 9)):
        spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
    return bytes(spoilt)


def cut_off(chance: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    """End somewhere."""
    return body[: chance.randrange(len(body) + 1)]


def splice(chance: Random, body: bytes, others: Sequence[bytes]) -> bytes:
    """Go on with another input somewhere."""
    other = chance.choice(others)
    return body[: chance.randrange(len(body) + 1)] + other[chance.randrange(len(other) + 1) :]


def repeat_slice(chance: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    """Say a part again, once or many times."""
    start, end = _slice(chance, body)
    return body[:end] + body[start:end] * chance.choice((1, 1, 2, 50)) + body[end:]


def drop_slice(chance: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    """Leave a part out."""
    start, end = _slice(chance, body)
    return body[:start] + body[end:]


def insert_bytes(chance: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    """Put random bytes, or many equal ones, between two others."""
    at = chance.randrange(len(body) + 1)
    count = chance.choice((1, 3, 40, 2_000))
    inserted = chance.randbytes(count) if chance.random() < 0.7 else bytes([chance.randrange(256)]) * count
    return body[:at] + inserted + body[at:]


BYTES: tuple[Mutation, ...] = (flip_bits, set_bytes, cut_off, splice, repeat_slice, drop_slice, insert_bytes)


def one_of(mutations: Sequence[Mutation]) -> Mutation:
    """Return the mutation that draws one of these."""
    return lambda chance, body, others: chance.choice(mutations)(chance, body, others)


def inside_gzip(mutations: Sequence[Mutation]) -> Mutation:
    """Return the mutation that unpacks, spoils what is inside and packs it anew: the checksum would shield a parser.

    What is not packed is spoilt as it is.
    """

    def mutate(chance: Random, body: bytes, others: Sequence[bytes]) -> bytes:
        inside = unpacked(body)
        if inside is None:
            return chance.choice(mutations)(chance, body, others)
        spoilt = chance.choice(mutations)(chance, inside, [unpacked(other) or other for other in others[:4]])
        return gzip.compress(spoilt[:MAX_MUTANT_BYTES], compresslevel=1, mtime=0)

    return mutate


def unpacked(body: bytes) -> bytes | None:
    """Return what a gzip holds, at most as much as a mutant may have; None where it is none."""
    try:
        return zlib.decompressobj(wbits=31).decompress(body, MAX_MUTANT_BYTES)
    except zlib.error:
        return None


def pack_twice(_chance: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    """Pack what may be packed already."""
    return gzip.compress(body, compresslevel=1, mtime=0)


def gzip_bomb(chance: Random, _body: bytes, _others: Sequence[bytes]) -> bytes:
    """Return little that unpacks to much."""
    return _bomb(chance.choice(b"\0\na"), chance.choice((10**6, 10**6, 10**7, 10**7, 6 * 10**7)))


@cache
def _bomb(value: int, unpacked_bytes: int) -> bytes:
    return gzip.compress(bytes([value]) * unpacked_bytes, 6, mtime=0)


# --- tar ---------------------------------------------------------------------------------------------------


def spoil_tar_header(chance: Random, body: bytes, others: Sequence[bytes]) -> bytes:
    """Put something else into one field of one header, and mend the checksum so that it is believed."""
    headers = _tar_headers(body)
    if not headers:
        return set_bytes(chance, body, others)
    at = chance.choice(headers)
    name = chance.choice(list(_TAR_FIELDS))
    start, end = _TAR_FIELDS[name]
    value = _tar_value(chance, name)[: end - start].ljust(end - start, b"\0")
    header = body[at : at + start] + value + body[at + end : at + _BLOCK]
    return body[:at] + _summed(header) + body[at + _BLOCK :]


def insert_tar_member(chance: Random, body: bytes, others: Sequence[bytes]) -> bytes:
    """Put a header of an odd kind before another: extended ones, long names, links, devices, sparse files."""
    headers = _tar_headers(body)
    if not headers:
        return set_bytes(chance, body, others)
    kind = chance.choice(b"xgLKSX1234567DMV\0")
    payload = _pax_payload(chance) if kind in b"xgX" else chance.choice(_TAR_NAMES) + b"\0"
    header = tarfile.TarInfo("odd.py").tobuf(tarfile.USTAR_FORMAT)
    header = header[:124] + b"%011o\0" % len(payload) + header[136:156] + bytes([kind]) + header[157:]
    block = _summed(header) + payload.ljust(-(-len(payload) // _BLOCK) * _BLOCK, b"\0")
    at = chance.choice(headers)
    return body[:at] + block * chance.choice((1, 1, 1, 300)) + body[at:]


def move_tar_blocks(chance: Random, body: bytes, _others: Sequence[bytes]) -> bytes:
    """Repeat, leave out or blank whole blocks."""
    at = chance.randrange(len(body) // _BLOCK + 1) * _BLOCK
    block = body[at : at + _BLOCK]
    return body[:at] + chance.choice((b"", block * 2, bytes(_BLOCK), block + bytes(2 * _BLOCK))) + body[at + _BLOCK :]


TAR: tuple[Mutation, ...] = (
    one_of(BYTES),
    spoil_tar_header,
    spoil_tar_header,
    insert_tar_member,
    move_tar_blocks,
)


def _tar_value(chance: Random, name: str) -> bytes:
    if name == "typeflag":
        return bytes([chance.choice(b"0123456789gxLKSXDMVNA\0\xff")])
    if name in ("name", "linkname", "prefix"):
        return chance.choice(_TAR_NAMES)
    return chance.choice(_TAR_NUMBERS) if name != "magic" else chance.randbytes(8)


def _pax_payload(chance: Random) -> bytes:
    """Return one record of an extended header, its stated length right or wrong."""
    record = b" " + chance.choice(_PAX) + b"\n"
    length = len(record) + len(str(len(record) + 3))
    return (b"%d" % (length if chance.random() < 0.7 else chance.choice((0, 1, 5, 10**6)))) + record


def _tar_headers(body: bytes) -> list[int]:
    return [at for at in range(0, len(body) - _BLOCK + 1, _BLOCK) if _is_summed(body[at : at + _BLOCK])]


def _is_summed(header: bytes) -> bool:
    return header[0] != 0 and header == _summed(header)


def _summed(header: bytes) -> bytes:
    total = sum(header[:148]) + 8 * 32 + sum(header[156:])
    return header[:148] + b"%06o\0 " % total + header[156:]


def _slice(chance: Random, body: bytes) -> tuple[int, int]:
    start = chance.randrange(len(body) + 1)
    return start, min(len(body), start + chance.randrange(1, _MAX_SLICE_BYTES))
