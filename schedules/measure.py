"""The scoring job: texts × models × protocol, each model in a process of its own; and scores that come from elsewhere.

Resumable to the shard. What becomes of each model stands in `job_runs`, as a row of its own; one that fails, or whose
process dies, does not stop the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.anchors import anchor_ids
from analysis.tables import Table, records_table
from schedules.apart import run_apart
from schedules.codec_protocols import after_last_snapshot, codecs_for
from schedules.cost import Estimate, cost_line, estimate, machine_of, prediction_line
from schedules.model_scoring import ModelTask, audit_model, score_model, store
from schedules.progress import Progress, progress, say
from schedules.protocols import own_protocols, require_imported, require_protocol
from schedules.runs import noted
from schedules.scored_texts import ScoredTexts, find_scored_texts, read_texts
from schedules.workspace import Workspace
from scoring.own_protocols import write_own_protocols
from scoring.progress import Progress as ScoringProgress
from scoring.progress import ignore, rate_line
from scoring.protocols import SOURCE_STREAM, UTF8, find_protocol
from scoring.shards import ScoreOutcome, read_result_file
from scoring.texts import write_export
from storage import lake, models, references, scores
from storage.errors import DiskError, FreshpressError, InputError, ScoringError
from storage.records import LanguageModel, Protocol


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a user asks to be scored; empty means active models and anchors, the latest snapshot, `document`."""

    snapshot_id: str | None = None
    model_names: tuple[str, ...] = ()
    protocol_name: str | None = None
    device: str | None = None
    dtype: str | None = None
    token_bits: bool = False
    until_se: float | None = None
    audit_count: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """What a wish comes down to: some texts, the models in the order they are scored, and one protocol."""

    workspace: Workspace
    wanted: Wanted
    scored: ScoredTexts
    models: tuple[LanguageModel, ...]
    protocol: Protocol

    @property
    def device(self) -> str:
        """Where the models run."""
        return self.wanted.device or self.workspace.settings.scoring.device

    @property
    def dtype(self) -> str:
        """In which format they run."""
        return self.wanted.dtype or self.workspace.settings.scoring.dtype

    def has_token_bits(self, model: LanguageModel) -> bool:
        """Say whether each token's bits are kept: of references always, of codecs, which have no tokens, never."""
        is_wanted = self.wanted.token_bits or self.scored.reference is not None
        return is_wanted and model.kind != "codec"

    def until_se(self, model: LanguageModel) -> float | None:
        """Return where a model may stop. Codecs cost next to nothing and are the floor under every text."""
        return None if model.kind == "codec" else self.wanted.until_se


def plan_scoring(workspace: Workspace, wanted: Wanted) -> Job:
    """Find what a wish names, or say why it cannot be."""
    protocol = require_protocol(workspace.settings.scoring, wanted.protocol_name)
    with lake.reading(workspace.home) as connection:
        scored = find_scored_texts(connection, wanted.snapshot_id)
        chosen = models.find_models(connection, wanted.model_names)
        if not wanted.model_names and scored.reference is None:
            chosen += _anchors_beside(workspace, connection, chosen)
    protocol = after_last_snapshot(workspace, protocol, scored.snapshot_id)
    if not wanted.model_names:
        chosen = codecs_for(protocol, chosen)
    if not chosen:
        raise ScoringError("no model is active; `freshpress models add` registers one.")
    if wanted.audit_count:
        from scoring.audit import require_auditable

        require_auditable(protocol)
    if scored.reference is not None:
        chosen = _require_distribution(scored, protocol, wanted, chosen)
    return Job(workspace, wanted, scored, tuple(chosen), protocol)


def score(job: Job) -> int:
    """Score the models that lack scores; return how many rows are new."""
    new_count, failures = 0, []
    for model in job.models:
        try:
            new_count += _score_unless_scored(job, model)
            _audit(job, model)
        except DiskError:
            # Whatever came next would fail on it too.
            raise
        except FreshpressError as error:
            failures.append(f"{model.model_id}: {error}")
            say(failures[-1])
    if failures:
        what = "scored and audited" if job.wanted.audit_count else "scored"
        raise ScoringError(f"{len(failures)} of {len(job.models)} models were not {what}: {' · '.join(failures)}")
    return new_count


def estimates(*jobs: Job) -> Table:
    """Say of every model what is left to score and what that will take, without loading one."""
    return records_table(Estimate, [_estimate(job, model) for job in jobs for model in job.models])


def protocol_of(model: LanguageModel, protocol: Protocol) -> Protocol:
    """Return by which protocol a model is measured: codecs have their own."""
    return find_protocol("codec") if model.kind == "codec" and protocol.encoding != UTF8 else protocol


def export_texts(workspace: Workspace, snapshot_id: str, folder: Path) -> int:
    """Write the texts of a snapshot, or the items of `reference:NAME`, for `python -m scoring` without the lake."""
    with lake.reading(workspace.home) as connection:
        scored = find_scored_texts(connection, snapshot_id)
        texts = read_texts(connection, scored)
    write_own_protocols(folder, own_protocols(workspace.settings.scoring))
    return write_export(folder, scored.snapshot_id, texts)


def import_scores(workspace: Workspace, path: Path) -> int:
    """Bring in the result file of `python -m scoring`; a model or text this lake does not know is refused."""
    outcome = read_result_file(path)
    run = outcome.scoring_run
    protocol = require_imported(workspace.settings.scoring, path, run.protocol_id)
    with lake.reading(workspace.home) as connection:
        texts = read_texts(connection, find_scored_texts(connection, run.snapshot_id))
        (model,) = models.find_models(connection, [run.model_id])
    _require_known_texts(path, outcome, {(text.document_id, text.text_sha256): len(text.text) for text in texts})
    return store(workspace, protocol, _under_id(outcome, model.model_id))


def _anchors_beside(
    workspace: Workspace, connection: lake.Connection, chosen: Sequence[LanguageModel]
) -> list[LanguageModel]:
    """Return the anchors that are not among the chosen: they measure every snapshot, also when deactivated."""
    anchors = anchor_ids(connection, workspace.settings.analysis.anchors)
    there = {model.model_id for model in chosen}
    missing = [model_id for model_id in anchors if model_id not in there]
    return models.find_models(connection, missing) if missing else []


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


# --- one model --------------------------------------------------------------------------------------------


def _score_unless_scored(job: Job, model: LanguageModel) -> int:
    protocol = protocol_of(model, job.protocol)
    if _is_scored(job, model, protocol):
        say(f"{model.model_id}: scored on {job.scored.snapshot_id} by {protocol.name} already")
        return 0
    estimated = _estimate(job, model)
    say(f"{model.model_id}: {prediction_line(estimated)}")
    with (
        noted(job.workspace, f"score {model.model_id}") as outcome,
        progress(f"score {model.model_id} by {protocol.name}") as bar,
    ):
        done = run_apart(score_model, _task(job, model, protocol), lambda state: _show(bar, state))
        outcome.row_count = done.new_count
    for line in (*done.notes, cost_line(done.run, estimated)):
        say(f"{model.model_id}: {line}")
    return done.new_count


def _audit(job: Job, model: LanguageModel) -> None:
    if job.wanted.audit_count and model.kind != "codec":
        with noted(job.workspace, f"audit {model.model_id}") as outcome:
            outcome.row_count = run_apart(audit_model, _task(job, model, job.protocol), ignore)


def _task(job: Job, model: LanguageModel, protocol: Protocol) -> ModelTask:
    return ModelTask(
        job.workspace,
        job.scored,
        model,
        protocol,
        job.device,
        job.dtype,
        token_bits=job.has_token_bits(model),
        until_se=job.until_se(model),
        rival_ids=tuple(other.model_id for other in job.models if job.wanted.model_names and other != model),
        audit_count=job.wanted.audit_count,
    )


def _is_scored(job: Job, model: LanguageModel, protocol: Protocol) -> bool:
    ids = (model.model_id, protocol.protocol_id)
    with lake.reading(job.workspace.home) as connection:
        if job.scored.reference is not None:
            return references.is_scored(connection, job.scored.reference, *ids)
        return scores.is_scored(
            connection, job.scored.snapshot_id, *ids, until_se=job.until_se(model), token_bits=job.has_token_bits(model)
        )


def _estimate(job: Job, model: LanguageModel) -> Estimate:
    machine = machine_of(model, job.device, job.dtype)
    with lake.reading(job.workspace.home) as connection:
        return estimate(connection, job.scored, model, protocol_of(model, job.protocol), machine)


def _show(bar: Progress, state: ScoringProgress) -> None:
    documents = f"{state.document_count:,} of {state.total_document_count:,} documents"
    thousands = round(state.char_count / 1000), round(state.total_char_count / 1000)
    bar.advance_to(*thousands, f"thousand characters, {documents}, {rate_line(state)}")


def _require_distribution(
    scored: ScoredTexts, protocol: Protocol, wanted: Wanted, chosen: Sequence[LanguageModel]
) -> list[LanguageModel]:
    """Return the models that have token bits; refuse whatever would spoil their distribution over a reference set."""
    if protocol.packing == SOURCE_STREAM:
        raise ScoringError(
            f"{scored.snapshot_id} cannot be scored by {protocol.name}, where an item is read after the one before it; "
            f"add --protocol document."
        )
    if wanted.until_se is not None:
        raise ScoringError(f"{scored.snapshot_id} is scored whole: its items are compared one by one; drop --until-se.")
    if wanted.audit_count:
        raise ScoringError(f"{scored.snapshot_id} is not audited; audit the same models on a snapshot.")
    with_tokens = [model for model in chosen if model.kind != "codec"]
    if not with_tokens:
        raise ScoringError(f"{scored.snapshot_id} is scored for the bits of each token, which codecs do not have.")
    return with_tokens
