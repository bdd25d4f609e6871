"""Relating compression to benchmark results, and the page about it: reading jobs, and what they ask the analysis."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from analysis.correlation import Bootstrap, Correlation, correlate
from analysis.gathering import gather_published, gather_scores
from analysis.points import AREA_SOURCES, OVERALL, CorrelationInput, Exclusion
from analysis.published import PAPER, correlate_published
from schedules.progress import progress
from schedules.protocols import stored_protocol
from schedules.workspace import Workspace, open_workspace
from storage import lake, models, snapshots
from storage.errors import InputError

By = Literal["area", "benchmark"]


@dataclass(frozen=True, slots=True)
class FitQuestion:
    """Which fits a user asks for: of own scores, or of compression that others published."""

    by: By = "area"
    published: bool = False
    imported: bool = False
    snapshot: str | None = None
    protocol: str | None = None
    reported_by: str | None = None
    compression_reported_by: str | None = None
    exclude: tuple[str, ...] = ()
    all_texts: bool = False


def fit(root: Path, question: FitQuestion) -> list[Correlation]:
    """Fit benchmark results on compression. The published tables need no home."""
    if question.published:
        _refuse_home_options(question)
        return correlate_published(question.by, reported_by=question.reported_by or PAPER)
    workspace = open_workspace(root)
    with lake.reading(workspace.home) as connection:
        gather = _gather_imported if question.imported else _gather_own
        material = gather(workspace, connection, question)
    return correlate(material, question.by, bootstrap_of(workspace))


def report(workspace: Workspace, out: Path | None) -> Path:
    """Write the page that people open; return where it is."""
    from analysis.report import write_report

    with progress("report"), lake.reading(workspace.home) as connection:
        protocol = stored_protocol(workspace, connection, None)
        return write_report(
            connection,
            out or workspace.home.report,
            None,
            workspace.settings.analysis,
            protocol.protocol_id,
            meanings=_meanings(),
        )


def bootstrap_of(workspace: Workspace) -> Bootstrap:
    """Return how intervals are drawn in this home."""
    settings = workspace.settings.analysis
    return Bootstrap(settings.confidence, settings.bootstrap_draws, settings.seed)


def _meanings() -> dict[str, str]:
    """Return what every reason of a verdict or of the ledger means."""
    from crawler.reasons import REASONS as LEDGER_REASONS
    from curation.reasons import REASONS as VERDICT_REASONS

    ledger = {name: explanation for name, (_, explanation) in LEDGER_REASONS.items()}
    return ledger | {name: reason.explanation for name, reason in VERDICT_REASONS.items()}


def _gather_own(workspace: Workspace, connection: lake.Connection, question: FitQuestion) -> CorrelationInput:
    protocol = stored_protocol(workspace, connection, question.protocol)
    return gather_scores(
        connection,
        snapshots.require_snapshot(connection, question.snapshot).snapshot_id,
        protocol.protocol_id,
        reported_by=question.reported_by,
        fresh_only=not question.all_texts,
        exclusions=_exclusions(connection, question.exclude),
    )


def _gather_imported(_: Workspace, connection: lake.Connection, question: FitQuestion) -> CorrelationInput:
    exclusions = _exclusions(connection, question.exclude)
    return gather_published(
        connection,
        reported_by=question.reported_by,
        compression_reported_by=question.compression_reported_by,
        exclusions=exclusions,
    )


def _refuse_home_options(question: FitQuestion) -> None:
    """Refuse options that the shipped tables would ignore."""
    if replace(question, by="area", published=False, reported_by=None) != FitQuestion():
        raise InputError(
            "--published takes --by, --reported-by and --format only; import the tables into a home "
            "(analysis/published/*.csv) to choose among their models."
        )


def _exclusions(connection: lake.Connection, names: Sequence[str]) -> list[Exclusion]:
    """Leave each named model out of every fit; `AREA:MODEL` leaves it out of one."""
    excluded = []
    for given in names:
        area, separator, name = given.partition(":")
        is_one_area = bool(separator) and area in (*AREA_SOURCES, OVERALL)
        (model,) = models.find_models(connection, [name if is_one_area else given])
        areas = [area] if is_one_area else [*AREA_SOURCES, OVERALL]
        excluded += [Exclusion(one, model.model_id, "excluded with --exclude", None) for one in areas]
    return excluded
