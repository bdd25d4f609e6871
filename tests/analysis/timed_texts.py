"""Texts of known difficulty over many months, as arrays: what is to be found about time is put in."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from analysis.time_scores import TimedModel, TimeScores, month_number, month_start
from storage.records import Snapshot

FIRST = date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class Origin:
    """So many texts of so many clusters a month and source, and how much they differ in difficulty."""

    month_count: int = 24
    text_count: int = 40
    cluster_count: int = 15
    sources: tuple[str, ...] = ("github",)
    cluster_spread: float = 0.15
    # What a model finds harder than another, per text and per cluster: the noise that does not cancel.
    text_noise: float = 0.05
    cluster_noise: float = 0.03
    # A month of its own makes a difference too, beyond that of its texts.
    month_noise: float = 0.0
    difficulty: dict[int, float] = field(default_factory=dict)


def snapshot_of(month: int) -> Snapshot:
    """Return the snapshot of one month."""
    start, end = month_start(month), month_start(month + 1)
    sealed_at = datetime(end.year, end.month, 6)
    return Snapshot(f"{start:%Y-%m}", start, end, ("github",), 1, "c", "f", 0, 0, sealed_at, True)


def model(model_id: str, declared: str | None = None, kind: str = "base") -> TimedModel:
    """Return a model with a declared cutoff, fresh thirty days after it."""
    declared_on = date.fromisoformat(declared) if declared else None
    fresh_from_on = declared_on + timedelta(days=30) if declared_on else None
    rests_on = "knowledge_cutoff_on" if declared else None
    return TimedModel(model_id, model_id, kind, "document@1", declared_on, rests_on, fresh_from_on)


CODECS = (model("xz@9e", kind="codec"), model("zstd@19", kind="codec"))


def timed_texts(rng: np.random.Generator, models: dict[TimedModel, dict[int, float]], origin: Origin) -> TimeScores:
    """Draw texts and the bits of each model for them; `models` names what a model needs more in a month, as logarithm.

    Months are counted from the first; each is a snapshot of its own.
    """
    first = month_number(FIRST)
    per_month = origin.text_count * len(origin.sources)
    count = origin.month_count * per_month
    snapshot = np.repeat(np.arange(origin.month_count), per_month)
    source = np.tile(np.repeat(np.arange(len(origin.sources)), origin.text_count), origin.month_count)
    cluster = source * origin.cluster_count + rng.integers(0, origin.cluster_count, count)
    cluster_total = origin.cluster_count * len(origin.sources)
    hard = rng.normal(0, origin.cluster_spread, cluster_total)[cluster] + rng.normal(0, 0.2, count)
    hard += np.array([origin.difficulty.get(month, 0.0) for month in range(origin.month_count)])[snapshot]
    chars = rng.integers(500, 8000, count).astype(float)
    bits = []
    for effects in models.values():
        own = rng.normal(0, origin.text_noise, count) + rng.normal(0, origin.cluster_noise, cluster_total)[cluster]
        own += rng.normal(0, origin.month_noise, origin.month_count)[snapshot]
        own += np.array([effects.get(month, 0.0) for month in range(origin.month_count)])[snapshot]
        bits.append(chars * np.exp(hard + own))
    return TimeScores(
        snapshots=tuple(snapshot_of(first + month) for month in range(origin.month_count)),
        models=tuple(models),
        sources=origin.sources,
        text_key=np.arange(count, dtype=np.uint64),
        snapshot=snapshot,
        source=source,
        cluster=cluster,
        month=first + snapshot,
        day=np.array([(month_start(first + m) - date(1970, 1, 1)).days + 14 for m in range(origin.month_count)])[
            snapshot
        ],
        char_count=chars,
        bits=np.array(bits),
    )
