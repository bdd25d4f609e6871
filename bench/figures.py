"""What a bench prints: one row per figure, ours beside somebody else's, and whether the target holds.

A ratio says how many times better ours is, so bigger is better, and it holds from its target on. Both sides get the
same input and cores; what compiles has compiled before the clock starts.
"""

import argparse
import csv
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from storage.errors import FreshpressError

COLUMNS = ("what", "unit", "ours", "beside", "beside_value", "ratio", "target", "holds")
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity; `ratio` is how many times better ours is than what stands beside it."""

    what: str
    unit: str
    ours: float
    beside: str
    beside_value: float
    ratio: float
    target: float

    @property
    def holds(self) -> bool:
        """Say whether the ratio reaches its target."""
        return self.ratio >= self.target


def more_is_better(what: str, unit: str, ours: float, beside: str, beside_value: float, target: float) -> Figure:
    """Return the figure of a speed or of a share that was found."""
    return Figure(what, unit, ours, beside, beside_value, ours / beside_value, target)


def less_is_better(what: str, unit: str, ours: float, beside: str, beside_value: float, target: float) -> Figure:
    """Return the figure of a time or of a size."""
    return Figure(what, unit, ours, beside, beside_value, beside_value / ours, target)


def best_seconds(*runs: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, ...]:
    """Return the least time that each run took; they take turns, so that what slows the machine slows all of them."""
    least = [float("inf")] * len(runs)
    for _ in range(rounds):
        for place, run in enumerate(runs):
            start = time.perf_counter()
            run()
            least[place] = min(least[place], time.perf_counter() - start)
    return tuple(least)


def run_bench(measure: Callable[[bool], Iterable[Figure]], description: str, arguments: Sequence[str]) -> int:
    """Print the figures of one bench; return 1 where a peer is missing or a target does not hold."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="smaller inputs, within 150 seconds on two cores")
    parser.add_argument("--format", choices=("table", "csv"), default="table")
    chosen = parser.parse_args(arguments)
    try:
        figures = list(measure(chosen.quick))
    except FreshpressError as error:
        sys.exit(f"{error}")
    _print_csv(figures) if chosen.format == "csv" else _print_table(figures)
    return 0 if all(figure.holds for figure in figures) else 1


def _cells(figure: Figure) -> tuple[str, ...]:
    numbers = (f"{figure.ours:.4g}", figure.beside, f"{figure.beside_value:.4g}", f"{figure.ratio:.3g}")
    return (figure.what, figure.unit, *numbers, f"{figure.target:g}", "yes" if figure.holds else "NO")


def _print_csv(figures: Sequence[Figure]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(COLUMNS)
    writer.writerows(_cells(figure) for figure in figures)


def _print_table(figures: Sequence[Figure]) -> None:
    rows = [COLUMNS, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
