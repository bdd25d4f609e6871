"""How far the protocol alone moves a model's number: a few drawn texts scored in every way, and nothing stored."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.tables import Table
from config import ScoringSettings
from schedules.model_scoring import model_source
from schedules.progress import progress, say
from schedules.protocols import own_protocols
from schedules.scored_texts import find_scored_texts, read_texts
from schedules.workspace import Workspace
from scoring.devices import dtype_name, pick_device, pick_dtype
from scoring.protocols import PROTOCOLS, UTF8
from scoring.score import score_texts
from scoring.texts import Text
from storage import lake, models
from storage.errors import InputError, ScoringError
from storage.records import LanguageModel, Protocol, Score, content_id

# The other format that a variant is computed in, and by how much smaller its batches are.
OTHER_DTYPE = {"float32": "bfloat16", "bfloat16": "float32", "float16": "float32"}
SMALLER_BATCH = 8
COLUMNS = (
    "model_id", "variant", "dtype", "text_count", "charged_share", "bits_per_character", "bits_per_byte", "beside",
    "difference_percent", "rank", "rank_change", "remark", "protocol_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SensitivityQuestion:
    """Which texts and models are asked about. No model names: every active one that is no codec."""

    snapshot_id: str | None = None
    model_names: tuple[str, ...] = ()
    text_count: int = 20
    device: str | None = None
    dtype: str | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to score the texts. Those of `is_same_protocol` differ in what must not matter: format and batch size."""

    name: str
    protocol: Protocol
    dtype: str
    batch_tokens: int
    is_same_protocol: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """One model in one variant: its scores by text, or the remark why there are none."""

    model_id: str
    variant: Variant
    scores: dict[str, Score]
    remark: str | None

    @property
    def bits_per_character(self) -> float | None:
        """Return Σ bits / Σ characters; None where nothing was scored."""
        return _ratio(self.scores.values())


def sensitivity(workspace: Workspace, question: SensitivityQuestion) -> Table:
    """Score drawn texts by every protocol, and in another format and batch size; tell how far the results spread."""
    settings = workspace.settings.scoring
    with lake.reading(workspace.home) as connection:
        scored = find_scored_texts(connection, question.snapshot_id)
        chosen = [m for m in models.find_models(connection, question.model_names) if m.kind != "codec"]
        texts = draw_texts(read_texts(connection, scored), question.text_count, settings.seed)
    if not chosen:
        raise ScoringError("no model but codecs was asked for, and a codec has one protocol; name one with --model.")
    if not texts:
        raise InputError(f"{scored.snapshot_id} holds no text to score; name another snapshot with --snapshot.")
    variants = list_variants(settings, question, chosen)
    trials: list[Trial] = []
    with progress(f"score {len(texts)} texts of {scored.snapshot_id}") as bar:
        for model in chosen:
            for variant in variants:
                trials.append(_try(settings, question, model, variant, texts))
                bar.advance_to(len(trials), len(chosen) * len(variants), f"{model.model_id} by {variant.name}")
    rows, notes = compare_trials(trials)
    for note in notes:
        say(note)
    return Table(COLUMNS, tuple(rows))


def draw_texts(texts: Iterable[Text], count: int, seed: int) -> list[Text]:
    """Draw texts by a seed, the sources in turn, so that each gives as many as it can."""
    by_source: dict[str, list[Text]] = defaultdict(list)
    for text in sorted(texts, key=lambda text: content_id(str(seed), text.document_id)):
        by_source[text.source].append(text)
    turns = chain.from_iterable(zip_longest(*(by_source[source] for source in sorted(by_source))))
    return list(islice((text for text in turns if text), count))


def list_variants(
    settings: ScoringSettings, question: SensitivityQuestion, chosen: Sequence[LanguageModel]
) -> list[Variant]:
    """Return every protocol but those of codecs, then one again that all models can have: other format, other batch."""
    dtype = dtype_name(pick_dtype(question.dtype or settings.dtype, pick_device(question.device or settings.device)))
    followed = [protocol for protocol in (*PROTOCOLS, *own_protocols(settings)) if protocol.encoding != UTF8]
    first = next((p for p in followed if not any(_why_too_long(model, p) for model in chosen)), followed[0])
    batch, smaller, other = settings.batch_tokens, max(1, settings.batch_tokens // SMALLER_BATCH), OTHER_DTYPE[dtype]
    return [
        *(Variant(protocol.name, protocol, dtype, batch) for protocol in followed),
        Variant(f"{first.name} in {other}", first, other, batch, is_same_protocol=True),
        Variant(f"{first.name}, batches of {smaller}", first, dtype, smaller, is_same_protocol=True),
    ]


def compare_trials(trials: Sequence[Trial]) -> tuple[list[tuple[object, ...]], list[str]]:
    """Return a row per trial, and a sentence per model about how far its protocols lie apart."""
    rows = []
    for trial in trials:
        beside = _beside(trial, trials)
        rows.append(_row(trial, beside, trials))
    notes = [_note(model_id, trials) for model_id in dict.fromkeys(trial.model_id for trial in trials if trial.scores)]
    return rows, notes


def difference_percent(trial: Trial, beside: Trial) -> float | None:
    """Return by how much a trial's bits per character differ from another's, on the texts both have."""
    shared = trial.scores.keys() & beside.scores.keys()
    mine = _ratio(trial.scores[document] for document in shared)
    other = _ratio(beside.scores[document] for document in shared)
    return None if mine is None or not other else 100 * (mine / other - 1)


def _try(
    settings: ScoringSettings,
    question: SensitivityQuestion,
    model: LanguageModel,
    variant: Variant,
    texts: Sequence[Text],
) -> Trial:
    if remark := _why_too_long(model, variant.protocol):
        return Trial(model.model_id, variant, {}, remark)
    with TemporaryDirectory(prefix="freshpress-") as folder:
        outcome = score_texts(
            texts,
            model_source(model, settings),
            variant.protocol,
            "sensitivity",
            Path(folder),
            device=question.device or settings.device,
            dtype=variant.dtype,
            batch_tokens=variant.batch_tokens,
            shard_documents=len(texts),
            recheck_share=0.0,
        )
    scores = {score.document_id: score for score in outcome.scores}
    return Trial(model.model_id, variant, scores, "; ".join(outcome.notes) or None)


def _why_too_long(model: LanguageModel, protocol: Protocol) -> str | None:
    window, context = protocol.window_tokens, model.context_tokens
    if context is None or window is None or context >= window:
        return None
    return f"its context of {context} tokens is below the window of {window}"


def _beside(trial: Trial, trials: Sequence[Trial]) -> Trial | None:
    """Return what a trial is set beside: its model's first one; for another format or batch that of its protocol."""
    for other in trials:
        is_same = other.variant.protocol == trial.variant.protocol or not trial.variant.is_same_protocol
        if other.model_id == trial.model_id and other.scores and is_same:
            return other
    return None


def _rank(trial: Trial, variant: Variant, trials: Sequence[Trial]) -> int | None:
    """Rank a model by its trial, the best compressor first, among the models that this variant scored too.

    There is no rank where models were scored on different texts.
    """
    both = _scored(variant, trials).keys()
    peers = [one for model_id, one in _scored(trial.variant, trials).items() if model_id in both]
    if trial not in peers or len(peers) < 2 or len({frozenset(one.scores) for one in peers}) > 1:
        return None
    return 1 + sorted(peers, key=lambda one: (one.bits_per_character or 0.0, one.model_id)).index(trial)


def _rank_change(trial: Trial, beside: Trial, trials: Sequence[Trial]) -> int | None:
    now, before = _rank(trial, beside.variant, trials), _rank(beside, trial.variant, trials)
    return None if now is None or before is None else now - before


def _scored(variant: Variant, trials: Sequence[Trial]) -> dict[str, Trial]:
    return {trial.model_id: trial for trial in trials if trial.variant == variant and trial.scores}


def _row(trial: Trial, beside: Trial | None, trials: Sequence[Trial]) -> tuple[object, ...]:
    scores = trial.scores.values()
    token_count = sum(score.token_count for score in scores)
    return (
        trial.model_id,
        trial.variant.name,
        trial.variant.dtype,
        len(scores),
        sum(score.scored_token_count for score in scores) / token_count if token_count else None,
        trial.bits_per_character,
        sum(score.total_bits for score in scores) / sum(score.byte_count for score in scores) if scores else None,
        beside.variant.name if beside else None,
        difference_percent(trial, beside) if beside else None,
        _rank(trial, trial.variant, trials),
        _rank_change(trial, beside, trials) if beside else None,
        trial.remark,
        trial.variant.protocol.protocol_id,
    )


def _note(model_id: str, trials: Sequence[Trial]) -> str:
    """Say how far apart the protocols put a model, and how far format and batch size do."""
    own = [trial for trial in trials if trial.model_id == model_id and trial.scores]
    moved = [(difference_percent(trial, _beside(trial, own) or trial), trial) for trial in own]
    known = [(difference, trial) for difference, trial in moved if difference is not None]
    protocols = [(difference, trial.variant.name) for difference, trial in known if not trial.variant.is_same_protocol]
    others = [abs(difference) for difference, trial in known if trial.variant.is_same_protocol]
    still = f"; format and batch size move it by {max(others):.2g} %" if others else ""
    if len(protocols) == 1:
        return f"{model_id}: {protocols[0][1]} alone gives a score{still}"
    (low, lowest), (high, highest) = min(protocols), max(protocols)
    ends = f"{lowest} {low:+.2f} %, {highest} {high:+.2f} % beside {own[0].variant.name}"
    return f"{model_id}: {len(protocols)} protocols on the same texts spread over {high - low:.2f} % ({ends}){still}"


def _ratio(scores: Iterable[Score]) -> float | None:
    some = list(scores)
    chars = sum(score.char_count for score in some)
    return sum(score.total_bits for score in some) / chars if chars else None
