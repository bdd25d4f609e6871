"""Answers on stdout: for people with headings and notes, for programs as one clean csv or json document."""

import shutil
import sys
from collections.abc import Sequence

import click

from analysis.correlation import Correlation
from analysis.listings import correlation_notes, correlation_table, short_correlation_table
from analysis.tables import Table, render


def print_table(table: Table, form: str) -> None:
    """Print one table."""
    click.echo(render(table, form, width=_width()), nl=False)  # type: ignore[arg-type]  # click has checked the choice


def print_tables(titled: Sequence[tuple[str, Table]], form: str) -> None:
    """Print several tables; for programs as one table of (part, row, column, value)."""
    if form != "table":
        print_table(_joined(titled), form)
        return
    for title, table in titled:
        click.echo(f"{title}\n{render(table, width=_width())}")


def print_fits(fits: Sequence[Correlation], form: str) -> None:
    """Print fits: the numbers and then the models for people, everything in one row each for programs."""
    if form != "table":
        print_table(correlation_table(fits), form)
        return
    print_table(short_correlation_table(fits), form)
    click.echo("\n".join(["", *correlation_notes(fits)]))


def _joined(titled: Sequence[tuple[str, Table]]) -> Table:
    cells = [
        (title, number, column, value)
        for title, table in titled
        for number, row in enumerate(table.rows, start=1)
        for column, value in zip(table.columns, row, strict=True)
    ]
    return Table(("part", "row", "column", "value"), tuple(cells))


def _width() -> int | None:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
