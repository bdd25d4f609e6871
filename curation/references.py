"""Benchmark test sets and older corpora read from a user's files, one item per text of a row, or per file.

JSON lines, JSON lists, CSV and Parquet have rows; any other file is one item. All may be gzipped, but Parquet. A row's
text stands in the first of `TEXT_COLUMNS` that it has, and its solution in the first of `SOLUTION_COLUMNS`, which leaks
by itself; or in the columns a user names. Short answers are left out unless they are named: they are anybody's. An item
is called by the first of `NAME_COLUMNS`, else by file and line, and `#column` is added for all texts but the first.
"""

import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from storage.errors import InputError
from storage.parquet import read_rows
from storage.records import ReferenceItem

TEXT_COLUMNS = (
    "text", "content", "question", "prompt", "problem", "query", "sentence", "ctx", "goal", "instruction", "stem",
)  # fmt: skip
SOLUTION_COLUMNS = ("canonical_solution", "reference_code", "solution", "code")
NAME_COLUMNS = ("item", "id", "task_id", "question_id", "name")
# The longest cell of a CSV file, in characters; Python's own limit is 131,072.
LONGEST_CELL_CHARS = 100_000_000

Row = tuple[int, dict[str, Any]]


def read_references(name: str, paths: Iterable[Path], columns: Sequence[str] = ()) -> list[ReferenceItem]:
    """Return every item of the files and folders that make up one reference set; item names are unique in it.

    A column that is a number names the one of a CSV file without a header, from 1.
    """
    items: dict[str, ReferenceItem] = {}
    for path, label in _files(paths):
        for item in _file_items(name, path, label, columns):
            if item.item in items:
                raise InputError(f"{path}: item {item.item!r} is there twice in {name}; give every item its own name.")
            items[item.item] = item
    return list(items.values())


def _file_items(name: str, path: Path, label: str, columns: Sequence[str]) -> Iterator[ReferenceItem]:
    read = _READERS.get(Path(path.name.lower().removesuffix(".gz")).suffix)
    if read is None:
        yield ReferenceItem(name, label, _whole_text(path))
        return
    for number, row in read(path, columns):
        called = _item_name(label, number, row)
        for ordinal, (column, text) in enumerate(_row_texts(row, columns, f"{path}, line {number}")):
            yield ReferenceItem(name, f"{called}#{column}" if ordinal else called, text)


def _row_texts(row: dict[str, Any], columns: Sequence[str], place: str) -> list[tuple[str, str]]:
    """Return the texts of a row with their columns."""
    if columns:
        lacking = [column for column in columns if column not in row]
        if lacking:
            raise InputError(f"{place}: no column {lacking[0]!r} in {sorted(row)}; name one of these with --column.")
        found = [text for column in columns for text in _texts(column, row[column])]
    else:
        question, solution = _first(row, TEXT_COLUMNS), _first(row, SOLUTION_COLUMNS)
        found = _texts(*question) if question else []
        found += _texts(*solution) if found and solution else []
    if not found:
        known = ", ".join(TEXT_COLUMNS)
        raise InputError(f"{place}: no text in {sorted(row)}; name its column one of {known}, or give --column NAME.")
    return found


def _texts(column: str, value: Any) -> list[tuple[str, str]]:
    """Return the texts of a cell: one, those of a list, or the text of a nested row."""
    if isinstance(value, str):
        return [(column, value)] if value.strip() else []
    if isinstance(value, list):
        return [found for number, part in enumerate(value) for found in _texts(f"{column}.{number}", part)]
    if isinstance(value, dict) and (inner := _first(value, TEXT_COLUMNS)):
        return _texts(*inner)
    return []


def _jsonl_rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:  # noqa: ARG001 - the readers are called alike
    with _opened(path) as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield number, _require_object(_json(line, f"{path}, line {number}"), f"{path}, line {number}")


def _json_rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:  # noqa: ARG001
    with _opened(path) as lines:
        rows = _json(lines.read(), str(path))
    if not isinstance(rows, list):
        raise InputError(f"{path}: {type(rows).__name__}; write a list of objects, or one object a line as .jsonl.")
    for number, row in enumerate(rows, start=1):
        yield number, _require_object(row, f"{path}, line {number}")


def _csv_rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    has_header = not any(column.isdecimal() for column in columns)
    csv.field_size_limit(LONGEST_CELL_CHARS)
    with _opened(path) as lines:
        reader = csv.reader(lines, strict=True)
        try:
            names = next(reader, []) if has_header else []
            for row in reader:
                names = names or [str(number) for number in range(1, len(row) + 1)]
                if row and len(row) != len(names):
                    raise InputError(
                        f"{path}, line {reader.line_num}: the row has {len(row)} cells and not {len(names)} as its"
                        f" {'header' if has_header else 'first one'}; quote cells that hold commas."
                    )
                if row:
                    yield reader.line_num, dict(zip(names, row, strict=True))
        except csv.Error as error:
            raise InputError(f"{path}, line {reader.line_num}: {error}; the file is not usable CSV.") from None


def _parquet_rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:  # noqa: ARG001
    try:
        yield from enumerate(read_rows(path), start=1)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not a readable Parquet file: {error}.") from None


_READERS: dict[str, Callable[[Path, Sequence[str]], Iterator[Row]]] = {
    ".jsonl": _jsonl_rows,
    ".ndjson": _jsonl_rows,
    ".json": _json_rows,
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
    with _opened(path) as lines:
        text = lines.read()
    if not text.strip():
        raise InputError(f"{path} is empty; leave it out.")
    return text


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """Open a text file, gzipped or not, and say in one sentence what is wrong with its bytes."""
    open_text = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with open_text(path, "rt", encoding="utf-8-sig", newline="") as lines:
            yield lines
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text ({error.reason} at byte {error.start}); convert it.") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"{path} is not a whole gzip file ({error}); fetch it again.") from None


def _json(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{place}: not JSON ({error.msg}); write one object a line.") from None


def _require_object(row: Any, place: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise InputError(f"{place}: {type(row).__name__}; write one object a line.")
    return row


def _first(row: dict[str, Any], columns: Sequence[str]) -> tuple[str, Any] | None:
    return next(((column, row[column]) for column in columns if row.get(column) not in (None, "")), None)


def _item_name(label: str, number: int, row: dict[str, Any]) -> str:
    stated = _first(row, NAME_COLUMNS)
    return str(stated[1]) if stated and isinstance(stated[1], str | int) else f"{label}:{number}"
