"""Unix compress (`.Z`), in which arXiv keeps its oldest sources, unpacked code by code.

The crawler looks at what an e-print begins with and curation reads all of it, so this lies on the floor both stand on.
Python has no reader of the format. Of those on PyPI, uncompresspy decodes a block of up to 2 GB whatever it is asked
for, unlzw3 the whole, and ncompress is a C extension to be compiled where it has no wheel: much for files that no
fresh paper has. Here whoever reads may stop after any piece, and no piece is longer than 64 KiB.
"""

from collections.abc import Iterator

MAGIC = b"\x1f\x9d"

_HEADER_BYTES = 3
_CLEAR = 256
_FIRST_WIDTH = 9
_LAST_WIDTH = 16
_ROOTS = [bytes([value]) for value in range(256)]


def unpacked_pieces(content: bytes) -> Iterator[bytes]:
    """Yield what a `.Z` file holds; ValueError where it is damaged. It has no end mark: one cut short just ends."""
    max_width, has_clear = _read_header(content)
    # Together no longer than what was yielded, since each entry is one that was, and one byte.
    entries = [*_ROOTS, b""] if has_clear else list(_ROOTS)
    first_free, previous = len(entries), b""
    width, group_at, at = _FIRST_WIDTH, _HEADER_BYTES * 8, _HEADER_BYTES * 8
    while at + width <= len(content) * 8:
        code = _code(content, at, width)
        at += width
        if has_clear and code == _CLEAR:
            at = group_at = _next_group(at, group_at, width)
            width, previous = _FIRST_WIDTH, b""
            del entries[first_free:]
            continue
        entry = _entry(entries, code, previous)
        yield entry
        if previous and len(entries) < 1 << max_width:
            entries.append(previous + entry[:1])
        if len(entries) == 1 << width and width < max_width:
            at = group_at = _next_group(at, group_at, width)
            width += 1
        previous = entry


def _read_header(content: bytes) -> tuple[int, bool]:
    """Return the widest code in bits, and whether a code empties the table."""
    if not content.startswith(MAGIC) or len(content) < _HEADER_BYTES:
        raise ValueError("not compressed by Unix compress")
    max_width = content[2] & 0x1F
    if not _FIRST_WIDTH <= max_width <= _LAST_WIDTH:
        raise ValueError(f"codes of {max_width} bits, where {_FIRST_WIDTH} to {_LAST_WIDTH} are known")
    return max_width, bool(content[2] & 0x80)


def _code(content: bytes, at: int, width: int) -> int:
    """Return the code that begins at a bit, lowest bit first."""
    return int.from_bytes(content[at >> 3 : (at >> 3) + 3], "little") >> (at & 7) & ((1 << width) - 1)


def _entry(entries: list[bytes], code: int, previous: bytes) -> bytes:
    if code < len(entries):
        return entries[code]
    if code == len(entries) and previous:
        # The entry this very code completes.
        return previous + previous[:1]
    raise ValueError(f"code {code} stands for nothing yet")


def _next_group(at: int, group_at: int, width: int) -> int:
    """Return where the next eight codes begin: where the width changes, what is left of a group of eight is filling."""
    group_bits = width * 8
    return group_at + -(-(at - group_at) // group_bits) * group_bits
