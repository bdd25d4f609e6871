"""Relating compression to benchmark results, and the page about it: reading jobs, and what they ask the analysis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.correlation import Bootstrap, Correlation, correlate
from analysis.fit_points import By, FitRules
from analysis.gathering import gather_published, gather_scores
from analysis.imports import MAX_BITS_PER_CHARACTER
from analysis.points import AREA_SOURCES, OVERALL, CorrelationInput, Exclusion
from analysis.prediction import Prediction, predict, predict_model
from analysis.published import PAPER, gather_paper, published_tables
from analysis.residuals import Residual, why_no_residuals
from analysis.residuals import residuals as residuals_of
from config import AnalysisSettings, load_settings
from schedules.progress import progress
from schedules.protocols import stored_protocol
from schedules.workspace import Workspace, open_workspace
from storage import lake, models, snapshots
from storage.errors import ComparisonError, InputError


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
    source: str | None = None
    overall_of: By = "area"
    exclude: tuple[str, ...] = ()
    with_excluded: bool = False
    all_texts: bool = False

    @property
    def rules(self) -> FitRules:
        """Return what is set against what."""
        return FitRules(self.by, self.source, self.overall_of)


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What a question is answered from, by the settings that hold."""

    material: CorrelationInput
    settings: AnalysisSettings
    model_id: str | None = None


def fit(root: Path, question: FitQuestion) -> list[Correlation]:
    """Fit benchmark results on compression. The published tables need no home."""
    return _fits(_gathered(root, question), question)


def predictions(
    root: Path, question: FitQuestion, *, model: str | None, bits_per_character: float | None, area: str | None
) -> list[Prediction]:
    """Predict the scores of one model, or of these bits per character of one area's source."""
    if (model is None) == (bits_per_character is None):
        raise InputError("predict takes either MODEL or --bits-per-character; name one of the two.")
    if bits_per_character is not None:
        _check_bits(bits_per_character, area)
    gathered = _gathered(root, question, model)
    fits = [one for one in _fits(gathered, question) if area in (None, one.area)]
    confidence = gathered.settings.confidence
    if gathered.model_id is None:
        assert bits_per_character is not None, "one of the two is there"
        found = [predict(one, bits_per_character, confidence=confidence) for one in fits]
    else:
        found = predict_model(gathered.material, question.rules, fits, gathered.model_id, confidence=confidence)
    if all(row.predicted is None for row in found):
        raise ComparisonError(_why_none("predicted", {row.benchmark or row.area: row.remark for row in found}))
    return found


def residuals(root: Path, question: FitQuestion) -> tuple[list[Correlation], list[Residual], float]:
    """Hold every model against the line of the others; return the fits, the residuals, and the alarm rate."""
    gathered = _gathered(root, question)
    fits, alarm_rate = _fits(gathered, question), gathered.settings.alarm_rate
    found = [row for one in fits for row in residuals_of(one, alarm_rate=alarm_rate)]
    if not found:
        reasons = {one.benchmark or one.area: why_no_residuals(one) for one in fits}
        raise ComparisonError(_why_none("judged", reasons))
    return fits, found, alarm_rate


def _fits(gathered: _Gathered, question: FitQuestion) -> list[Correlation]:
    return correlate(gathered.material, question.rules, _bootstrap(gathered.settings))


def _check_bits(bits_per_character: float, area: str | None) -> None:
    if not 0 < bits_per_character <= MAX_BITS_PER_CHARACTER:
        raise InputError(
            f"--bits-per-character is {bits_per_character:g}, it must be above 0 and "
            f"at most {MAX_BITS_PER_CHARACTER:g}."
        )
    if area is None:
        raise InputError("--bits-per-character are those of one source, so they need --area.")


def _why_none(what: str, reasons: Mapping[str, str | None]) -> str:
    told = (
        "; ".join(f"{name}: {reason}" for name, reason in reasons.items()) or "no benchmark of what was asked is there"
    )
    return f"no score can be {what}: {told}."


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
    return _bootstrap(workspace.settings.analysis)


def _bootstrap(settings: AnalysisSettings) -> Bootstrap:
    return Bootstrap(settings.confidence, settings.bootstrap_draws, settings.seed)


def _meanings() -> dict[str, str]:
    """Return what every reason of a verdict or of the ledger means."""
    from crawler.reasons import REASONS as LEDGER_REASONS
    from curation.reasons import REASONS as VERDICT_REASONS

    ledger = {name: explanation for name, (_, explanation) in LEDGER_REASONS.items()}
    return ledger | {name: reason.explanation for name, reason in VERDICT_REASONS.items()}


def _gathered(root: Path, question: FitQuestion, model: str | None = None) -> _Gathered:
    """Gather the material of a question, and the id of the model it names."""
    if question.published:
        return _gathered_published(question, model)
    if question.with_excluded:
        raise InputError("--with-excluded goes with --published; a home leaves out only what --exclude names.")
    workspace = open_workspace(root)
    with lake.reading(workspace.home) as connection:
        model_id = _model_id(connection, model)
        gather = _gather_imported if question.imported else _gather_own
        return _Gathered(gather(workspace, connection, question), workspace.settings.analysis, model_id)


def _gathered_published(question: FitQuestion, model: str | None) -> _Gathered:
    _refuse_home_options(question)
    with published_tables() as connection:
        material = gather_paper(
            connection,
            question.reported_by or PAPER,
            with_excluded=question.with_excluded,
            exclusions=_exclusions(connection, question.exclude),
        )
        return _Gathered(material, load_settings().analysis, _model_id(connection, model))


def _model_id(connection: lake.Connection, name: str | None) -> str | None:
    return None if name is None else models.find_models(connection, [name])[0].model_id


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
    if question.imported or question.snapshot or question.protocol or question.compression_reported_by:
        raise InputError(
            "--published takes no --imported, --snapshot, --protocol or --compression-reported-by; import the tables "
            "into a home (analysis/published/*.csv) to choose among them."
        )
    if question.all_texts:
        raise InputError("--published takes no --all-texts: nothing tells which of its texts are new to a model.")


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
