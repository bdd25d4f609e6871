"""The published result, reproduced from the tables shipped beside this module: no home and no network needed.

The tables go through the same importers as a user's files. `python -m analysis.published FILE.svg` draws them.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from analysis.correlation import Bootstrap, Correlation, correlate
from analysis.fit_points import By, FitRules
from analysis.gathering import gather_published
from analysis.imports import read_benchmarks, read_compression, read_exclusions, read_models
from analysis.points import CorrelationInput, Exclusion
from storage import lake, rows
from storage.models import aliases
from storage.records import BenchmarkResult, CompressionResult, LanguageModel, ModelAlias

FOLDER = Path(__file__).with_name("published")
PAPER = "arXiv:2404.09937v2"


def correlate_published(
    rules: By | FitRules = "area", *, reported_by: str = PAPER, bootstrap: Bootstrap | None = None
) -> list[Correlation]:
    """Fit the published benchmark results on the published compression."""
    with published_tables() as connection:
        return correlate(gather_paper(connection, reported_by), rules, bootstrap)


@contextmanager
def published_tables() -> Iterator[lake.Connection]:
    """Import the shipped tables into a database in memory."""
    connection = lake.memory()
    try:
        models, names = read_models(FOLDER / "models.csv")
        known = {name.alias: name.model_id for name in names}
        rows.insert(connection, models, LanguageModel)
        rows.insert(connection, names, ModelAlias)
        rows.insert(connection, read_benchmarks(FOLDER / "benchmarks.csv", known), BenchmarkResult)
        compression, _ = read_compression(FOLDER / "compression.csv", known)
        rows.insert(connection, compression, CompressionResult)
        yield connection
    finally:
        connection.close()


def gather_paper(
    connection: lake.Connection,
    reported_by: str = PAPER,
    *,
    with_excluded: bool = False,
    exclusions: Sequence[Exclusion] = (),
) -> CorrelationInput:
    """Gather what one reporter published, beside the paper's compression.

    The models that the paper leaves out of a fit are left out of its own results, unless asked for `with_excluded`.
    """
    is_papers = reported_by == PAPER and not with_excluded
    papers = read_exclusions(FOLDER / "exclusions.csv", aliases(connection)) if is_papers else []
    return gather_published(
        connection,
        reported_by=reported_by,
        compression_reported_by=PAPER,
        exclusions=[*papers, *exclusions],
    )


def draw_published(path: Path) -> None:
    """Draw the published correlation, overall and per area, as SVG or PNG."""
    from analysis.drawing_files import save
    from analysis.figures import correlation_panels

    save(correlation_panels(correlate_published()), path)


if __name__ == "__main__":
    draw_published(Path(sys.argv[1]))
