"""Which models may be compared on one snapshot, on which texts, and who is left out and why.

All models are measured on the same texts: those published after the latest `fresh_from_on` among them. A model that
would leave less than `min_fresh_share` of the characters is left out instead. Codecs stand beside as floor rows. Where
a stop rule has left a model with a random sample, all are measured on the texts that every one of them has.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from analysis.comparison_question import Question, TextCount, ask, pose, text_counts
from analysis.points import LeftOut
from analysis.precision import why_apart, why_no_measure
from storage.errors import ComparisonError
from storage.lake import Connection


@dataclass(frozen=True, slots=True)
class ComparedModel:
    """One model of a comparison. `float32_difference` is None where no run of it was audited."""

    model_id: str
    family: str
    kind: str
    fresh_from_on: date | None
    fresh_char_share: float
    float32_difference: float | None


@dataclass(frozen=True, slots=True)
class Compression:
    """The sums of one model or codec on the compared texts of one source; ratios follow from them."""

    model_id: str
    family: str
    kind: str
    source: str
    document_count: int
    total_bits: float
    char_count: int
    byte_count: int

    @property
    def bits_per_character(self) -> float:
        """Return Σ bits / Σ characters."""
        return self.total_bits / self.char_count

    @property
    def bits_per_byte(self) -> float:
        """Return Σ bits / Σ bytes in UTF-8."""
        return self.total_bits / self.byte_count

    @property
    def rate_percent(self) -> float:
        """Return compressed size over original size, in percent."""
        return 100 * self.total_bits / (8 * self.byte_count)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Models and codecs on the same texts of one snapshot by one protocol.

    `after_on` is the day after which every compared text was published; None where nothing had to be left away.
    `sampled` are the models that a stop rule left with a sample, which all others are then held to.
    """

    snapshot_id: str
    protocol_id: str
    is_fresh_only: bool
    after_on: date | None
    models: tuple[ComparedModel, ...]
    compressions: tuple[Compression, ...]
    left_out: tuple[LeftOut, ...]
    sampled: tuple[str, ...] = ()

    @property
    def note(self) -> str | None:
        """Say why a comparison holds no model, if it holds none."""
        if any(model.kind != "codec" for model in self.models):
            return None
        reasons = sorted({row.reason for row in self.left_out if row.scope == "all"})
        why = f": {'; '.join(reasons)}" if reasons else "; none is scored on it and none is active"
        return f"no model can be compared on {self.snapshot_id}{why}."


@dataclass(frozen=True, slots=True)
class _Candidate:
    model_id: str
    family: str
    kind: str
    fresh_from_on: date | None
    why_never: str | None
    is_scored: bool
    float32_difference: float | None
    precision: str | None
    is_one_precision: bool | None


def compare_models(
    connection: Connection,
    snapshot_id: str,
    protocol_id: str,
    *,
    fresh_only: bool = True,
    model_ids: Sequence[str] | None = None,
    outsiders: Mapping[str, str] = MappingProxyType({}),
) -> Comparison:
    """Compare the models scored on a snapshot by a protocol (or only these of them) on the same texts.

    `outsiders` are models that the caller leaves out, each with the reason; they have no say in which texts those are.
    """
    asked = pose(connection, snapshot_id, protocol_id)
    texts = text_counts(asked, None)
    if not texts:
        raise ComparisonError(f"snapshot {snapshot_id!r} holds no text in this lake; `freshpress status` lists them.")
    candidates = _candidates(asked, model_ids)
    scored = {(c.model_id, c.source): c.document_count for c in _sums(asked, candidates, None)}
    shares = _fresh_shares(asked) if fresh_only else {}
    min_share = _setting(connection, "min_fresh_share") if fresh_only else 0.0
    entering, left_out = [], []
    for candidate in candidates:
        share = shares.get(candidate.model_id, 1.0)
        reason = outsiders.get(candidate.model_id) or _why_not_scored(asked, candidate, texts, scored)
        if fresh_only and not reason:
            reason = _why_not_fresh(candidate, share, min_share)
        if reason:
            left_out.append(LeftOut(candidate.model_id, "all", reason))
        else:
            entering.append(candidate)
    apart = why_apart({candidate.model_id: candidate.precision for candidate in entering})
    left_out += [LeftOut(model_id, "all", reason) for model_id, reason in apart.items()]
    models = [_compared(c, shares.get(c.model_id, 1.0)) for c in entering if c.model_id not in apart]
    after_on = max((m.fresh_from_on for m in models if m.fresh_from_on), default=None) if fresh_only else None
    sampled = tuple(m.model_id for m in models if m.model_id in asked.sampled)
    sums = _common_sums(asked, models, after_on) if sampled else _sums(asked, models, after_on)
    lacks = _lacks(asked, models, after_on, texts, scored)
    lacks += _lost(asked, models, after_on, sums, {(row.model_id, row.scope) for row in lacks}) if sampled else []
    lacking = {(row.model_id, row.scope) for row in lacks}
    return Comparison(
        snapshot_id=snapshot_id,
        protocol_id=protocol_id,
        is_fresh_only=fresh_only,
        after_on=after_on,
        models=tuple(models),
        compressions=tuple(c for c in sums if (c.model_id, c.source) not in lacking),
        left_out=(*left_out, *lacks),
        sampled=sampled,
    )


def _why_not_scored(
    asked: Question, candidate: _Candidate, texts: Mapping[str, TextCount], scored: Mapping[tuple[str, str], int]
) -> str | None:
    if not candidate.is_scored:
        return "not scored on this snapshot by this protocol"
    if reason := why_no_measure(candidate.precision, candidate.is_one_precision, candidate.float32_difference):
        return reason
    if all(_why_partial(asked, candidate.model_id, count, scored) for count in texts.values()):
        done = sum(scored.get((candidate.model_id, source), 0) for source in texts)
        return f"scored {done} of {sum(count.document_count for count in texts.values())} texts"
    return None


def _why_not_fresh(candidate: _Candidate, share: float, min_share: float) -> str | None:
    if candidate.why_never:
        return f"never fresh: {candidate.why_never}"
    if candidate.fresh_from_on and share < min_share:
        return (
            f"fresh after {candidate.fresh_from_on}, which leaves {share:.1%} of the characters, limit {min_share:.0%}"
        )
    return None


def _why_partial(asked: Question, model_id: str, count: TextCount, scored: Mapping[tuple[str, str], int]) -> str | None:
    """Say that a source is scored in part only: its sums would be those of other texts than the other models'."""
    done = scored.get((model_id, count.source), 0)
    if done and model_id in asked.sampled:
        return None
    return None if done == count.document_count else f"scored {done} of {count.document_count} texts"


def _lacks(
    asked: Question,
    models: Sequence[ComparedModel],
    after_on: date | None,
    texts: Mapping[str, TextCount],
    scored: Mapping[tuple[str, str], int],
) -> list[LeftOut]:
    """Name the sources on which a compared model has no row."""
    fresh = {source: count.document_count for source, count in text_counts(asked, after_on).items()}
    lacks: list[LeftOut] = []
    for source, count in texts.items():
        no_text = _why_no_text(asked, count, fresh.get(source, 0), after_on)
        reasons = {m.model_id: no_text or _why_partial(asked, m.model_id, count, scored) for m in models}
        lacks += [LeftOut(model_id, source, reason) for model_id, reason in reasons.items() if reason]
    return lacks


def _lost(
    asked: Question,
    models: Sequence[ComparedModel],
    after_on: date | None,
    sums: Sequence[Compression],
    told: Collection[tuple[str, str]],
) -> list[LeftOut]:
    """Name the sources of which samples have no text in common, but for what is told of already."""
    there = {compression.source for compression in sums}
    lost = [(m.model_id, source) for source in text_counts(asked, after_on) if source not in there for m in models]
    reason = "no text that all compared models are scored on, since a stop rule ended some"
    return [LeftOut(*pair, reason) for pair in lost if pair not in told]


def _why_no_text(asked: Question, count: TextCount, fresh_count: int, after_on: date | None) -> str | None:
    if fresh_count == 0:
        return f"no text after {after_on}"
    if asked.is_packed and fresh_count < count.document_count:
        return f"only {fresh_count} of {count.document_count} texts of the packed stream are after {after_on}"
    return None


def _compared(candidate: _Candidate, share: float) -> ComparedModel:
    return ComparedModel(
        model_id=candidate.model_id,
        family=candidate.family,
        kind=candidate.kind,
        fresh_from_on=candidate.fresh_from_on,
        fresh_char_share=share,
        float32_difference=candidate.float32_difference,
    )


def _fresh_shares(asked: Question) -> dict[str, float]:
    """Return the share of a snapshot's characters that is new to each model; a packed stream counts whole or not."""
    rows = ask(asked, "fresh_shares", {"snapshot_id": asked.snapshot_id, "is_packed": asked.is_packed})
    return {str(model_id): float(share) for model_id, share in rows}


def _setting(connection: Connection, name: str) -> float:
    row = connection.execute("SELECT value FROM settings WHERE name = $name", {"name": name}).fetchone()
    if row is None:
        raise ComparisonError(
            f"the lake holds no setting {name!r}; any writing command, such as `init`, puts it there."
        )
    return float(row[0])


def _candidates(asked: Question, model_ids: Sequence[str] | None) -> list[_Candidate]:
    values = {"snapshot_id": asked.snapshot_id, "protocol_id": asked.protocol_id}
    found = [_Candidate(*row) for row in ask(asked, "candidate_models", values)]
    return [c for c in found if model_ids is None or c.model_id in model_ids or c.kind == "codec"]


def _sums(
    asked: Question, models: Sequence[_Candidate] | Sequence[ComparedModel], after_on: date | None
) -> list[Compression]:
    values = {"snapshot_id": asked.snapshot_id, "protocol_id": asked.protocol_id, "after_on": after_on}
    return _compressions(models, ask(asked, "scored_sums", values))


def _common_sums(asked: Question, models: Sequence[ComparedModel], after_on: date | None) -> list[Compression]:
    """Return the sums on those texts that every one of the models is scored on."""
    values = {"snapshot_id": asked.snapshot_id, "protocol_id": asked.protocol_id, "after_on": after_on}
    model_ids = [model.model_id for model in models]
    return _compressions(models, ask(asked, "common_sums", values | {"model_ids": model_ids}))


def _compressions(
    models: Sequence[_Candidate] | Sequence[ComparedModel], rows: Sequence[tuple[Any, ...]]
) -> list[Compression]:
    known = {model.model_id: model for model in models}
    return [
        Compression(model_id, known[model_id].family, known[model_id].kind, *sums)
        for model_id, *sums in rows
        if model_id in known
    ]
