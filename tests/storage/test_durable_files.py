"""What is on disk after a power cut, and what a full disk leaves: told by what is flushed, and in which order."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage import durable_files, landing
from storage.durable_files import replacing, write_whole
from storage.errors import DiskError
from tests.storage.test_landing import settle


class Disk:
    """Keeps what a power cut would: the names of a folder as they were when it was last flushed, if their content was.

    A name that was flushed before its content would be an empty or torn file.
    """

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.kept: set[str] = set()
        self._flushed: set[int] = set()
        self._flush = os.fsync
        monkeypatch.setattr(os, "fsync", self.flush)
        self.states: list[set[str]] = []

    def flush(self, descriptor: int) -> None:
        self._flush(descriptor)
        self._flushed.add(os.fstat(descriptor).st_ino)
        for folder in [self.root, *filter(Path.is_dir, self.root.rglob("*"))]:
            if folder.stat().st_ino == os.fstat(descriptor).st_ino:
                self.keep(folder)
        self.states.append(set(self.kept))

    def keep(self, folder: Path) -> None:
        for path in folder.iterdir():
            if path.is_file():
                assert path.stat().st_ino in self._flushed, f"{path} has a name on disk and no content"
            self.kept.add(str(path.relative_to(self.root)))


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    return Disk(tmp_path, monkeypatch)


def test_a_unit_file_is_never_on_disk_before_the_files_it_vouches_for(disk: Disk) -> None:
    folder = disk.root / "github" / "2026-10-01_2026-11-01"
    for ordinal in (1, 2):
        settle(folder, f"o/{ordinal}", ordinal, documents=1, rows=1)
    place = str(folder.relative_to(disk.root))
    for state in disk.states:
        for unit in (name for name in state if "/units/" in name):
            stem = Path(unit).stem
            assert {f"{place}/{stem}.parquet", f"{place}/ledger/{stem}.parquet"} <= state
    # And everything that was settled is on disk, with every folder on the way to it.
    assert {f"{place}/units/000001.json", f"{place}/units/000002.json", place, "github"} <= disk.states[-1]


def test_a_file_is_replaced_whole_or_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write_whole(path, b"first")

    def break_off() -> None:
        with replacing(path) as file:
            file.write(b"second")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert path.read_bytes() == b"first"
    assert [found.name for found in path.parent.iterdir()] == ["file"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO])
def test_a_disk_that_is_full_or_failing_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(durable_files.os, "fsync", fail)
    with pytest.raises(
        DiskError, match=rf"^{tmp_path} could not be written \({os.strerror(number)}\), \d+ bytes are free there; make"
    ):
        write_whole(tmp_path / "file", b"content")
    assert list(tmp_path.iterdir()) == []


def test_any_other_trouble_is_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    with pytest.raises(FileExistsError):
        write_whole(tmp_path / "file" / "below", b"content")


def test_a_write_that_fails_settles_no_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(tmp_path, "o/a", 1, documents=1, rows=1)
    flush, flushes = os.fsync, []

    def fail_at_the_ledger(descriptor: int) -> None:
        flushes.append(descriptor)
        if len(flushes) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", fail_at_the_ledger)
    with pytest.raises(DiskError):
        settle(tmp_path, "o/b", 2, documents=1, rows=1)
    assert [unit.unit for unit in landing.settled_units(tmp_path)] == ["o/a"]
    assert not list(tmp_path.rglob(".*"))
