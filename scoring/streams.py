"""A run of a packed protocol: stream after stream, range of windows after range of windows, to disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scoring.json_lines import plain_row, read_lines, record_of, write_lines
from scoring.log_probabilities import Passage
from scoring.measured import score_of
from scoring.measurers import CodecMeasurer
from scoring.paper import (
    Share,
    Stream,
    charge_windows,
    charged_slices,
    measured_texts,
    pack_stream,
    shares_of,
    shortfall,
)
from scoring.recheck import DrawnWindow
from scoring.sessions import Session, has_drawn
from scoring.shards import Cost, stream_name, sum_costs, take_up_shard, tokens_path, windows_name, write_shard
from scoring.texts import Text
from scoring.token_bits import token_bits_of
from scoring.windows import Window
from storage.errors import InputError
from storage.records import Protocol, Score


@dataclass(frozen=True, slots=True)
class WindowsBits:
    """The bits of all ids that a range of windows charges, in order."""

    bits: tuple[float, ...]


def score_streams(session: Session, protocol: Protocol, texts: Sequence[Text], windows_per_shard: int) -> None:
    """Score the stream of each source, and then a draw of the windows again."""
    by_source = sorted(texts, key=lambda text: text.source)
    streams = {source: list(group) for source, group in groupby(by_source, key=lambda text: text.source)}
    for source, some in streams.items():
        path = session.folder / stream_name(source)
        if taken_up := _take_up(session, path, some):
            session.stopwatch.settle(taken_up[0], some)
        elif isinstance(session.measurer, CodecMeasurer):
            session.stopwatch.settle(_compress_stream(session, path, some), some)
        else:
            _score_stream(session, protocol, source, some, windows_per_shard)
    shards = sorted(session.folder.glob("windows-*.jsonl"))
    session.recheck(shards, lambda drawn: _find_passages(session, protocol, streams, drawn))


def _compress_stream(session: Session, path: Path, texts: Sequence[Text]) -> Cost:
    """Compress one stream at once: a codec cannot go on where it stopped."""
    session.stopwatch.restart()
    ordered = sorted(texts, key=lambda text: text.document_id)
    measured = session.measurer.measure(ordered, session.stopwatch.add_tokens)
    cost = session.stopwatch.stop(session.measurer.peak_memory_bytes())
    write_shard(path, cost, [score_of(text, some, session.run) for text, some in zip(ordered, measured, strict=True)])
    return cost


def _score_stream(
    session: Session, protocol: Protocol, source: str, texts: Sequence[Text], windows_per_shard: int
) -> None:
    """Score one stream by ranges of windows; its texts' rows are written once every range is there."""
    session.stopwatch.restart()
    stream = _pack(session, protocol, texts)
    costs, shares, paths, settled = [], [], [], 0
    for ordinal, start in enumerate(range(0, len(stream.windows), windows_per_shard)):
        windows = stream.windows[start : start + windows_per_shard]
        path = session.folder / windows_name(source, ordinal)
        taken_up = _take_up_windows(session, path, windows)
        cost, some = taken_up or _score_windows(session, path, stream, windows, first=start)
        passed = int(np.searchsorted(stream.ends, windows[-1].score_to, side="right"))
        session.stopwatch.settle(cost, stream.texts[settled:passed])
        settled = passed
        costs.append(cost)
        shares.extend(some)
        paths.append(path)
    path, note = session.folder / stream_name(source), shortfall(stream, protocol, source)
    if session.keeps_token_bits:
        _write_token_bits(session, path, stream if not note else None, paths)
    rows = [score_of(t, m, session.run) for t, m in zip(stream.texts, measured_texts(stream, shares), strict=True)]
    write_shard(path, sum_costs(costs, note), [] if note else rows)
    session.stopwatch.settle(Cost(0.0, 0, 0), stream.texts[settled:])


def _score_windows(
    session: Session, path: Path, stream: Stream, windows: Sequence[Window], first: int
) -> tuple[Cost, list[Share]]:
    meter = session.network.meter
    meter.on_tokens = session.stopwatch.add_tokens
    charged = charge_windows(meter, stream, windows)
    shares = shares_of(stream, charged)
    cost = session.stopwatch.stop(session.measurer.peak_memory_bytes())
    if session.keeps_token_bits:
        bits = np.concatenate([window.bits for window in charged])
        write_lines(tokens_path(path), [plain_row(WindowsBits(tuple(bits.tolist())))])
    source = stream.texts[0].source
    session.write_drawn(path, ((source, first + i, window) for i, window in enumerate(charged)))
    write_shard(path, cost, shares)
    session.stopwatch.restart()
    return cost, shares


def _write_token_bits(session: Session, path: Path, stream: Stream | None, windows_paths: Sequence[Path]) -> None:
    """Write the token bits of the texts of a stream; a stream that is not scored has none."""
    rows = []
    if stream:
        bits = np.concatenate([_windows_bits(some) for some in windows_paths])
        tokenizer = session.network.meter.model.tokenizer
        starts = [0, *stream.ends[:-1].tolist()]
        slices = charged_slices(stream, bits)
        for text, start, end, (charged, own) in zip(stream.texts, starts, stream.ends, slices, strict=True):
            rows.append(token_bits_of(tokenizer, text, stream.ids[start:end], charged, own, session.run))
    write_lines(tokens_path(path), map(plain_row, rows))


def _windows_bits(path: Path) -> npt.NDArray[np.float64]:
    number, row = next(read_lines(tokens_path(path)), (1, {}))
    return np.array(record_of(tokens_path(path), number, row, WindowsBits).bits)


def _take_up(session: Session, path: Path, texts: Sequence[Text]) -> tuple[Cost, list[Score]] | None:
    def is_whole(cost: Cost, scores: list[Score]) -> bool:
        # A stream too short to be scored has a note in the place of rows.
        return len(scores) == (0 if cost.note else len(texts)) and session.has_companions(path, scores)

    return take_up_shard(path, Score, session.run.scoring_run_id, is_whole)


def _take_up_windows(session: Session, path: Path, windows: Sequence[Window]) -> tuple[Cost, list[Share]] | None:
    def is_whole(_cost: Cost, shares: list[Share]) -> bool:
        count = windows[-1].score_to - windows[0].score_from
        has_bits = not session.keeps_token_bits or _bits_count(path) == count
        return sum(share.scored_token_count for share in shares) == count and has_bits and has_drawn(path)

    return take_up_shard(path, Share, session.run.scoring_run_id, is_whole)


def _bits_count(path: Path) -> int | None:
    try:
        return len(_windows_bits(path))
    except InputError:
        return None


def _find_passages(
    session: Session, protocol: Protocol, texts: dict[str, list[Text]], drawn: Sequence[DrawnWindow]
) -> list[Passage]:
    streams = {name: _pack(session, protocol, texts[name]) for name in {window.name for window in drawn}}
    return [Passage(streams[w.name].ids, streams[w.name].windows[w.ordinal]) for w in drawn]


def _pack(session: Session, protocol: Protocol, texts: Sequence[Text]) -> Stream:
    return pack_stream(session.network.meter.model.tokenizer, protocol, texts)
