"""Which area a benchmark belongs to, by its name: the shipped table `areas.csv`, a user's table laid over it, options.

The area `none` is for benchmarks that belong to none of the three (reading, following of instructions): they are listed
and left out. A benchmark that no table knows is refused, since a guess would move every fit of the area.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.csv_rows import csv_rows
from analysis.points import AREA_SOURCES
from storage.errors import InputError

SHIPPED = Path(__file__).with_name("areas.csv")
NO_AREA = "none"
AREA_WORDS = (*AREA_SOURCES, NO_AREA)
SHIPPED_COLUMNS = ("benchmark", "area", "metric", "source")
USER_COLUMNS = ("benchmark", "area")


@dataclass(frozen=True, slots=True)
class KnownBenchmark:
    """A row of a table of areas: the area or `none`, the metric to take of several, and what both rest on."""

    area: str
    metric: str | None = None
    source: str | None = None


class Areas:
    """The benchmarks that some table knows, found by name: case, spaces and punctuation do not matter."""

    def __init__(self, known: Mapping[str, KnownBenchmark]) -> None:
        self._known = {folded(name): benchmark for name, benchmark in known.items() if not name.endswith("*")}
        self._families = [(folded(name), benchmark) for name, benchmark in known.items() if name.endswith("*")]

    def find(self, name: str) -> KnownBenchmark | None:
        """Return what is known of a benchmark; `bbh-*` of a table stands for every name that begins so."""
        if found := self._known.get(folded(name)):
            return found
        return next((known for start, known in self._families if folded(name).startswith(start)), None)


def load_areas(path: Path | None = None, named: Sequence[str] = ()) -> Areas:
    """Read the shipped table, lay a user's file (benchmark, area) over it, and `BENCHMARK=AREA` over both."""
    known = {
        row.text("benchmark"): KnownBenchmark(
            row.choice("area", AREA_WORDS), row.optional_text("metric"), row.text("source")
        )
        for row in csv_rows(SHIPPED, SHIPPED_COLUMNS)
    }
    laid_over = {
        row.text("benchmark"): row.choice("area", AREA_WORDS) for row in (csv_rows(path, USER_COLUMNS) if path else ())
    }
    laid_over |= dict(map(_named_area, named))
    metrics = {folded(name): benchmark.metric for name, benchmark in known.items()}
    changed = {name: KnownBenchmark(area, metrics.get(folded(name)), "as you say") for name, area in laid_over.items()}
    return Areas(known | changed)


def folded(name: str) -> str:
    """Return a name as it is looked up: small letters and digits alone."""
    return re.sub(r"[\W_]", "", name.casefold())


def _named_area(option: str) -> tuple[str, str]:
    name, _, area = option.rpartition("=")
    if not name.strip() or area.strip() not in AREA_WORDS:
        raise InputError(
            f"--area {option!r} is not BENCHMARK=AREA with an area of {', '.join(AREA_WORDS)}; write --area gsm8k=math."
        )
    return name.strip(), area.strip()
