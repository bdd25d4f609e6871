"""Rows of an answer, printed for people (table) or for programs (csv, json).

Programs get full precision and every character; nothing that could steer a terminal ever reaches one.
"""

import csv
import io
import json
import math
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any, Literal

Format = Literal["table", "csv", "json"]

# C0 and C1 controls, line and paragraph separators, and the marks that turn the direction of text around.
_STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_LONG_HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28,52}\b")
_COMPACT = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_INDENTED = json.JSONEncoder(ensure_ascii=False, allow_nan=False, indent=2)
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
NARROWEST_COLUMN = 8
# Columns that do not fit side by side with so much of their text are left out.
READABLE_COLUMN = 12
# A column that says one thing in every row is told below the table where it would not fit into it.
LONGEST_ALIKE = 24


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of one answer. A name that occurs again gets a number, so that every column has its own."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", told_apart(self.columns))


def records_table(record_type: type, records: Iterable[Any]) -> Table:
    """Return records as a table, one column per field."""
    names = tuple(field.name for field in fields(record_type))
    return Table(names, tuple(tuple(getattr(record, name) for name in names) for record in records))


def render(table: Table, format: Format = "table", *, width: int | None = None) -> str:  # noqa: A002 - the option's name
    """Return the table as text that ends with a line break.

    `width` is that of the terminal the text goes to, None where it goes to a file or a pipe.
    """
    if format == "json":
        return "".join(json_pieces(table.columns, [table.rows]))
    if format == "csv":
        return "".join(csv_pieces(table.columns, [table.rows], is_terminal=width is not None))
    return _as_text(table, width)


def escape(text: str) -> str:
    """Spell out every character that could steer a terminal, so that nothing printed acts on it."""
    return _STEERING.sub(lambda match: _ESCAPES.get(match[0]) or _spelled(match[0]), text)


def shortened(text: str) -> str:
    """Cut hashes to their first twelve digits, as people compare them; programs get them whole."""
    return _LONG_HASH.sub(r"\1…", text)


def told_apart(names: Sequence[str]) -> tuple[str, ...]:
    """Return `a, a, b` as `a, a_2, b`; a number never takes a name that stands there already."""
    unique: list[str] = []
    for at, name in enumerate(names):
        numbered = (f"{name}_{number}" for number in count(2))
        unique.append(name if name not in names[:at] else next(n for n in numbered if n not in (*names, *unique)))
    return tuple(unique)


def _spelled(character: str) -> str:
    return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"


# --- for programs -----------------------------------------------------------------------------------------


def json_pieces(columns: Sequence[str], chunks: Iterable[Sequence[Sequence[Any]]]) -> Iterator[str]:
    """Yield the text of a list of objects piece by piece, however many rows come."""
    keys = [_json_text(name) for name in columns]
    before = "[\n"
    for chunk in chunks:
        for row in chunk:
            members = (f"    {key}: {_json_text(value)}" for key, value in zip(keys, row, strict=True))
            yield before + "  {\n" + ",\n".join(members) + "\n  }"
            before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _json_text(value: Any) -> str:
    """Return a value of an object two levels deep. Whoever indents is twenty times slower, so only what nests is."""
    plain = _plain(value)
    nests = isinstance(plain, (list, dict))
    lines = (_INDENTED.encode(plain) if nests else _COMPACT.encode(plain)).split("\n")
    # Inside JSON these characters occur in strings only, where \uXXXX means the same to every reader.
    return "\n    ".join(_STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", line) for line in lines)


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it: dates as ISO text, numbers that are none as null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return _plain(float(value))
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    return _text(value)


def csv_pieces(
    columns: Sequence[str], chunks: Iterable[Sequence[Sequence[Any]]], *, is_terminal: bool = False
) -> Iterator[str]:
    """Yield the text of a CSV file with its header piece by piece, however many rows come."""
    yield _csv_lines([columns], is_terminal=is_terminal)
    for chunk in chunks:
        yield _csv_lines(chunk, is_terminal=is_terminal)


def _csv_lines(rows: Iterable[Sequence[Any]], *, is_terminal: bool) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    for row in rows:
        cells = [_csv_cell(value) for value in row]
        writer.writerow([escape(cell) for cell in cells] if is_terminal else cells)
    return file.getvalue()


def _csv_cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(_plain(value), ensure_ascii=False)
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return bytes(value).hex() if isinstance(value, (bytes, bytearray, memoryview)) else str(value)


# --- for people -------------------------------------------------------------------------------------------


def _as_text(table: Table, width: int | None) -> str:
    if not table.rows:
        return "(no rows)\n"
    names = [escape(name) for name in table.columns]
    # On a terminal nobody sees more of a text than a line of it; some characters take no place.
    most = None if width is None else 4 * width
    lines = [names, *([_cell(value)[:most] for value in row] for row in table.rows)]
    is_right = [_is_numeric(row[at] for row in table.rows) for at in range(len(names))]
    widths = [max(display_width(line[at]) for line in lines) for at in range(len(names))]
    shown = _fitting(range(len(names)), widths, is_right, width)
    alike: list[int] = []
    if len(shown) < len(names):
        alike = [at for at in range(len(names)) if _says_one_thing(lines, at)]
        alike = alike if len(alike) < len(names) else alike[1:]
        shown = _fitting([at for at in range(len(names)) if at not in alike], widths, is_right, width)
    text = _aligned([[line[at] for at in shown] for line in lines], [is_right[at] for at in shown], width)
    return text + _below(lines, alike, [at for at in range(len(names)) if at not in (*shown, *alike)], width)


def _says_one_thing(lines: Sequence[Sequence[str]], at: int) -> bool:
    return (
        len(lines) > 2 and len({line[at] for line in lines[1:]}) == 1 and display_width(lines[1][at]) <= LONGEST_ALIKE
    )


def _below(lines: Sequence[Sequence[str]], alike: Sequence[int], hidden: Sequence[int], width: int | None) -> str:
    """Say what of a table does not stand in it."""
    names = lines[0]
    said = [f"alike in all these rows: {', '.join(f'{names[at]} {lines[1][at]}' for at in alike)}"] if alike else []
    said += [f"… {len(hidden)} columns do not fit: {', '.join(names[at] for at in hidden)}"] if hidden else []
    return "".join(f"{textwrap.fill(one, width or 0, subsequent_indent='  ')}\n" for one in said)


def _aligned(lines: Sequence[Sequence[str]], is_right: Sequence[bool], width: int | None) -> str:
    widths = [max(display_width(line[at]) for line in lines) for at in range(len(is_right))]
    if width is not None:
        widths = _narrowed(widths, is_right, width)
    rule = ["─" * size for size in widths]
    header, *body = ([_padded(*cell) for cell in zip(line, widths, is_right, strict=True)] for line in lines)
    return "".join("  ".join(row).rstrip() + "\n" for row in (header, rule, *body))


def _fitting(
    columns: Sequence[int], widths: Sequence[int], is_right: Sequence[bool], width: int | None
) -> Sequence[int]:
    """Return those of the columns that fit beside one another, taken from both ends; the first is always there."""
    needed = {at: widths[at] if is_right[at] else min(widths[at], READABLE_COLUMN) for at in columns}
    if width is None or sum(needed.values()) + 2 * (len(needed) - 1) <= width:
        return columns
    both_ends = dict.fromkeys(at for pair in zip(columns, reversed(columns), strict=True) for at in pair)
    shown: list[int] = []
    for at in both_ends:
        if shown and sum(needed[other] + 2 for other in shown) + needed[at] > width:
            break
        shown.append(at)
    return sorted(shown)


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (float, Decimal)):
        return _number(float(value))
    if isinstance(value, (list, tuple)):
        return ", ".join(_cell(item) for item in value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return escape(shortened(_text(value)))


def _number(value: float) -> str:
    """Print four decimals where they say something, fewer of a large number, a power of ten of a tiny one."""
    if value == 0 or 1e-3 <= abs(value) < 1000:
        return f"{value:.4f}"
    return f"{value:.1f}" if 1000 <= abs(value) < 1e12 else f"{value:.3g}"


def _is_numeric(values: Iterable[Any]) -> bool:
    present = [value for value in values if value is not None]
    return bool(present) and all(isinstance(v, (int, float, Decimal)) and not isinstance(v, bool) for v in present)


def _narrowed(widths: Sequence[int], is_right: Sequence[bool], width: int) -> list[int]:
    """Take from the widest text column until the row fits; numbers are never cut."""
    narrowed = list(widths)
    while sum(narrowed) + 2 * (len(narrowed) - 1) > width:
        cuttable = [at for at, size in enumerate(narrowed) if not is_right[at] and size > NARROWEST_COLUMN]
        if not cuttable:
            break
        narrowed[max(cuttable, key=lambda at: narrowed[at])] -= 1
    return narrowed


def _padded(text: str, width: int, is_right: bool) -> str:
    if display_width(text) > width:
        text = _cut(text, width)
    padding = " " * (width - display_width(text))
    return padding + text if is_right else text + padding


def _cut(text: str, width: int) -> str:
    end, taken = 0, 0
    while end < len(text) and taken + display_width(text[end]) < width:
        taken += display_width(text[end])
        end += 1
    return text[:end] + "…"


def display_width(text: str) -> int:
    """Return how many terminal cells a text takes: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in ("W", "F") else 1 for c in text
    )
