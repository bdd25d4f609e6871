"""Bodies that came damaged: on the way, which passes, or from the source itself, which does not.

Whoever can tell damage asks again for what has it. What comes damaged in the same way on every try is how the source
has it, and is accounted for as it is: one cut on the way may well come twice at the same place.
"""

import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Sequence

from crawler.patience import Answer

_GZIP_MAGIC = b"\x1f\x8b"
_READ_BYTES = 1 << 18
# Of a tar: blocks, and where a header says how long its member is, and what its bytes add up to.
_BLOCK_BYTES = 512
_SIZE, _CHECKSUM = slice(124, 136), slice(148, 156)


def unless_constant(
    is_damaged: Callable[[bytes], bool],
    retry_count: int,
    essence: Callable[[bytes], bytes] = lambda body: body,
) -> Callable[[Answer], str | None]:
    """Return what finds fault with a damaged body until the same one has come on the first try and every retry.

    Two bodies are the same when their `essence` is: some answers tell the time.
    """
    bodies: list[bytes] = []

    def fault(answer: Answer) -> str | None:
        if not is_damaged(answer.body):
            return None
        bodies.append(hashlib.sha256(essence(answer.body)).digest())
        return None if is_constant(bodies, retry_count) else "came damaged"

    return fault


def is_constant(bodies: Sequence[bytes], retry_count: int) -> bool:
    """Tell whether every try was made and brought the same bytes."""
    return len(bodies) == retry_count + 1 and len(set(bodies)) == 1


def is_damaged_archive(body: bytes, max_unpacked_bytes: int) -> bool:
    """Tell whether a gzip fails its own checksum, or a tar inside breaks off; nothing is known of what unpacks to more.

    What a changed byte does inside a member of a sound gzip cannot be told: tar has no checksum of contents.
    """
    if not body.startswith(_GZIP_MAGIC):
        return False
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as stream:
            is_whole = _walk_tar(stream, max_unpacked_bytes)
            # What checks a gzip stands at its end.
            _pass_over(stream, max_unpacked_bytes)
    except (OSError, EOFError, zlib.error):
        return True
    return not is_whole


def _walk_tar(stream: gzip.GzipFile, max_bytes: int) -> bool:
    """Tell whether every member of a tar is there, and its end; of what is no tar, that it has nothing to lack."""
    is_tar = False
    while max_bytes > 0:
        header = stream.read(_BLOCK_BYTES)
        if len(header) == _BLOCK_BYTES and not header.strip(b"\0"):
            return True
        size = _member_bytes(header)
        if size is None:
            return not is_tar
        is_tar = True
        padded = -(-size // _BLOCK_BYTES) * _BLOCK_BYTES
        max_bytes -= padded + _BLOCK_BYTES
        if max_bytes > 0 and _pass_over(stream, padded) < size:
            return False
    return True


def _member_bytes(header: bytes) -> int | None:
    """Return the size of a member, or None where the header is cut or its checksum says that it is none."""
    try:
        size, checksum = (int(header[part].strip(b"\0 ") or b"0", 8) for part in (_SIZE, _CHECKSUM))
    except ValueError:
        return None
    blanked = header[: _CHECKSUM.start] + b" " * 8 + header[_CHECKSUM.stop :]
    return size if len(header) == _BLOCK_BYTES and size >= 0 and checksum == sum(blanked) else None


def _pass_over(stream: gzip.GzipFile, byte_count: int) -> int:
    """Read so many bytes and return how many there were."""
    left = byte_count
    while left > 0 and (piece := stream.read(min(left, _READ_BYTES))):
        left -= len(piece)
    return byte_count - left
