"""Records as JSON lines, written whole or not at all, and read with every fault named by its line.

A GPU node has neither pyarrow nor pydantic, so this is how texts and scores travel.
"""

import json
import os
import typing
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from storage.errors import InputError

T = TypeVar("T")

Row = dict[str, Any]


def write_lines(path: Path, rows: Iterable[Row]) -> int:
    """Write the rows and return how many; the file bears its name only when it is whole and on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    count = 0
    with partial.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
    return count


def read_lines(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield the rows of a file with their line numbers, from 1."""
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            for number, line in enumerate(file, start=1):
                yield number, _parse_row(path, number, line)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text ({error.reason} at byte {error.start})") from error


def plain_row(record: Any) -> Row:
    """Return a record as a row of JSON values; times become ISO 8601."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(record).items()}


def record_of(path: Path, number: int, row: Row, record_type: type[T]) -> T:
    """Return a row as the record it should be, every field there and of its type."""
    types, listed = _field_types(typing.cast("type", record_type)), _listed_fields(typing.cast("type", record_type))
    if odd := sorted(set(types) ^ set(row)):
        raise InputError(f"line {number} of {path} is no {record_type.__name__}: missing or unknown {', '.join(odd)}")
    checks = {name: _checked_list if name in listed else _checked for name in types}
    return record_type(**{name: checks[name](path, number, name, row[name], types[name]) for name in types})


def _parse_row(path: Path, number: int, line: str) -> Row:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InputError(f"line {number} of {path} is not JSON ({error})") from error
    if not isinstance(row, dict):
        raise InputError(f"line {number} of {path} is not a row of named values")
    return row


@cache
def _field_types(record_type: type) -> dict[str, tuple[type, ...]]:
    """Return the types each field, or each value of a list, may have: `float | None` takes float, int and None."""
    hints = typing.get_type_hints(record_type)
    allowed = {name: typing.get_args(hint) or (hint,) for name, hint in hints.items()}
    plain = {name: tuple(kind for kind in some if kind is not Ellipsis) for name, some in allowed.items()}
    return {name: (*some, int) if float in some else some for name, some in plain.items()}


@cache
def _listed_fields(record_type: type) -> frozenset[str]:
    """Return the fields that hold many values: `tuple[float, ...]`."""
    hints = typing.get_type_hints(record_type)
    return frozenset(name for name, hint in hints.items() if typing.get_origin(hint) is tuple)


def _checked(path: Path, number: int, name: str, value: object, types: tuple[type, ...]) -> object:
    if datetime in types and isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError as error:
            raise InputError(f"line {number} of {path} has {name} {value!r}, which is no time") from error
    if not isinstance(value, types) or isinstance(value, bool) is not (bool in types):
        wanted = " or ".join(kind.__name__ for kind in types)
        raise InputError(f"line {number} of {path} has {name} {value!r}, which is not {wanted}")
    return value


def _checked_list(path: Path, number: int, name: str, value: object, types: tuple[type, ...]) -> tuple[object, ...]:
    # Kinds rather than values: a text has thousands of tokens.
    if isinstance(value, list) and {type(some) for some in value} <= set(types):
        return tuple(value)
    wanted = " or ".join(kind.__name__ for kind in types)
    raise InputError(f"line {number} of {path} has a {name} that is not a list of {wanted}")
