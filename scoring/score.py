"""One model on one snapshot by one protocol: shard after shard to disk, resumable, and read back as Score rows.

A shard's file bears its name only when it is whole, and what is there is not scored again. Texts are taken in
ascending document_id, so the same texts make the same shards however often a run is resumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from scoring.measured import score_of
from scoring.measurers import Measurer, NetworkMeasurer, find_measurer
from scoring.models import ModelSource
from scoring.paper import Share, Stream, measure_windows, measured_texts, pack_stream, shortfall
from scoring.progress import OnProgress, Stopwatch, ignore
from scoring.protocols import SOURCE_STREAM
from scoring.runs import open_run
from scoring.shards import (
    Cost,
    ScoreOutcome,
    ShardPlan,
    read_results,
    shard_name,
    stream_name,
    sum_costs,
    take_up_shard,
    windows_name,
    write_shard,
)
from scoring.texts import Text, fingerprint
from scoring.windows import Window
from storage.records import Protocol, Score, ScoringRun


@dataclass(frozen=True, slots=True)
class Session:
    """One sitting of a run: what is measured, by what, and where it goes."""

    run: ScoringRun
    measurer: Measurer
    stopwatch: Stopwatch
    folder: Path
    shard_documents: int


def score_texts(
    texts: Sequence[Text],
    source: ModelSource,
    protocol: Protocol,
    snapshot_id: str,
    out_dir: Path,
    *,
    device: str = "auto",
    dtype: str = "auto",
    batch_tokens: int = 16_384,
    shard_documents: int = 64,
    on_progress: OnProgress = ignore,
) -> ScoreOutcome:
    """Score the texts into `out_dir`, going on where an earlier session stopped, and return the whole run.

    The model is loaded only if some shard is left to score.
    """
    ordered = sorted(texts, key=lambda text: text.document_id)
    measurer = find_measurer(source, protocol, device=device, dtype=dtype, batch_tokens=batch_tokens)
    wanted = _plan(ordered, protocol, shard_documents)
    run, plan = open_run(
        out_dir, wanted, snapshot_id=snapshot_id, model_id=source.model_id, protocol=protocol, measurer=measurer
    )
    stopwatch = Stopwatch(source.model_id, protocol.name, len(ordered), on_progress)
    session = Session(run, measurer, stopwatch, out_dir, plan.shard_documents)
    if protocol.packing == SOURCE_STREAM:
        _score_streams(session, protocol, ordered)
    else:
        _score_each(session, ordered)
    return read_results(out_dir)


def _score_each(session: Session, texts: Sequence[Text]) -> None:
    for ordinal, start in enumerate(range(0, len(texts), session.shard_documents)):
        some = texts[start : start + session.shard_documents]
        path = session.folder / shard_name(ordinal)
        taken_up = _take_up(session, path, some)
        session.stopwatch.settle(taken_up[0] if taken_up else _score_shard(session, path, some), len(some))


def _score_shard(session: Session, path: Path, texts: Sequence[Text]) -> Cost:
    session.stopwatch.restart()
    measured = session.measurer.measure(texts, session.stopwatch.add_tokens)
    cost = session.stopwatch.stop(session.measurer.peak_memory_bytes())
    rows = [score_of(text, some, session.run) for text, some in zip(texts, measured, strict=True)]
    write_shard(path, cost, rows)
    return cost


def _score_streams(session: Session, protocol: Protocol, texts: Sequence[Text]) -> None:
    by_source = sorted(texts, key=lambda text: text.source)
    for source, group in groupby(by_source, key=lambda text: text.source):
        some = list(group)
        path = session.folder / stream_name(source)
        if taken_up := _take_up(session, path, some):
            session.stopwatch.settle(taken_up[0], len(some))
        else:
            _score_stream(session, protocol, source, some)


def _score_stream(session: Session, protocol: Protocol, source: str, texts: Sequence[Text]) -> None:
    """Score one stream by ranges of windows; its texts' rows are written once every range is there."""
    assert isinstance(session.measurer, NetworkMeasurer)
    session.stopwatch.restart()
    stream = pack_stream(session.measurer.meter.model.tokenizer, protocol, texts)
    costs, shares, settled = [], [], 0
    for ordinal, start in enumerate(range(0, len(stream.windows), session.shard_documents)):
        windows = stream.windows[start : start + session.shard_documents]
        path = session.folder / windows_name(source, ordinal)
        taken_up = _take_up_windows(session, path, windows)
        cost, some = taken_up or _score_windows(session, path, stream, windows)
        passed = int(np.searchsorted(stream.ends, windows[-1].score_to, side="right"))
        session.stopwatch.settle(cost, passed - settled)
        settled = passed
        costs.append(cost)
        shares.extend(some)
    rows = [score_of(t, m, session.run) for t, m in zip(stream.texts, measured_texts(stream, shares), strict=True)]
    note = shortfall(stream, protocol, source)
    write_shard(session.folder / stream_name(source), sum_costs(costs, note), [] if note else rows)
    session.stopwatch.settle(Cost(0.0, 0, 0), len(texts) - settled)


def _score_windows(session: Session, path: Path, stream: Stream, windows: Sequence[Window]) -> tuple[Cost, list[Share]]:
    assert isinstance(session.measurer, NetworkMeasurer)
    meter = session.measurer.meter
    meter.on_tokens = session.stopwatch.add_tokens
    shares = measure_windows(meter, stream, windows)
    cost = session.stopwatch.stop(session.measurer.peak_memory_bytes())
    write_shard(path, cost, shares)
    session.stopwatch.restart()
    return cost, shares


def _take_up(session: Session, path: Path, texts: Sequence[Text]) -> tuple[Cost, list[Score]] | None:
    def is_whole(cost: Cost, scores: list[Score]) -> bool:
        # A stream too short to be scored has a note in the place of rows.
        return len(scores) == (0 if cost.note else len(texts))

    return take_up_shard(path, Score, session.run.scoring_run_id, is_whole)


def _take_up_windows(session: Session, path: Path, windows: Sequence[Window]) -> tuple[Cost, list[Share]] | None:
    def is_whole(_cost: Cost, shares: list[Share]) -> bool:
        return sum(share.scored_token_count for share in shares) == windows[-1].score_to - windows[0].score_from

    return take_up_shard(path, Share, session.run.scoring_run_id, is_whole)


def _plan(texts: Sequence[Text], protocol: Protocol, shard_documents: int) -> ShardPlan:
    if protocol.packing == SOURCE_STREAM:
        shard_count = len({text.source for text in texts})
    else:
        shard_count = -(-len(texts) // shard_documents)
    return ShardPlan(fingerprint(texts), shard_documents, shard_count)
