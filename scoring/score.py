"""One model on one snapshot by one protocol: shard after shard to disk, resumable, and read back as Score rows.

A shard's file bears its name only when it is whole, and what is there is not scored again. Texts are taken in seeded
random order, so the same texts make the same shards however often a run is resumed, and a run that a stop rule ended
has scored a random sample. Packed protocols know an order of their own (`streams.py`).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

import numpy as np

from scoring.encode import token_ids
from scoring.json_lines import plain_row, write_lines
from scoring.log_probabilities import Passage
from scoring.measured import Measured, score_of
from scoring.measurers import CODEC_KIND, NetworkMeasurer, find_measurer
from scoring.models import ModelSource
from scoring.progress import OnProgress, Stopwatch, ignore
from scoring.protocols import SOURCE_STREAM
from scoring.recheck import DrawnWindow
from scoring.rounds import Shard, rounds_of
from scoring.runs import open_run
from scoring.sessions import Session
from scoring.shards import (
    STOP_FILE,
    Cost,
    ScoreOutcome,
    ShardPlan,
    Stop,
    read_results,
    shard_name,
    take_up_shard,
    tokens_path,
    write_record,
    write_shard,
)
from scoring.stop_rule import Lengths, Rivals, StopRule, lengths_of, require_sampling
from scoring.streams import score_streams
from scoring.texts import Text, fingerprint
from scoring.token_bits import token_bits_of
from storage.errors import ScoringError
from storage.records import Protocol, Score

NO_RIVALS: Rivals = MappingProxyType({})


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
    token_bits: bool = False,
    until_se: float | None = None,
    rivals: Rivals = NO_RIVALS,
    recheck_share: float = 0.005,
    seed: int = 0,
) -> ScoreOutcome:
    """Score the texts into `out_dir`, going on where an earlier session stopped, and return the whole run.

    The model is loaded only if some shard is left to score. With `until_se` the run ends once the standard error of
    each source's bits per character is below that, or once the model is told apart from each rival (model → document →
    bits); asked again for less, or for all, it goes on. With `token_bits` what each token cost is kept as well, and
    shards that lack it are scored anew. `recheck_share` of the windows are scored again in float32.
    """
    if until_se is not None:
        require_sampling(protocol, until_se)
    if not 0 <= recheck_share <= 1:
        raise ScoringError(f"recheck_share is {recheck_share!r} and must be from 0 to 1; 0.005 is one window in 200")
    measurer = find_measurer(source, protocol, device=device, dtype=dtype, batch_tokens=batch_tokens)
    wanted = _plan(texts, protocol, shard_documents, seed)
    run, plan = open_run(
        out_dir, wanted, snapshot_id=snapshot_id, model_id=source.model_id, protocol=protocol, measurer=measurer
    )
    stopwatch = Stopwatch(source.model_id, protocol.name, texts, on_progress)
    has_tokens = source.kind != CODEC_KIND
    session = Session(run, measurer, stopwatch, out_dir, token_bits and has_tokens, recheck_share, plan.seed)
    if protocol.packing == SOURCE_STREAM:
        score_streams(session, protocol, texts, plan.shard_documents)
    else:
        _score_rounds(session, rounds_of(texts, plan.seed, plan.shard_documents), until_se, rivals)
    outcome = read_results(out_dir)
    if token_bits and not has_tokens:
        note = f"{source.model_id} is a codec: it has no tokens, so no token bits are stored of it"
        return replace(outcome, notes=(*outcome.notes, note))
    return outcome


def _score_rounds(session: Session, rounds: Sequence[Sequence[Shard]], until_se: float | None, rivals: Rivals) -> None:
    stop_path = session.folder / STOP_FILE
    stop_path.unlink(missing_ok=True)
    shards = [shard for some in rounds for shard in some]
    followings = {shard.ordinal: following for shard, following in pairwise(shards)}
    rule = StopRule(until_se, _lengths(shards), len(rounds), rivals) if until_se is not None else None
    scored: list[Path] = []
    for number, some in enumerate(rounds, start=1):
        open_shards = [shard for shard in some if not rule or shard.source not in rule.closed]
        for shard in open_shards:
            path = session.folder / shard_name(shard.ordinal)
            scores = _score_shard(session, path, shard, followings.get(shard.ordinal))
            scored.append(path)
            if rule:
                rule.add(shard.source, scores)
        if rule and rule.is_over(number):
            break
    texts = {text.document_id: text for shard in shards for text in shard.texts}
    session.recheck(scored, lambda drawn: _find_passages(session, texts, drawn))
    if rule and until_se is not None and len(scored) < len(shards):
        write_record(stop_path, Stop(until_se, tuple(path.name for path in scored), rule.sentence()))


def _lengths(shards: Sequence[Shard]) -> dict[str, Lengths]:
    char_counts: dict[str, list[int]] = defaultdict(list)
    for shard in shards:
        char_counts[shard.source] += [len(text.text) for text in shard.texts]
    return {source: lengths_of(counts) for source, counts in char_counts.items()}


def _score_shard(session: Session, path: Path, shard: Shard, following: Shard | None) -> list[Score]:
    """Return the scores of one shard, from an earlier session or scored now, while the following one is encoded."""

    def is_whole(_cost: Cost, scores: list[Score]) -> bool:
        return len(scores) == len(shard.texts) and session.has_companions(path, scores)

    taken_up = take_up_shard(path, Score, session.run.scoring_run_id, is_whole)
    cost, scores = taken_up or _measure_shard(session, path, shard.texts, following)
    session.stopwatch.settle(cost, shard.texts)
    return scores


def _measure_shard(
    session: Session, path: Path, texts: Sequence[Text], following: Shard | None
) -> tuple[Cost, list[Score]]:
    session.stopwatch.restart()
    if following and isinstance(session.measurer, NetworkMeasurer):
        session.measurer.expect(following.texts)
    measured = session.measurer.measure(texts, session.stopwatch.add_tokens)
    cost = session.stopwatch.stop(session.measurer.peak_memory_bytes())
    if session.keeps_token_bits:
        _write_token_bits(session, path, texts, measured)
    if isinstance(session.measurer, NetworkMeasurer):
        windows = ((t.document_id, i, w) for t, m in zip(texts, measured, strict=True) for i, w in enumerate(m.windows))
        session.write_drawn(path, windows)
    scores = [score_of(text, some, session.run) for text, some in zip(texts, measured, strict=True)]
    write_shard(path, cost, scores)
    return cost, scores


def _write_token_bits(session: Session, path: Path, texts: Sequence[Text], measured: Sequence[Measured]) -> None:
    tokenizer = session.network.meter.model.tokenizer
    rows = []
    for text, some in zip(texts, measured, strict=True):
        ids = some.windows[0].passage.ids if some.windows else token_ids([])
        bits = np.concatenate([np.zeros(0), *(window.bits for window in some.windows)])
        rows.append(token_bits_of(tokenizer, text, ids, slice(0, len(ids)), bits, session.run))
    write_lines(tokens_path(path), map(plain_row, rows))


def _find_passages(session: Session, texts: Mapping[str, Text], drawn: Sequence[DrawnWindow]) -> list[Passage]:
    names = sorted({window.name for window in drawn})
    passages = dict(zip(names, session.network.passages([texts[name] for name in names]), strict=True))
    return [passages[window.name][window.ordinal] for window in drawn]


def _plan(texts: Sequence[Text], protocol: Protocol, shard_documents: int, seed: int) -> ShardPlan:
    counts = Counter(text.source for text in texts)
    if protocol.packing == SOURCE_STREAM:
        shard_count = len(counts)
    else:
        shard_count = sum(-(-count // shard_documents) for count in counts.values())
    return ShardPlan(fingerprint(texts), shard_documents, shard_count, seed)
