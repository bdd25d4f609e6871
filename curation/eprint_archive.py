"""E-print bytes to named members, in memory: gzip, compress, tar and archives inside, known by their magic bytes.

Nothing is unpacked to disk and a name never becomes a path. Members, bytes, ratio and depth are capped; what a
damaged archive held before the damage is used.
"""

import io
import posixpath
import tarfile
import zlib
from collections.abc import Iterator
from typing import TypeVar

from config import ExtractionSettings
from curation.outcomes import Rejection
from storage import lzw
from storage.tar_headers import SoundHeader

Members = dict[str, bytes]
Part = TypeVar("Part")

GZIP_MAGIC = b"\x1f\x8b"
NOT_TEX_MAGIC = {b"%PDF": "pdf", b"%!PS": "postscript", b"PK\x03\x04": "zip"}
# A tar.gz counts twice. tar.gz in tar.gz in tar.gz happens; more than four is somebody's joke.
MAX_DEPTH = 8
# What tarfile and zlib raise on damaged or hostile bytes: sizes that overflow, numbers that are none, endless headers.
DAMAGE = (tarfile.TarError, zlib.error, EOFError, ValueError, OverflowError, OSError, RecursionError)
# zlib gives nothing of the piece it fails in.
_INFLATED_PIECE_BYTES = 4096


class OverCapError(Exception):
    """An e-print passes a cap; carries the rejection. Never leaves the extraction."""

    def __init__(self, measured: str, limit: str) -> None:
        super().__init__(measured)
        self.rejection = Rejection("over_extraction_cap", measured, limit)


def open_eprint(content: bytes, settings: ExtractionSettings) -> Members | Rejection:
    """Return the text members of an e-print by name, or why there are none."""
    unpacking = _Unpacking(settings, len(content))
    try:
        members = unpacking.members(content)
    except OverCapError as error:
        return error.rejection
    if not members and unpacking.damage is not None:
        return Rejection("unreadable_archive", unpacking.damage)
    return members or Rejection("not_tex", _what_it_is(content))


class _Unpacking:
    """The caps of one e-print, counted over all the archives inside it, and the first damage met in any of them."""

    damage: str | None = None

    def __init__(self, settings: ExtractionSettings, packed_bytes: int) -> None:
        self._settings = settings
        self._packed_bytes = max(packed_bytes, 1)
        self._unpacked_bytes = 0
        self._member_count = 0

    def members(self, content: bytes) -> Members:
        return dict(self._walk(content, "eprint.tex", 0))

    def _walk(self, content: bytes, name: str, depth: int) -> Iterator[tuple[str, bytes]]:
        if depth > MAX_DEPTH:
            raise OverCapError(f"{depth} archives deep", f"{MAX_DEPTH} archives deep")
        if content.startswith(GZIP_MAGIC):
            unpacked = b"".join(self._undamaged(self._inflated(content)))
            yield from self._walk(unpacked, name.removesuffix(".gz"), depth + 1)
        elif content.startswith(lzw.MAGIC):
            unpacked = b"".join(self._undamaged(self._uncompressed(content)))
            yield from self._walk(unpacked, name.removesuffix(".Z"), depth + 1)
        elif _is_tar(content):
            yield from self._undamaged(self._tar_members(content, depth))
        elif _is_text(content):
            yield name, content

    def _undamaged(self, parts: Iterator[Part]) -> Iterator[Part]:
        """Yield what comes before the first damage, which ends this archive and none around it."""
        try:
            yield from parts
        except DAMAGE as error:
            self.damage = self.damage or type(error).__name__

    def _inflated(self, content: bytes) -> Iterator[bytes]:
        inflater = zlib.decompressobj(wbits=31)
        for at in range(0, len(content), _INFLATED_PIECE_BYTES):
            piece = inflater.decompress(content[at : at + _INFLATED_PIECE_BYTES], self._room_bytes() + 1)
            self._count_bytes(len(piece))
            yield piece
            if inflater.eof:
                return

    def _uncompressed(self, content: bytes) -> Iterator[bytes]:
        for piece in lzw.unpacked_pieces(content):
            self._count_bytes(len(piece))
            yield piece

    def _room_bytes(self) -> int:
        widest = min(self._settings.max_unpacked_bytes, int(self._settings.max_ratio * self._packed_bytes))
        return max(widest - self._unpacked_bytes, 0)

    def _tar_members(self, content: bytes, depth: int) -> Iterator[tuple[str, bytes]]:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:", errorlevel=0, tarinfo=SoundHeader) as archive:
            while (member := archive.next()) is not None:
                self._count_member()
                if _is_wanted(member):
                    yield from self._walk(_content(archive, member), _plain_name(member.name), depth + 1)

    def _count_bytes(self, count: int) -> None:
        self._unpacked_bytes += count
        if self._unpacked_bytes > self._settings.max_unpacked_bytes:
            raise OverCapError(f"{self._unpacked_bytes} bytes", f"{self._settings.max_unpacked_bytes} bytes")
        ratio = self._unpacked_bytes / self._packed_bytes
        if ratio > self._settings.max_ratio:
            raise OverCapError(f"ratio {ratio:.0f}", f"ratio {self._settings.max_ratio:.0f}")

    def _count_member(self) -> None:
        self._member_count += 1
        if self._member_count > self._settings.max_members:
            raise OverCapError(f"{self._member_count} members", f"{self._settings.max_members} members")


def _is_wanted(member: tarfile.TarInfo) -> bool:
    # A sparse member of a few bytes may claim any size; AppleDouble companions ("._x.tex") are no text.
    return member.isreg() and not member.issparse() and not posixpath.basename(member.name).startswith("._")


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    return file.read() if file else b""


def _is_tar(content: bytes) -> bool:
    """Tell a tar by the checksum of its first header, so that archives older than the `ustar` mark count too."""
    try:
        tarfile.TarInfo.frombuf(content[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
    except DAMAGE:
        return False
    return True


def _is_text(content: bytes) -> bool:
    return bool(content.strip()) and b"\0" not in content and not content.startswith(tuple(NOT_TEX_MAGIC))


def _plain_name(name: str) -> str:
    return posixpath.normpath("/" + name.replace("\\", "/")).lstrip("/")


def _what_it_is(content: bytes) -> str:
    """Name the kind of a submission that holds no text member."""
    for magic, kind in NOT_TEX_MAGIC.items():
        if content.startswith(magic):
            return kind
    is_archive = content.startswith((GZIP_MAGIC, lzw.MAGIC)) or _is_tar(content)
    return "an archive without text" if is_archive else "binary"
