"""Records with every field filled, for tests that care about a few of them."""

import typing
from dataclasses import fields
from datetime import date, datetime
from typing import Any, TypeVar

T = TypeVar("T")

_SAMPLES: dict[Any, Any] = {
    str: "x",
    int: 1,
    float: 0.5,
    bool: True,
    bytes: b"x",
    datetime: datetime(2026, 10, 2, 3, 4, 5),
    date: date(2026, 10, 1),
    tuple[str, ...]: ("github",),
    tuple[int, ...]: (1, 2),
    tuple[float, ...]: (0.5, 7.25),
}


def make(record_type: type[T], **given: Any) -> T:
    """Return a record with the given fields and a sample in every other; optional fields are None."""
    hints = typing.get_type_hints(record_type)
    return record_type(**{f.name: given.get(f.name, _SAMPLES.get(hints[f.name])) for f in fields(record_type)})
