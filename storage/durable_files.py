"""Files that are whole and on disk, or not there: also after a kill, a power cut, or on a disk that is full.

A file is written beside its place, flushed to the disk, renamed, and its folder flushed. So what is written after a
file never reaches the disk before it: a file that vouches for others is written last and cannot outlive them.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from storage.errors import DiskError

PARTIAL_ENDING = ".partial"
# Full, over quota, over the limit of a file's size, broken.
_TROUBLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, or replace it, whole."""
    with replacing(path) as file:
        file.write(content)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that takes this name once it is written and on disk; when that fails nothing of it is left."""
    partial = path.with_name(f".{path.name}.{os.getpid()}{PARTIAL_ENDING}")
    with stated_trouble(path.parent):
        _make_folder(path.parent)
        try:
            with partial.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        _flush_folder(path.parent)


@contextmanager
def stated_trouble(folder: Path) -> Iterator[None]:
    """Say in one sentence that a disk is full or failing: which folder, how much is free, what to do."""
    try:
        yield
    except OSError as error:
        if error.errno not in _TROUBLE:
            raise
        raise DiskError(
            f"{folder} could not be written ({os.strerror(error.errno)}), {_free_bytes(folder)} bytes are free there; "
            f"make room and run this again; what was written before stays."
        ) from error


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _flush_folder(folder.parent)


def _flush_folder(folder: Path) -> None:
    """Put the names in a folder on disk: flushing a file does not do that."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _free_bytes(folder: Path) -> int:
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
