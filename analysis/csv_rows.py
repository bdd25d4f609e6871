"""Strict reading of a user's CSV file: every complaint names file, line, column, value and what is allowed.

A byte-order mark, CRLF, quoted cells and empty lines are fine; unknown, missing and doubled columns are not.
"""

import calendar
import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, NoReturn

from storage.errors import InputError

# Python's float() also takes "1_0", "nan" and "٣"; none of them is meant in a table of results.
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
# What is read here is printed on terminals and pages later.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
NO_CONTROL_CHARACTERS = "be free of control characters and line breaks"
_WHOLE = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file, with the parsers of its cells."""

    path: Path
    line: int
    cells: dict[str, str]
    # A file without lines (Parquet, JSON) has rows, counted from 1.
    counts: Literal["line", "row"] = "line"

    @property
    def place(self) -> str:
        """Return where the row stands, as messages begin."""
        return f"{self.path}:{self.line}" if self.counts == "line" else f"{self.path}, row {self.line}"

    def fail(self, column: str, must: str) -> NoReturn:
        """Refuse this cell: name file, line, column and value, and say what it must be."""
        raise InputError(f"{self.place}: {column} is {self.cells[column]!r}, it must {must}.")

    def refuse_control_characters(self, columns: Iterable[str]) -> None:
        """Refuse cells that could steer the terminal or the page on which they are shown later."""
        for column in columns:
            if has_control_characters(self.cells[column]):
                self.fail(column, NO_CONTROL_CHARACTERS)

    def text(self, column: str) -> str:
        """Return a cell that must not be empty."""
        return self.cells[column] or self.fail(column, "not be empty")

    def optional_text(self, column: str) -> str | None:
        """Return a cell, or None where it is empty."""
        return self.cells[column] or None

    def choice(self, column: str, allowed: Sequence[str]) -> str:
        """Return a cell that must be one of these words."""
        value = self.cells[column]
        return value if value in allowed else self.fail(column, f"be one of {', '.join(allowed)}")

    def number(self, column: str, low: float, high: float) -> float:
        """Return a cell that must be a number within these limits, both included."""
        text = self.cells[column]
        if not _NUMBER.fullmatch(text):
            self.fail(column, f"be a number from {low:g} to {high:g}, written like 0.5")
        value = float(text)
        return (
            value
            if math.isfinite(value) and low <= value <= high
            else self.fail(column, f"be from {low:g} to {high:g}")
        )

    def optional_whole(self, column: str, low: int, high: int) -> int | None:
        """Return a cell that must be a whole number within these limits, or None where it is empty."""
        text = self.cells[column]
        if not text:
            return None
        is_good = _WHOLE.fullmatch(text) and low <= int(text) <= high
        return int(text) if is_good else self.fail(column, f"be a whole number from {low} to {high}, or empty")

    def optional_date(self, column: str) -> date | None:
        """Return a day (2024-03-31) or the last day of a month (2024-03), or None where the cell is empty."""
        text = self.cells[column]
        if not text:
            return None
        try:
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}", text):
                year, month = int(text[:4]), int(text[5:])
                return date(year, month, calendar.monthrange(year, month)[1])
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
                return date.fromisoformat(text)
        except ValueError:
            pass  # a day or month the calendar does not have is refused below, like any other text
        return self.fail(column, "be a day like 2024-03-31, a month like 2024-03, or empty")


def has_control_characters(text: str) -> bool:
    """Say whether a text could steer the terminal or the page on which it is shown."""
    return bool(_CONTROL.search(text))


def csv_rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a file that has exactly these columns, in any order."""
    for row in table_rows(path, lambda line, header: _check_header(path, line, header, columns), columns):
        row.refuse_control_characters(columns)
        yield row


def table_rows(
    path: Path, check_header: Callable[[int, Sequence[str]], None], columns: Sequence[str] = ()
) -> Iterator[Row]:
    """Yield the rows of a file whose header passes a check; `columns` are named where the file is empty."""
    records = _records(path)
    try:
        header_line, header = next(records)
    except StopIteration:
        must = f"; its first line must name the columns {','.join(columns)}" if columns else ""
        raise InputError(f"{path} is empty{must}.") from None
    header = [name.strip() for name in header]
    check_header(header_line, header)
    for line, cells in records:
        if len(cells) != len(header):
            raise InputError(f"{path}:{line}: the row has {len(cells)} cells, the header {len(header)}; quote commas.")
        yield Row(path, line, dict(zip(header, (cell.strip() for cell in cells), strict=True)))


def header_of(path: Path) -> list[str]:
    """Return the columns that the first line of a file names, none where it is empty."""
    return [name.strip() for name in next(_records(path), (0, []))[1]]


def file_text(path: Path) -> str:
    """Return what a file of UTF-8 holds, its byte-order mark left away."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(
            f"{path}:{line}: byte {data[error.start]:#04x} is not UTF-8; save the file as UTF-8."
        ) from error


def _check_header(path: Path, line: int, header: Sequence[str], columns: Sequence[str]) -> None:
    complaints = {
        "unknown columns": [name for name in header if name not in columns],
        "missing columns": [name for name in columns if name not in header],
        "doubled columns": sorted({name for name in header if header.count(name) > 1}),
    }
    if found := [f"{what} {', '.join(map(repr, names))}" for what, names in complaints.items() if names]:
        raise InputError(f"{path}:{line}: {'; '.join(found)}; the columns must be {','.join(columns)}.")


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (first line, cells) of every record that is not empty."""
    reader = csv.reader(io.StringIO(file_text(path), newline=""), strict=True)
    first_line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield first_line, cells
            first_line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{path}:{first_line}: this is not CSV ({error}); quote a cell that holds quotes.") from error
