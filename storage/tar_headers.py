"""Headers of tar archives, refused where tarfile would follow them backwards or for longer than they are worth.

The crawlers and curation both read archives of strangers, so this lies on the floor they stand on. It asks of the file
that holds the archive to tell its place and to go back by a header.
"""

import re
import tarfile
from typing import Protocol

# What tarfile raises on damaged or hostile bytes: sizes that overflow, numbers that are none, endless headers.
DAMAGE = (tarfile.TarError, EOFError, ValueError, OverflowError, OSError, RecursionError)

# These go before the header they belong to and are read whole. Paths have 4,096 bytes at most.
_FORERUNNERS = frozenset(
    {tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK}
)
_MAX_FORERUNNER_BYTES = 16_384
# Before 3.11.10 and 3.12.6 Python searches a row of digits in the square of its length (CVE-2024-6232). A name has 255.
_DIGITS = re.compile(rb"\d{256}")


class _Seekable(Protocol):
    def tell(self) -> int: ...
    def seek(self, offset: int, /) -> object: ...
    def read(self, size: int, /) -> bytes: ...


class SoundHeader(tarfile.TarInfo):
    """A header that states no size below nothing and has no more before it than a name needs."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "SoundHeader":
        """Read the bytes of one header."""
        header = super().frombuf(buf, encoding, errors)
        _refuse_below_nothing(header)
        if header.type in _FORERUNNERS and header.size > _MAX_FORERUNNER_BYTES:
            raise tarfile.ReadError(f"a name or its kin of {header.size} bytes")
        return header

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> "SoundHeader":
        """Read the next header of an archive."""
        assert tarfile_.fileobj is not None
        _look_ahead(tarfile_.fileobj)
        header = super().fromtarfile(tarfile_)
        # One of its forerunners may have stated another size.
        _refuse_below_nothing(header)
        return header


def _refuse_below_nothing(header: tarfile.TarInfo) -> None:
    if header.size < 0:
        raise tarfile.ReadError(f"a size of {header.size} bytes, which leads back")


def _look_ahead(file: _Seekable) -> None:
    at = file.tell()
    header = file.read(tarfile.BLOCKSIZE)
    # The names of other kinds are not searched.
    is_searched = header[156:157] in (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
    if is_searched and _DIGITS.search(file.read(_MAX_FORERUNNER_BYTES)):
        raise tarfile.ReadError("a name or its kin with a number of hundreds of digits")
    file.seek(at)
