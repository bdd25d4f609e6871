"""Where some bytes stand under a folder: in the files as they lie, and in the values of Parquet files, unpacked."""

import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from storage.parquet import read_rows


def holders(root: Path, needles: Sequence[bytes]) -> list[Path]:
    """Return the files that hold one of the needles. Reads everything, so it takes as long as that takes."""
    if not needles:
        return []
    return [path for path in sorted(root.rglob("*")) if path.is_file() and _holds(path, needles)]


def _holds(path: Path, needles: Sequence[bytes]) -> bool:
    if _holds_raw(path, needles):
        return True
    return path.suffix == ".parquet" and any(_value_holds(row, needles) for row in read_rows(path))


def _holds_raw(path: Path, needles: Sequence[bytes]) -> bool:
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(needle) >= 0 for needle in needles)


def _value_holds(value: Any, needles: Sequence[bytes]) -> bool:
    if isinstance(value, dict):
        return any(_value_holds(one, needles) for one in value.values())
    if isinstance(value, str):
        # What is no text in UTF-8 cannot have been written as such.
        value = value.encode("utf-8", "surrogatepass")
    return isinstance(value, bytes) and any(needle in value for needle in needles)
