"""Headers that tarfile would follow for ever."""

import io
import tarfile

import pytest

from storage.tar_headers import DAMAGE, SoundHeader


def archive_of(*pax_records: bytes, kind: bytes = tarfile.XHDTYPE) -> bytes:
    """Return a tar of one file, before it a header with these records."""
    payload = b"".join(pax_records)
    forerunner, member = tarfile.TarInfo("forerunner"), tarfile.TarInfo("paper.tex")
    forerunner.type, forerunner.size, member.size = kind, len(payload), 5
    blocks = forerunner.tobuf(tarfile.USTAR_FORMAT), payload, member.tobuf(tarfile.USTAR_FORMAT), b"hello", bytes(1024)
    return b"".join(block.ljust(-(-len(block) // 512) * 512, b"\0") for block in blocks)


def names(body: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:", tarinfo=SoundHeader) as archive:
        return [member.name for member in archive]


def test_a_sound_archive_is_read_as_ever() -> None:
    assert names(archive_of(b"17 path=long.tex\n")) == ["long.tex"]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "body",
    [
        archive_of(b"14 size=-2048\n"),
        archive_of(b"1" * 15_000),
        archive_of(b"1" * 15_000, kind=tarfile.XGLTYPE),
        archive_of(b"x" * 20_000),
        archive_of(b"x" * 20_000, kind=tarfile.GNUTYPE_LONGNAME),
    ],
    ids=["a size below nothing", "a long number", "a long number for all", "too long", "too long a name"],
)
def test_a_header_that_leads_back_or_costs_too_much_is_damage(body: bytes) -> None:
    with pytest.raises(DAMAGE):
        names(body)
