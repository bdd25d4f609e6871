"""Bytes of WARC files by range, from a server or from a local file, whichever the name stands for."""

import re
from dataclasses import dataclass
from pathlib import Path

from crawler.patience import Answer, Patience
from crawler.segments import local_bytes

_CONTENT_RANGE = re.compile(r"bytes\s+(?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18}|\*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of bytes of one file. `total_bytes` is the size of the file where it is known."""

    data: bytes
    total_bytes: int | None
    refusal: str | None = None
    measured_value: str | None = None
    limit_value: str | None = None

    def is_end_at(self, position: int) -> bool:
        """Tell whether nothing follows this position of the file."""
        return self.total_bytes is not None and position >= self.total_bytes


def is_remote(address: str) -> bool:
    """Tell an address from a path."""
    return address.startswith(("http://", "https://"))


async def fetch_chunk(patience: Patience, address: str, offset: int, length: int, max_bytes: int) -> Chunk:
    """Return so many bytes of a file from an offset, fewer at its end, all the rest where ranges are not served."""
    if not is_remote(address):
        return _read_local(Path(address), offset, length)
    answer = await patience.fetch(
        address,
        slot="all",
        max_bytes=max_bytes,
        expected_bytes=length,
        headers={"Range": f"bytes={offset}-{offset + length - 1}"},
        # Common Crawl answers 403 to whoever asks too fast (TRAPS: cc-index-server #15, CAIDA #4).
        denial_passes=True,
        usable=lambda answer: _fault(answer, offset),
    )
    if answer.refusal:
        return Chunk(b"", None, answer.refusal, answer.measured_value, answer.limit_value)
    return _chunk(answer, offset, length)


def _read_local(path: Path, offset: int, length: int) -> Chunk:
    try:
        return Chunk(local_bytes(str(path), offset, length), path.stat().st_size)
    except OSError as error:
        return Chunk(b"", None, "gone", error.strerror)


def _fault(answer: Answer, offset: int) -> str | None:
    """Return what is wrong with an answer that should hold the range, or None."""
    found = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", "").strip())
    if answer.status == 416 and found and found[3] != "*" and int(found[3]) > offset:
        return f"refused the range from byte {offset} of {found[3]}"
    if answer.status != 206:
        return None
    if found and found[1] and int(found[1]) != offset:
        return f"answered bytes from {found[1]} instead of {offset}"
    return None if answer.body else "answered an empty range"


def _chunk(answer: Answer, offset: int, length: int) -> Chunk:
    if answer.status == 416:
        return Chunk(b"", offset)
    if answer.status != 206:
        # The server does not do ranges: this is the file from its beginning.
        return Chunk(answer.body[offset:], max(len(answer.body), offset))
    found = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", "").strip())
    if found and found[3] != "*":
        return Chunk(answer.body, int(found[3]))
    is_short = len(answer.body) < length
    return Chunk(answer.body, offset + len(answer.body) if is_short else None)
