"""What moves with time: snapshots beside the anchors, months of publication, effective cutoffs. Reading jobs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from analysis.anchors import anchor_ids
from analysis.comparison_listings import Answer
from analysis.drift import compression_over_time, monthly_compression
from analysis.drift_listings import cutoff_answer, month_answer, snapshot_answer
from analysis.effective_cutoff import effective_cutoffs
from analysis.time_scores import read_time_scores
from schedules.protocols import stored_protocol
from schedules.relate import bootstrap_of
from schedules.workspace import open_workspace
from storage import lake, models
from storage.errors import ComparisonError

By = Literal["snapshot", "month", "cutoff"]


@dataclass(frozen=True, slots=True)
class DriftQuestion:
    """What is asked over time, of which models (no names: of all that are scored)."""

    by: By = "snapshot"
    names: tuple[str, ...] = ()
    protocol: str | None = None


def drift(root: Path, question: DriftQuestion) -> Answer:
    """Answer one question about time. All models are looked at, since a test of many is another than a test of one."""
    workspace = open_workspace(root)
    bootstrap = bootstrap_of(workspace)
    with lake.reading(workspace.home) as connection:
        protocol_id = stored_protocol(workspace, connection, question.protocol).protocol_id
        anchors = anchor_ids(connection, workspace.settings.analysis.anchors)
        wanted = (
            {model.model_id for model in models.find_models(connection, question.names)} if question.names else None
        )
        scores = read_time_scores(connection, protocol_id)
        if not any(model.protocol_id == protocol_id for model in scores.models):
            raise ComparisonError(f"no snapshot is scored by {protocol_id}; `freshpress score` does that.")
        if question.by == "cutoff":
            found = effective_cutoffs(connection, protocol_id, anchors, bootstrap, scores=scores)
            return cutoff_answer([row for row in found if wanted is None or row.model_id in wanted], anchors)
        asked = (connection, protocol_id, anchors)
        if question.by == "month":
            months = monthly_compression(*asked, confidence=bootstrap.confidence, scores=scores)
            return month_answer([row for row in months if wanted is None or row.model_id in wanted], anchors)
        snapshots = compression_over_time(*asked, confidence=bootstrap.confidence, scores=scores)
        return snapshot_answer([row for row in snapshots if wanted is None or row.model_id in wanted])
