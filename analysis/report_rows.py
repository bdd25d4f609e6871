"""The rows of a table as HTML: thousands of cells, too many for a template that asks anew of each what it is."""

import re
from collections.abc import Callable
from typing import Any

from markupsafe import Markup, escape

from analysis.report_cells import is_number, shown_value
from analysis.report_tables import PageTable

Cell = Callable[[Any], str]
CODE = ("document_id", "fingerprint", "library_versions")
WIDE = ("meaning", "reason", "models", "url", "title", "remark", "value", "finding")
# Addresses that a page may link to; anything else is printed, never followed.
_WEB = re.compile(r"^https?://[^\s]+$", re.IGNORECASE)


def table_rows(table: PageTable) -> Markup:
    """Return the rows of a table, every value escaped; the first cell of each names it."""
    cells = [_printer(column, right) for column, right in zip(table.shown.columns, table.is_right(), strict=True)]
    heads = [lambda value, column=column: f'<th scope="row">{_content(value, column)}</th>'
             for column in table.shown.columns[:1]]  # fmt: skip
    printers = [*heads, *cells[1:]]
    rows = ("".join([printer(value) for printer, value in zip(printers, row, strict=True)]) for row in table.shown.rows)
    return Markup("\n".join(f"<tr>{row}</tr>" for row in rows))  # noqa: S704 - each value is escaped above


def _printer(column: str, is_right: bool) -> Cell:
    """Return how a cell of this column is printed, by what its name and its values say it is."""
    if column.endswith("_share"):
        return lambda value: _shared(value, column)
    if is_right:
        return lambda value: f'<td class="number">{escape(shown_value(value, column))}</td>'
    kind = ' class="date"' if column.endswith(("_at", "_on")) else ' class="wide"' if column in WIDE else ""
    return lambda value: f"<td{kind}>{_content(value, column)}</td>"


def _shared(value: Any, column: str) -> str:
    bar = f' class="number share" style="--share: {100 * value:.1f}%"' if is_number(value) else ""
    return f"<td{bar}>{escape(shown_value(value, column))}</td>"


def _content(value: Any, column: str) -> str:
    shown = escape(shown_value(value, column))
    if column == "url" and isinstance(value, str) and _WEB.match(value):
        return f'<a href="{shown}" rel="noreferrer nofollow">{shown}</a>'
    is_code = column in CODE or (column == "reason" and isinstance(value, str) and " " not in value)
    return f'<span class="code">{shown}</span>' if is_code and value else str(shown)
