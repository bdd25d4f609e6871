"""The published result, reproduced from the tables shipped beside this module: no home and no network needed.

The tables go through the same importers as a user's files. `python -m analysis.published FILE.svg` draws them.
"""

import sys
from pathlib import Path
from typing import Literal

from analysis.correlation import Bootstrap, Correlation, correlate
from analysis.gathering import gather_published
from analysis.imports import read_benchmarks, read_compression, read_exclusions, read_models
from analysis.points import CorrelationInput
from storage import lake, rows
from storage.records import BenchmarkResult, CompressionResult, LanguageModel, ModelAlias

FOLDER = Path(__file__).with_name("published")
PAPER = "arXiv:2404.09937v2"


def correlate_published(
    by: Literal["area", "benchmark"] = "area", *, reported_by: str = PAPER, bootstrap: Bootstrap | None = None
) -> list[Correlation]:
    """Fit the published benchmark results on the published compression."""
    return correlate(load_published(reported_by), by, bootstrap)


def load_published(reported_by: str = PAPER) -> CorrelationInput:
    """Import the shipped tables into a database in memory and gather what one reporter published."""
    connection = lake.memory()
    try:
        models, names = read_models(FOLDER / "models.csv")
        aliases = {name.alias: name.model_id for name in names}
        rows.insert(connection, models, LanguageModel)
        rows.insert(connection, names, ModelAlias)
        rows.insert(connection, read_benchmarks(FOLDER / "benchmarks.csv", aliases), BenchmarkResult)
        rows.insert(connection, read_compression(FOLDER / "compression.csv", aliases), CompressionResult)
        return gather_published(
            connection,
            reported_by=reported_by,
            compression_reported_by=PAPER,
            exclusions=read_exclusions(FOLDER / "exclusions.csv", aliases) if reported_by == PAPER else (),
        )
    finally:
        connection.close()


def draw_published(path: Path) -> None:
    """Draw the published correlation, overall and per area, as SVG or PNG."""
    from analysis.figures import correlation_panels, save

    save(correlation_panels(correlate_published()), path)


if __name__ == "__main__":
    draw_published(Path(sys.argv[1]))
