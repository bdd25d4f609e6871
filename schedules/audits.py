"""The audit job: random scored texts are coded by their model's own probabilities and decoded again."""

from collections.abc import Sequence

from schedules.progress import progress, say
from schedules.workspace import Workspace
from scoring.audit import AuditOutcome, ScoredText, audit_texts, complaint, is_sound, require_auditable
from scoring.measurers import CODEC_KIND
from scoring.models import ModelSource
from scoring.texts import Text
from storage import lake
from storage.audits import DrawnText, draw_texts, store_audits
from storage.errors import FreshpressError, ScoringError
from storage.records import Audit, Protocol
from storage.references import PREFIX

# Texts drawn for each that is asked for, since a tokenizer that alters a text rules it out.
SPARE = 4


def audit_models(
    workspace: Workspace,
    snapshot_id: str,
    sources: Sequence[ModelSource],
    protocol: Protocol,
    count: int,
    *,
    device: str | None = None,
) -> list[Audit]:
    """Audit `count` texts per model among those that are scored, and store what came out, whatever it is.

    A text that does not come back, or whose code is longer or shorter than its score, is an error that names it. A
    model that fails does not stop the others. Codecs are passed over: their bits are the length of a code already.
    """
    require_auditable(protocol)
    if snapshot_id.startswith(PREFIX):
        raise ScoringError(f"{snapshot_id} is a reference set, whose texts are not audited; audit a snapshot")
    audits: list[Audit] = []
    failures: list[str] = []
    for source in sources:
        if source.kind == CODEC_KIND:
            continue
        try:
            made = _audit_model(workspace, snapshot_id, source, protocol, count, device)
        except FreshpressError as error:
            failures.append(f"{source.model_id}: {error}")
            continue
        audits += made
        failures += [f"{source.model_id}: {complaint(audit)}" for audit in made if not is_sound(audit)]
    if failures:
        raise ScoringError(f"{len(failures)} audits failed: {' · '.join(failures)}; do not use these scores.")
    return audits


def _audit_model(
    workspace: Workspace, snapshot_id: str, source: ModelSource, protocol: Protocol, count: int, device: str | None
) -> list[Audit]:
    settings = workspace.settings.scoring
    with lake.reading(workspace.home) as connection:
        drawn = draw_texts(
            connection,
            snapshot_id,
            source.model_id,
            protocol.protocol_id,
            seed=settings.seed,
            count=SPARE * count,
        )
    if not drawn:
        raise ScoringError(f"it has no scores on {snapshot_id} by {protocol.name}; score it first")
    # A model is loaded in the format of the run that is audited.
    dtype = drawn[0].dtype
    with progress(f"audit {source.model_id} by {protocol.name}") as bar:
        outcome = audit_texts(
            [_scored(text) for text in drawn if text.dtype == dtype],
            source,
            protocol,
            count=count,
            audit_tokens=settings.audit_tokens,
            device=device or settings.device,
            dtype=dtype,
            batch_tokens=settings.batch_tokens,
            on_text=lambda done: bar.advance_to(done, min(count, len(drawn))),
        )
    _tell(source, outcome, count)
    lake.write(
        workspace.home,
        f"audit {source.model_id} on {snapshot_id} by {protocol.name}",
        lambda connection: store_audits(connection, outcome.audits),
        workspace.settings.storage.busy_wait_seconds,
    )
    return outcome.audits


def _scored(drawn: DrawnText) -> ScoredText:
    text = Text(drawn.document_id, drawn.text_sha256, drawn.source, drawn.text)
    return ScoredText(text, drawn.total_bits, drawn.scoring_run_id)


def _tell(source: ModelSource, outcome: AuditOutcome, count: int) -> None:
    for note in outcome.notes:
        say(note)
    coded, scored = (sum(getattr(audit, name) for audit in outcome.audits) for name in ("coded_bits", "scored_bits"))
    said = f"{len(outcome.audits)} of {count} texts coded and decoded, {coded} bits for {scored:.1f} scored"
    say(f"audit {source.model_id}: {said}")
