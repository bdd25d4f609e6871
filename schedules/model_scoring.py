"""One model on some texts, in a process of its own: texts out of the lake, result files, rows into the lake."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config import ScoringSettings
from schedules.codec_protocols import with_dictionary
from schedules.scored_texts import ScoredTexts, read_texts
from schedules.workspace import Workspace
from scoring.progress import Progress
from scoring.shards import ScoreOutcome
from scoring.token_bits import read_token_bits
from storage import lake, scores
from storage.locks import exclusive
from storage.records import LanguageModel, Protocol, ScoringRun

if TYPE_CHECKING:
    from scoring.models import ModelSource

# A process that was left behind ends by itself at once; this long is waited for it.
LEFT_BEHIND_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ModelTask:
    """Everything that the process of one model is given. `rival_ids` are models it need only be told apart from."""

    workspace: Workspace
    scored: ScoredTexts
    model: LanguageModel
    protocol: Protocol
    device: str
    dtype: str
    token_bits: bool
    until_se: float | None
    rival_ids: tuple[str, ...]
    audit_count: int


@dataclass(frozen=True, slots=True)
class ModelDone:
    """What came of it: rows that are new in the lake, the run they are of, and what people should be told."""

    new_count: int
    run: ScoringRun
    notes: tuple[str, ...]


def score_model(task: ModelTask, report: Callable[[Progress], None]) -> ModelDone:
    """Score the texts with the model, going on where an earlier process stopped, and store the rows."""
    from scoring.score import score_texts

    home, settings = task.workspace.home, task.workspace.settings
    with lake.reading(home) as connection:
        texts = read_texts(connection, task.scored)
        rivals = scores.bits_by_document(
            connection, task.scored.snapshot_id, task.protocol.protocol_id, list(task.rival_ids)
        )
    folder = home.scoring / task.scored.folder_name / task.protocol.protocol_id / folder_name(task.model.model_id)
    with exclusive(folder / "scoring.lock", f"scoring {task.model.model_id}", LEFT_BEHIND_SECONDS):
        outcome = score_texts(
            texts,
            with_dictionary(task.workspace, model_source(task.model, settings.scoring), task.protocol),
            task.protocol,
            task.scored.snapshot_id,
            folder,
            device=task.device,
            dtype=task.dtype,
            batch_tokens=settings.scoring.batch_tokens,
            shard_documents=settings.scoring.shard_documents,
            on_progress=report,
            token_bits=task.token_bits,
            until_se=task.until_se,
            rivals=rivals,
            recheck_share=settings.scoring.recheck_share,
            seed=settings.scoring.seed,
        )
    return ModelDone(store(task.workspace, task.protocol, outcome), outcome.scoring_run, outcome.notes)


def audit_model(task: ModelTask, _report: Callable[[Progress], None]) -> int:
    """Code and decode some of the texts the model is scored on; return how many. One that fails is an error."""
    from schedules.audits import audit_models

    source = model_source(task.model, task.workspace.settings.scoring)
    ids = (task.scored.snapshot_id, [source], task.protocol)
    return len(audit_models(task.workspace, *ids, task.audit_count, device=task.device))


def store(workspace: Workspace, protocol: Protocol, outcome: ScoreOutcome) -> int:
    """Write the rows of a run into the lake; return how many scores are new."""
    run = outcome.scoring_run
    return lake.write(
        workspace.home,
        f"score {run.model_id} on {run.snapshot_id} by {protocol.name}",
        # Token bits are read anew each time the transaction is repeated.
        lambda connection: scores.store_scores(connection, protocol, run, outcome.scores, read_token_bits(outcome)),
        workspace.settings.storage.busy_wait_seconds,
    )


def model_source(model: LanguageModel, settings: ScoringSettings) -> "ModelSource":
    """Say where the scorer finds a model; code of its own is run only where the settings name the model."""
    from scoring.models import ModelSource

    revision = model.model_id.rpartition("@")[2] if "@" in model.model_id else None
    is_trusted = model.model_id in settings.trust_remote_code or model.location in settings.trust_remote_code
    return ModelSource(model.model_id, model.location or model.model_id, revision, model.kind, is_trusted)


def folder_name(model_id: str) -> str:
    """Return the name of the folder in which a model's result files lie."""
    return model_id.replace("/", "--")
