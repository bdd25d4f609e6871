"""The bytes and headers of a packed tar, read so that damage, bombs and sizes that lie show themselves.

tarfile alone takes a damaged header for the end of the archive, never compares the checksum of its gzip, and follows
whatever size a header states.
"""

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator

from config import GithubSettings
from storage import tar_headers

# What a damaged or hostile archive makes tarfile, gzip and zlib raise.
DAMAGE = (*tar_headers.DAMAGE, zlib.error)
# Source text packs four- to eightfold: no honest tarball unpacks to more than this many times the largest one.
_UNPACKED_ARCHIVES = 8
_GZIP_MAGIC = b"\x1f\x8b"
# What has been read is kept this long, for those who look ahead and go back.
_KEPT_BYTES = 65_536
_CHUNK_BYTES = 1 << 18


class OverCapError(Exception):
    """The archive goes past a cap; the text is the ledger reason."""

    def __init__(self, reason: str, measured: float, limit: float) -> None:
        super().__init__(reason)
        self.skipped = (reason, f"{measured:g}", f"{limit:g}")


class WholeHeader(tar_headers.SoundHeader):
    """A header that is damaged ends the archive with an error; tarfile alone takes it for the end and says nothing."""

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> "WholeHeader":
        """Read one header."""
        try:
            return super().fromtarfile(tarfile_)  # type: ignore[return-value]  # it makes what it is called on
        except (tarfile.EOFHeaderError, tarfile.EmptyHeaderError):  # type: ignore[attr-defined]  # unknown to typeshed
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(str(error)) from None


class Unpacked(io.RawIOBase):
    """The archive's bytes, unpacked as they are read, until they go past what the packed ones may hold."""

    def __init__(self, body: bytes, settings: GithubSettings) -> None:
        self._chunks = _unpack(body)
        self._is_packed = body.startswith(_GZIP_MAGIC)
        self._held = bytearray()
        self._held_from = self._at = 0
        # What is not landed is unpacked, too: the ratio alone would leave time open to a large bomb.
        widest = _UNPACKED_ARCHIVES * settings.max_archive_bytes
        allowed = max(int(len(body) * settings.max_archive_ratio), 1 << 20)
        self._limit, self._reason = min((allowed, "archive_ratio"), (widest, "too_large"))

    def tell(self) -> int:
        """Return the place in the unpacked bytes."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go forward to a place, or back by a little."""
        if whence != io.SEEK_SET or offset < self._held_from:
            raise OSError(f"cannot go back to byte {offset}")
        while self._held_to() < offset and self._hold_more():
            self._let_go(self._held_to())
        self._at = min(offset, self._held_to())
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, fewer at the end."""
        assert size >= 0, "tarfile says how much it wants"
        while self._held_to() < self._at + size and self._hold_more():
            pass
        start = self._at - self._held_from
        taken = bytes(self._held[start : start + size])
        if not taken and size and not self._is_packed:
            # gzip knows that it is whole; a plain tar is when its own end was read, and that was not.
            raise EOFError("cut short")
        self._at += len(taken)
        self._let_go(self._at)
        return taken

    def drain(self) -> None:
        """Read what follows the end of the tar, so that a gzip's checksum is compared."""
        while self._hold_more():
            self._let_go(self._held_to())

    def _held_to(self) -> int:
        return self._held_from + len(self._held)

    def _hold_more(self) -> bool:
        chunk = next(self._chunks, b"")
        self._held += chunk
        if self._held_to() > self._limit:
            raise OverCapError(self._reason, self._held_to(), self._limit)
        return bool(chunk)

    def _let_go(self, before: int) -> None:
        """Forget what lies far before a place, many bytes at a time."""
        superfluous = before - self._held_from - _KEPT_BYTES
        if superfluous > _CHUNK_BYTES:
            del self._held[:superfluous]
            self._held_from += superfluous


def _unpack(body: bytes) -> Iterator[bytes]:
    view = memoryview(body)
    if not body.startswith(_GZIP_MAGIC):
        yield from (bytes(view[at : at + 65_536]) for at in range(0, len(body), 65_536))
        return
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
        while chunk := file.read1(_CHUNK_BYTES):
            yield chunk
