"""The scoring job: frozen snapshot × models × protocol → result files → score rows. Resumable to the shard."""

from dataclasses import dataclass, replace
from pathlib import Path

from config import ScoringSettings
from schedules.progress import Progress, progress, say
from schedules.workspace import Workspace
from scoring.models import ModelSource
from scoring.progress import Progress as ScoringProgress
from scoring.protocols import PROTOCOLS, find_protocol
from scoring.score import score_texts
from scoring.shards import ScoreOutcome, read_result_file
from scoring.texts import Text, write_export
from storage import lake, models, scores, snapshots
from storage.errors import FreshpressError, InputError, ScoringError
from storage.records import LanguageModel, Protocol, Snapshot


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a user asks to be scored; empty means the default of DESIGN: active models, latest snapshot, `document`."""

    snapshot_id: str | None = None
    model_names: tuple[str, ...] = ()
    protocol_name: str | None = None
    device: str | None = None
    dtype: str | None = None


def score(workspace: Workspace, wanted: Wanted) -> tuple[Snapshot, Protocol, int]:
    """Score the models that lack scores for a snapshot; return how many rows are new.

    A model that fails does not stop the others.
    """
    protocol = find_protocol(wanted.protocol_name or workspace.settings.scoring.protocol)
    with lake.reading(workspace.home) as connection:
        snapshot = snapshots.require_snapshot(connection, wanted.snapshot_id)
        chosen = models.find_models(connection, wanted.model_names)
    if not chosen:
        raise ScoringError("no model is active; `freshpress models add` registers one.")
    new_count, failures = 0, []
    for model in chosen:
        try:
            new_count += _score_model(workspace, snapshot, model, protocol_of(model, protocol), wanted)
        except FreshpressError as error:
            failures.append(f"{model.model_id}: {error}")
            say(failures[-1])
    if failures:
        raise ScoringError(f"{len(failures)} of {len(chosen)} models were not scored: {' · '.join(failures)}")
    return snapshot, protocol, new_count


def protocol_of(model: LanguageModel, protocol: Protocol) -> Protocol:
    """Return by which protocol a model is measured: codecs have one of their own."""
    return find_protocol("codec") if model.kind == "codec" else protocol


def export_texts(workspace: Workspace, snapshot_id: str, folder: Path) -> int:
    """Write the texts of a snapshot for `python -m scoring` on a machine without the lake."""
    with lake.reading(workspace.home) as connection:
        snapshot = snapshots.require_snapshot(connection, snapshot_id)
        texts = _texts(connection, snapshot)
    return write_export(folder, snapshot.snapshot_id, texts)


def import_scores(workspace: Workspace, path: Path) -> int:
    """Bring in the result file of `python -m scoring`; a model or text this lake does not know is refused."""
    outcome = read_result_file(path)
    run = outcome.scoring_run
    protocol = next((p for p in PROTOCOLS if p.protocol_id == run.protocol_id), None)
    if protocol is None:
        raise InputError(f"{path} was scored by protocol {run.protocol_id}, which this version does not know.")
    with lake.reading(workspace.home) as connection:
        snapshot = snapshots.require_snapshot(connection, run.snapshot_id)
        (model,) = models.find_models(connection, [run.model_id])
        known = {(t.document_id, t.text_sha256): t for t in snapshots.kept_texts(connection, snapshot.snapshot_id)}
    _require_known_texts(path, outcome, {key: len(text.text) for key, text in known.items()})
    return _store(workspace, protocol, _under_id(outcome, model.model_id))


def _require_known_texts(path: Path, outcome: ScoreOutcome, char_counts: dict[tuple[str, str], int]) -> None:
    """Refuse scores of texts that are not in the snapshot, or that count other characters than they have."""
    for score in outcome.scores:
        found = char_counts.get((score.document_id, score.text_sha256))
        if found != score.char_count:
            told = "is not in it" if found is None else f"has {found} characters, not {score.char_count}"
            raise InputError(
                f"{path} is of snapshot {score.snapshot_id} and scores text {score.document_id}, which {told}; "
                f"export the texts of this home again and score them."
            )


def _under_id(outcome: ScoreOutcome, model_id: str) -> ScoreOutcome:
    """Name the model by its id, where the node knew it by another name."""
    run = replace(outcome.scoring_run, model_id=model_id)
    return replace(outcome, scoring_run=run, scores=[replace(score, model_id=model_id) for score in outcome.scores])


def _score_model(
    workspace: Workspace, snapshot: Snapshot, model: LanguageModel, protocol: Protocol, wanted: Wanted
) -> int:
    with lake.reading(workspace.home) as connection:
        if scores.is_scored(connection, snapshot.snapshot_id, model.model_id, protocol.protocol_id):
            say(f"{model.model_id}: scored on {snapshot.snapshot_id} by {protocol.name} already")
            return 0
        texts = _texts(connection, snapshot)
    settings = workspace.settings.scoring
    with progress(f"score {model.model_id} by {protocol.name}") as bar:
        outcome = score_texts(
            texts,
            model_source(model, settings),
            protocol,
            snapshot.snapshot_id,
            workspace.home.scoring / snapshot.snapshot_id / protocol.protocol_id / _folder_name(model.model_id),
            device=wanted.device or settings.device,
            dtype=wanted.dtype or settings.dtype,
            batch_tokens=settings.batch_tokens,
            shard_documents=settings.shard_documents,
            on_progress=lambda state: _show(bar, state),
        )
    return _store(workspace, protocol, outcome)


def model_source(model: LanguageModel, settings: ScoringSettings) -> ModelSource:
    """Say where the scorer finds a model; code of its own is run only where the settings name the model."""
    revision = model.model_id.rpartition("@")[2] if "@" in model.model_id else None
    is_trusted = model.model_id in settings.trust_remote_code or model.location in settings.trust_remote_code
    return ModelSource(model.model_id, model.location or model.model_id, revision, model.kind, is_trusted)


def _texts(connection: lake.Connection, snapshot: Snapshot) -> list[Text]:
    kept = snapshots.kept_texts(connection, snapshot.snapshot_id)
    return [Text(text.document_id, text.text_sha256, text.source, text.text) for text in kept]


def _store(workspace: Workspace, protocol: Protocol, outcome: ScoreOutcome) -> int:
    for note in outcome.notes:
        say(note)
    run = outcome.scoring_run
    return lake.write(
        workspace.home,
        f"score {run.model_id} on {run.snapshot_id} by {protocol.name}",
        lambda connection: scores.store_scores(connection, protocol, run, outcome.scores),
        workspace.settings.storage.busy_wait_seconds,
    )


def _show(bar: Progress, state: ScoringProgress) -> None:
    speed = f"{state.token_count / state.seconds:.0f} tokens/s" if state.seconds else ""
    bar.advance_to(state.document_count, state.total_document_count, speed)


def _folder_name(model_id: str) -> str:
    return model_id.replace("/", "--")
