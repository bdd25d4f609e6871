"""Comparing models on the same texts: who is better, by how much, and where the gap lies. Reading jobs."""

from dataclasses import dataclass
from pathlib import Path

from analysis.comparison import Comparison, compare_models
from analysis.comparison_listings import Answer, pair_answer, ranking_answer
from analysis.gap import find_gaps
from analysis.gap_listings import gap_answer
from analysis.pairs import compare_pair
from analysis.ranking import rank_models
from schedules.progress import progress, say
from schedules.protocols import stored_protocol
from schedules.relate import bootstrap_of
from schedules.workspace import Workspace, open_workspace
from storage import lake, models, snapshots
from storage.errors import ComparisonError, InputError


@dataclass(frozen=True, slots=True)
class CompareQuestion:
    """Which models are compared on which texts; no names mean every model that is scored."""

    names: tuple[str, ...] = ()
    snapshot: str | None = None
    protocol: str | None = None
    all_texts: bool = False


def compare(root: Path, question: CompareQuestion) -> Answer:
    """Compare two models, or rank all of them (or more than two that are named)."""
    workspace = open_workspace(root)
    bootstrap = bootstrap_of(workspace)
    with lake.reading(workspace.home) as connection:
        model_ids = _model_ids(connection, question.names)
        comparison = _comparison(workspace, connection, question, model_ids)
        if len(model_ids) == 2:
            _require(comparison, model_ids)
            first, second = model_ids
            return pair_answer(comparison, compare_pair(connection, comparison, first, second, bootstrap))
        if comparison.note:
            raise ComparisonError(comparison.note)
        return ranking_answer(comparison, rank_models(connection, comparison, bootstrap), bootstrap.confidence)


def gap(root: Path, question: CompareQuestion, source: str | None) -> Answer:
    """Tell where the gap between two models lies."""
    workspace = open_workspace(root)
    bootstrap = bootstrap_of(workspace)
    with lake.reading(workspace.home) as connection:
        first, second = model_ids = _model_ids(connection, question.names)
        comparison = _comparison(workspace, connection, question, model_ids)
        _require(comparison, model_ids)
        with progress("gap"):
            rows = find_gaps(connection, comparison, first, second, bootstrap, source)
    return gap_answer(comparison, rows, bootstrap.confidence)


def _model_ids(connection: lake.Connection, names: tuple[str, ...]) -> list[str]:
    found = [model.model_id for model in models.find_models(connection, names)] if names else []
    if len(names) == 1 or len(set(found)) < len(found):
        what = "is one model" if len(set(found)) == 1 else "names a model twice"
        raise InputError(
            f"{', '.join(names)} {what}; name two models to compare, more to rank them, or none to rank every model."
        )
    return found


def _comparison(
    workspace: Workspace, connection: lake.Connection, question: CompareQuestion, model_ids: list[str]
) -> Comparison:
    if question.all_texts:
        say("warning: these are also texts that a model may have seen, on which it compresses better than on new ones")
    return compare_models(
        connection,
        snapshots.require_snapshot(connection, question.snapshot).snapshot_id,
        stored_protocol(workspace, connection, question.protocol).protocol_id,
        fresh_only=not question.all_texts,
        model_ids=model_ids or None,
    )


def _require(comparison: Comparison, model_ids: list[str]) -> None:
    """Refuse a comparison that one of its two models does not enter."""
    entered = {model.model_id for model in comparison.models}
    reasons = {row.model_id: row.reason for row in comparison.left_out if row.scope == "all"}
    if absent := [model_id for model_id in model_ids if model_id not in entered]:
        told = "; ".join(f"{model_id}: {reasons.get(model_id, 'not scored here')}" for model_id in absent)
        raise ComparisonError(
            f"{' and '.join(model_ids)} cannot be compared on {comparison.snapshot_id} by {comparison.protocol_id} "
            f"({told}); score what is missing, or see --snapshot, --protocol and --all-texts."
        )
