"""Answers on stdout: for people with headings and notes, for programs as one clean csv or json document."""

import shutil
import sys
from collections.abc import Sequence

import click

from analysis.comparison_listings import Answer
from analysis.correlation import Correlation
from analysis.listings import (
    correlation_notes,
    correlation_table,
    curve_table,
    order_table,
    short_correlation_table,
)
from analysis.model_listings import (
    prediction_table,
    residual_notes,
    residual_table,
    short_prediction_table,
    short_residual_table,
)
from analysis.prediction import Prediction
from analysis.residuals import Residual
from analysis.tables import Table, render


def print_table(table: Table, form: str) -> None:
    """Print one table."""
    click.echo(render(table, form, width=terminal_width()), nl=False)  # type: ignore[arg-type]  # click has checked the choice


def print_tables(titled: Sequence[tuple[str, Table]], form: str) -> None:
    """Print several tables; for programs as one table of (part, row, column, value)."""
    if form != "table":
        print_table(_joined(titled), form)
        return
    for title, table in titled:
        click.echo(f"{title}\n{render(table, width=terminal_width())}")


def print_fits(fits: Sequence[Correlation], form: str) -> None:
    """Print fits: the numbers and then the models for people, everything in one row each for programs."""
    if form != "table":
        print_table(correlation_table(fits), form)
        return
    print_table(short_correlation_table(fits), form)
    for table in (order_table(fits), curve_table(fits)):
        if table.rows:
            click.echo()
            print_table(table, form)
    click.echo("\n".join(["", *correlation_notes(fits)]))


def print_predictions(predictions: Sequence[Prediction], form: str) -> None:
    """Print predictions: the numbers for people, everything in one row each for programs."""
    print_table((short_prediction_table if form == "table" else prediction_table)(predictions), form)


def print_residuals(fits: Sequence[Correlation], residuals: Sequence[Residual], alarm_rate: float, form: str) -> None:
    """Print residuals: the most surprising and what an alarm means for people, every one in a row for programs."""
    if form != "table":
        print_table(residual_table(residuals), form)
        return
    print_table(short_residual_table(residuals), form)
    click.echo("\n".join(["", *residual_notes(fits, residuals, alarm_rate)]))


def print_answer(answer: Answer, form: str) -> None:
    """Print an answer: titled tables and sentences for people, everything in one table for programs."""
    if form != "table":
        print_table(answer.whole, form)
        return
    print_tables(answer.titled, form)
    click.echo("\n".join(answer.notes))


def _joined(titled: Sequence[tuple[str, Table]]) -> Table:
    cells = [
        (title, number, column, value)
        for title, table in titled
        for number, row in enumerate(table.rows, start=1)
        for column, value in zip(table.columns, row, strict=True)
    ]
    return Table(("part", "row", "column", "value"), tuple(cells))


def terminal_width() -> int | None:
    """Return the width of the terminal that stdout is, None where it is a file or a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
