"""Benchmark test sets and older corpora read from a user's files, one item per row or per file.

JSON lines, CSV and Parquet have a row per item; any other file is one item. A row's text stands in the first of
`TEXT_COLUMNS` it has, its name in the first of `NAME_COLUMNS`, else the row's number is its name.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from storage.errors import InputError
from storage.parquet import read_rows
from storage.records import ReferenceItem

TEXT_COLUMNS = ("text", "content", "question", "prompt", "problem", "query", "sentence", "ctx")
NAME_COLUMNS = ("item", "id", "task_id", "question_id", "name")

Row = tuple[int, dict[str, Any]]


def read_references(name: str, paths: Iterable[Path]) -> list[ReferenceItem]:
    """Return every item of the files and folders that make up one reference set; item names are unique in it."""
    items: dict[str, ReferenceItem] = {}
    for path, label in _files(paths):
        for item in _file_items(name, path, label):
            if item.item in items:
                raise InputError(f"{path}: item {item.item!r} is there twice in {name}; give every item its own name.")
            items[item.item] = item
    return list(items.values())


def _file_items(name: str, path: Path, label: str) -> Iterator[ReferenceItem]:
    read = _READERS.get(path.suffix.lower())
    if read is None:
        yield ReferenceItem(name, label, _whole_text(path))
        return
    for number, row in read(path):
        text = _first(row, TEXT_COLUMNS)
        if not isinstance(text, str) or not text.strip():
            known = ", ".join(TEXT_COLUMNS)
            raise InputError(f"{path}, line {number}: no text in {sorted(row)}; name its column one of {known}.")
        yield ReferenceItem(name, _item_name(label, number, row), text)


def _jsonl_rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(_decoded(lines, path), start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise InputError(f"{path}, line {number}: not JSON ({error.msg}); write one object a line.") from None
            if not isinstance(row, dict):
                raise InputError(f"{path}, line {number}: {type(row).__name__}; write one object a line.")
            yield number, row


def _csv_rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(_decoded(lines, path), strict=True)
        try:
            for row in reader:
                if None in row or None in row.values():
                    raise InputError(
                        f"{path}, line {reader.line_num}: the row has not {len(reader.fieldnames or ())} cells"
                        " as its header; quote cells that hold commas."
                    )
                yield reader.line_num, row
        except csv.Error as error:
            raise InputError(f"{path}, line {reader.line_num}: {error}; the file is not usable CSV.") from None


def _parquet_rows(path: Path) -> Iterator[Row]:
    try:
        yield from enumerate(read_rows(path), start=1)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not a readable Parquet file: {error}.") from None


_READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    ".jsonl": _jsonl_rows,
    ".ndjson": _jsonl_rows,
    ".csv": _csv_rows,
    ".parquet": _parquet_rows,
}


def _files(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Yield every file with what it is called inside the folder that was named."""
    for path in paths:
        if not path.exists():
            raise InputError(f"{path} does not exist; name a file or a folder of files.")
        if not path.is_dir():
            yield path, path.name
        else:
            inside = sorted(p for p in path.rglob("*") if p.is_file())
            yield from ((p, p.relative_to(path).as_posix()) for p in inside)


def _whole_text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text ({error.reason} at byte {error.start}); convert it.") from None
    if not text.strip():
        raise InputError(f"{path} is empty; leave it out.")
    return text


def _decoded(lines: Iterable[str], path: Path) -> Iterator[str]:
    try:
        yield from lines
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text ({error.reason} at byte {error.start}); convert it.") from None


def _first(row: dict[str, Any], columns: tuple[str, ...]) -> Any:
    return next((row[column] for column in columns if row.get(column) not in (None, "")), None)


def _item_name(label: str, number: int, row: dict[str, Any]) -> str:
    stated = _first(row, NAME_COLUMNS)
    return str(stated) if isinstance(stated, str | int) else f"{label}:{number}"
