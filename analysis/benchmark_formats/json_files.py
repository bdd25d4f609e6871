"""Strict reading of a user's JSON file, and of numbers that stand in one."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from analysis.csv_rows import file_text
from storage.errors import InputError


def read_json(path: Path) -> Any:
    """Return what a JSON file holds, or the list of its lines where each is JSON (JSON lines)."""
    text = file_text(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            _fail(path, error)
    except RecursionError:
        raise InputError(f"{path} is JSON nested too deeply to be a table of results.") from None
    return [_line(path, number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]


def number_within(place: str, value: Any, low: float, high: float) -> float:
    """Return a number of a JSON file that must be within these limits, both included."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not low <= value <= high:
        raise InputError(f"{place} is {value!r}, it must be a number from {low:g} to {high:g}.")
    return float(value)


def mapping_at(path: Path, document: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """Return an object of the document, by the keys that lead to it; it may be missing or null, but nothing else."""
    found: Any = document
    for depth, key in enumerate(keys, start=1):
        found = found.get(key)
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise InputError(f"{path}: {'.'.join(keys[:depth])} is {found!r}, it must be an object.")
    return dict(found)


def _line(path: Path, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"{path}:{number}: this is not JSON ({error.msg}, column {error.colno}).") from None


def _fail(path: Path, error: json.JSONDecodeError) -> NoReturn:
    raise InputError(f"{path}:{error.lineno}: this is not JSON ({error.msg}, column {error.colno}).") from None
