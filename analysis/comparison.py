"""Which models may be compared on one snapshot, on which texts, and who is left out and why.

All models are measured on the same texts: those published after the latest `fresh_from_on` among them. A model that
would leave less than `min_fresh_share` of the characters is left out instead. Codecs stand beside as floor rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from analysis.points import LeftOut
from storage.errors import ComparisonError
from storage.lake import Connection

# A protocol of this packing reads all texts of a source as one stream, of which no part is fresh by itself.
PACKED = "source_stream"
# Runs on other machines may differ in the last digits; audited differences above this are no longer the same measure.
MAX_FLOAT32_DIFFERENCE = 1e-3


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
    """

    snapshot_id: str
    protocol_id: str
    is_fresh_only: bool
    after_on: date | None
    models: tuple[ComparedModel, ...]
    compressions: tuple[Compression, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def note(self) -> str | None:
        """Say why a comparison holds no model, if it holds none."""
        if any(model.kind != "codec" for model in self.models):
            return None
        reasons = sorted({row.reason for row in self.left_out if row.scope == "all"})
        why = f": {'; '.join(reasons)}" if reasons else "; none is scored on it and none is active"
        return f"no model can be compared on {self.snapshot_id}{why}."


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of which database. `is_packed` protocols read all texts of a source as one stream."""

    connection: Connection
    snapshot_id: str
    protocol_id: str
    is_packed: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    model_id: str
    family: str
    kind: str
    fresh_from_on: date | None
    why_never: str | None
    is_scored: bool
    float32_difference: float | None


@dataclass(frozen=True, slots=True)
class _TextCount:
    source: str
    document_count: int
    char_count: int


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
    asked = _Question(connection, snapshot_id, protocol_id, _is_packed(connection, protocol_id))
    texts = _text_counts(asked, None)
    if not texts:
        raise ComparisonError(f"snapshot {snapshot_id!r} holds no text in this lake; `freshpress status` lists them.")
    candidates = _candidates(asked, model_ids)
    scored = {(c.model_id, c.source): c.document_count for c in _sums(asked, candidates, None)}
    shares = _fresh_shares(asked) if fresh_only else {}
    min_share = _setting(connection, "min_fresh_share") if fresh_only else 0.0
    models, left_out = [], []
    for candidate in candidates:
        share = shares.get(candidate.model_id, 1.0)
        reason = outsiders.get(candidate.model_id) or _why_not_scored(candidate, texts, scored)
        if fresh_only and not reason:
            reason = _why_not_fresh(candidate, share, min_share)
        if reason:
            left_out.append(LeftOut(candidate.model_id, "all", reason))
        else:
            models.append(_compared(candidate, share))
    after_on = max((m.fresh_from_on for m in models if m.fresh_from_on), default=None) if fresh_only else None
    lacks = _lacks(asked, models, after_on, texts, scored)
    lacking = {(row.model_id, row.scope) for row in lacks}
    return Comparison(
        snapshot_id=snapshot_id,
        protocol_id=protocol_id,
        is_fresh_only=fresh_only,
        after_on=after_on,
        models=tuple(models),
        compressions=tuple(c for c in _sums(asked, models, after_on) if (c.model_id, c.source) not in lacking),
        left_out=(*left_out, *lacks),
    )


def _why_not_scored(
    candidate: _Candidate, texts: Mapping[str, _TextCount], scored: Mapping[tuple[str, str], int]
) -> str | None:
    if not candidate.is_scored:
        return "not scored on this snapshot by this protocol"
    if (candidate.float32_difference or 0.0) > MAX_FLOAT32_DIFFERENCE:
        return f"differs by {candidate.float32_difference:.2g} from float32, limit {MAX_FLOAT32_DIFFERENCE:g}"
    if all(_why_partial(candidate.model_id, count, scored) for count in texts.values()):
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


def _why_partial(model_id: str, count: _TextCount, scored: Mapping[tuple[str, str], int]) -> str | None:
    """Say that a source is scored in part only: its sums would be those of other texts than the other models'."""
    done = scored.get((model_id, count.source), 0)
    return None if done == count.document_count else f"scored {done} of {count.document_count} texts"


def _lacks(
    asked: _Question,
    models: Sequence[ComparedModel],
    after_on: date | None,
    texts: Mapping[str, _TextCount],
    scored: Mapping[tuple[str, str], int],
) -> list[LeftOut]:
    """Name the sources on which a compared model has no row."""
    fresh = {source: count.document_count for source, count in _text_counts(asked, after_on).items()}
    lacks: list[LeftOut] = []
    for source, count in texts.items():
        no_text = _why_no_text(asked, count, fresh.get(source, 0), after_on)
        reasons = {m.model_id: no_text or _why_partial(m.model_id, count, scored) for m in models}
        lacks += [LeftOut(model_id, source, reason) for model_id, reason in reasons.items() if reason]
    return lacks


def _why_no_text(asked: _Question, count: _TextCount, fresh_count: int, after_on: date | None) -> str | None:
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


def _fresh_shares(asked: _Question) -> dict[str, float]:
    """Return the share of a snapshot's characters that is new to each model; a packed stream counts whole or not."""
    rows = _ask(asked, "fresh_shares", {"snapshot_id": asked.snapshot_id, "is_packed": asked.is_packed})
    return {str(model_id): float(share) for model_id, share in rows}


def _is_packed(connection: Connection, protocol_id: str) -> bool:
    row = connection.execute("SELECT packing FROM protocols WHERE protocol_id = $id", {"id": protocol_id}).fetchone()
    if row is None:
        raise ComparisonError(f"protocol {protocol_id!r} has no score in this lake; `freshpress score` makes some.")
    return bool(row[0] == PACKED)


def _setting(connection: Connection, name: str) -> float:
    row = connection.execute("SELECT value FROM settings WHERE name = $name", {"name": name}).fetchone()
    if row is None:
        raise ComparisonError(
            f"the lake holds no setting {name!r}; any writing command, such as `init`, puts it there."
        )
    return float(row[0])


def _candidates(asked: _Question, model_ids: Sequence[str] | None) -> list[_Candidate]:
    values = {"snapshot_id": asked.snapshot_id, "protocol_id": asked.protocol_id}
    found = [_Candidate(*row) for row in _ask(asked, "candidate_models", values)]
    return [c for c in found if model_ids is None or c.model_id in model_ids or c.kind == "codec"]


def _text_counts(asked: _Question, after_on: date | None) -> dict[str, _TextCount]:
    rows = _ask(asked, "text_counts", {"snapshot_id": asked.snapshot_id, "after_on": after_on})
    return {row[0]: _TextCount(*row) for row in rows}


def _sums(
    asked: _Question, models: Sequence[_Candidate] | Sequence[ComparedModel], after_on: date | None
) -> list[Compression]:
    known = {model.model_id: model for model in models}
    values = {"snapshot_id": asked.snapshot_id, "protocol_id": asked.protocol_id, "after_on": after_on}
    return [
        Compression(model_id, known[model_id].family, known[model_id].kind, *sums)
        for model_id, *sums in _ask(asked, "scored_sums", values)
        if model_id in known
    ]


def _ask(asked: _Question, name: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    query = (Path(__file__).with_name("queries") / f"{name}.sql").read_text(encoding="utf-8")
    return list(asked.connection.execute(query, dict(values)).fetchall())
