"""All scores of one protocol over all snapshots, as arrays: what the questions about time are answered from.

One reading serves them all; two million scores are read in about a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.questions import QUERIES, ask
from storage import rows
from storage.lake import Connection
from storage.records import Snapshot

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

EPOCH_YEAR = 1970
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class TimedModel:
    """A model or codec, and the day it is declared to know texts until (its release where no cutoff is declared)."""

    model_id: str
    family: str
    kind: str
    protocol_id: str
    declared_on: date | None
    rests_on: str | None
    fresh_from_on: date | None


@dataclass(frozen=True, slots=True)
class TimeScores:
    """Texts of snapshots in columns of equal length, and the bits of every model for them (NaN where not scored).

    `snapshot`, `source` and `cluster` are positions; `month` and `day` count from 1970-01-01, -1 where unknown.
    """

    snapshots: tuple[Snapshot, ...]
    models: tuple[TimedModel, ...]
    sources: tuple[str, ...]
    text_key: Keys
    snapshot: Ints
    source: Ints
    cluster: Ints
    month: Ints
    day: Ints
    char_count: Floats
    bits: Floats

    def is_new_to(self, model: TimedModel) -> npt.NDArray[np.bool_]:
        """Say of each text whether the model cannot have seen it; the rule of `fresh_only.sql`."""
        if model.kind == "codec":
            return np.ones(len(self.day), dtype=bool)
        if model.fresh_from_on is None:
            return np.zeros(len(self.day), dtype=bool)
        return self.day > (model.fresh_from_on - date(EPOCH_YEAR, 1, 1)).days


def read_time_scores(connection: Connection, protocol_id: str) -> TimeScores:
    """Read every score of a protocol, and those of codecs beside it; a text without a score by any stays."""
    snapshots = sorted(rows.select(connection, Snapshot), key=lambda s: (s.window_end, s.sealed_at, s.snapshot_id))
    models = [TimedModel(*row) for row in ask(connection, "time_models", {"protocol_id": protocol_id}).rows]
    texts = _columns(connection, "time_texts", {})
    sources = sorted(set(texts["source"].tolist()))
    return TimeScores(
        snapshots=tuple(snapshots),
        models=tuple(models),
        sources=tuple(sources),
        text_key=texts["text_key"],
        snapshot=_positions(texts["snapshot_id"], [snapshot.snapshot_id for snapshot in snapshots]),
        source=_positions(texts["source"], sources),
        cluster=texts["cluster"],
        month=texts["month"],
        day=texts["day"],
        char_count=texts["char_count"],
        bits=_bits(connection, models, texts["member_key"]),
    )


def once_each(scores: TimeScores) -> TimeScores:
    """Count a text that stands in several snapshots once: in the first, with the score of the first that has one."""
    order = np.lexsort((scores.snapshot, scores.text_key))
    keys = scores.text_key[order]
    is_first = np.ones(len(keys), dtype=bool)
    is_first[1:] = keys[1:] != keys[:-1]
    if is_first.all():
        return scores
    bits = scores.bits[:, order]
    # From the last backwards, so that a gap is filled by the nearest later score.
    for at in np.flatnonzero(~is_first)[::-1]:
        bits[:, at - 1] = np.where(np.isnan(bits[:, at - 1]), bits[:, at], bits[:, at - 1])
    kept = order[is_first]
    return replace(_taken(scores, kept), bits=bits[:, is_first])


def month_start(month: int) -> date:
    """Return the first day of a month counted from 1970-01."""
    return date(EPOCH_YEAR + month // 12, month % 12 + 1, 1)


def month_number(day: date) -> int:
    """Return the month of a day, counted from 1970-01."""
    return (day.year - EPOCH_YEAR) * 12 + day.month - 1


def _taken(scores: TimeScores, kept: Ints) -> TimeScores:
    columns = ("text_key", "snapshot", "source", "cluster", "month", "day", "char_count")
    return replace(scores, **{name: getattr(scores, name)[kept] for name in columns})


def _bits(connection: Connection, models: Sequence[TimedModel], member_keys: Keys) -> Floats:
    bits = np.full((len(models), len(member_keys)), np.nan)
    if not models or not len(member_keys):
        return bits
    ids = {"model_ids": [m.model_id for m in models], "protocol_ids": [m.protocol_id for m in models]}
    found = _columns(connection, "time_scores", ids)
    order = np.argsort(member_keys)
    nearest = np.minimum(np.searchsorted(member_keys, found["member_key"], sorter=order), len(order) - 1)
    at = order[nearest]
    # Scores of a text that was forgotten since have no place.
    is_there = member_keys[at] == found["member_key"]
    bits[found["position"][is_there], at[is_there]] = found["total_bits"][is_there]
    return bits


def _columns(connection: Connection, name: str, values: dict[str, list[str]]) -> dict[str, npt.NDArray[Any]]:
    """Answer one question as columns: rows of Python objects would take ten times as long."""
    return connection.execute((QUERIES / f"{name}.sql").read_text(encoding="utf-8"), values).fetchnumpy()


def _positions(names: npt.NDArray[Any], known: Sequence[str]) -> Ints:
    place = {name: at for at, name in enumerate(known)}
    return np.fromiter((place[name] for name in names.tolist()), dtype=np.int64, count=len(names))
