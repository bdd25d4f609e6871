"""Files of the report, each replaced whole: a reader sees the earlier one or the new one, never half of one.

What has not changed is not written again: a sealed snapshot rarely does. The text form (CSV, SVG) is written last and
vouches for the binary one (Parquet, PNG) made of the same.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from analysis.drawing_files import png
from analysis.report_figures import Figure
from analysis.report_tables import PageTable
from analysis.tables import Table, render
from storage import parquet
from storage.durable_files import write_whole

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_page(path: Path, page: bytes) -> None:
    """Write one page where it differs from the one there."""
    if not _holds(path, page):
        write_whole(path, page)


def write_table(folder: Path, table: PageTable) -> None:
    """Write one table as CSV and Parquet, or take away what an earlier report wrote where there are no rows now.

    Spreadsheets calculate what begins as a formula does, so in the CSV an apostrophe stands before such a text, as one
    would type it there. Parquet holds every value as it is.
    """
    csv, columns = folder / f"{table.name}.csv", folder / f"{table.name}.parquet"
    if not table.files.rows:
        _remove(csv, columns)
        return
    values = zip(*table.files.rows, strict=True)
    content = dict(zip(table.files.columns, values, strict=True))
    written = render(_without_formulas(table.files), "csv").encode()
    _write(csv, written, columns, lambda: parquet.write_columns(columns, content))


def write_figure(folder: Path, name: str, figure: Figure | None) -> None:
    """Write a figure as SVG and PNG, or take away what an earlier report drew where there is nothing to draw now."""
    svg, pixels = folder / f"{name}.svg", folder / f"{name}.png"
    if figure is None:
        _remove(svg, pixels)
        return
    drawn = figure.svg
    _write(svg, drawn.encode(), pixels, lambda: write_whole(pixels, png(drawn)))


def _without_formulas(table: Table) -> Table:
    return Table(table.columns, tuple(tuple(map(_as_text, row)) for row in table.rows))


def _as_text(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _write(path: Path, content: bytes, binary: Path, write_binary: Callable[[], None]) -> None:
    if not (_holds(path, content) and binary.exists()):
        write_binary()
        write_whole(path, content)


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _remove(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
