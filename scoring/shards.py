"""Results on disk: a folder of shards while a run is under way, one file when it travels. JSON lines only.

    run.json                        the ScoringRun, written before the first shard
    plan.json                       what its shards must agree on, and which there will be
    shard-00012.jsonl               Scores of some texts; bears its name only when it is whole
    windows-arxiv-00012.jsonl       `paper` only: what a range of windows adds to the texts of a stream
    tokens-shard-00012.jsonl        TokenBits of the texts of that shard, where they were asked for
    drawn-shard-00012.jsonl         which of its windows may be scored again
    rechecks.jsonl                  the windows that were
    stop.json                       where a stop rule ended the run; gone while the run goes on

Every shard opens with a row of what it cost, so that the sums are right however often a run was resumed. What belongs
to a shard is written before it, so that a shard that is there is whole.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from scoring.json_lines import plain_row, read_lines, record_of, write_lines
from scoring.recheck import RecheckedWindow, relative_difference
from storage.errors import InputError, ScoringError
from storage.records import Score, ScoringRun

T = TypeVar("T")

RUN_FILE = "run.json"
PLAN_FILE = "plan.json"
STOP_FILE = "stop.json"
RECHECKS_FILE = "rechecks.jsonl"
BITS_SUFFIX = ".token_bits.jsonl"  # of what lies beside a result file
LARGEST = 2**63 - 1  # what a BIGINT of the lake holds


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """Which texts a run is of, in which order they are taken, and how they are cut."""

    texts_fingerprint: str
    shard_documents: int
    shard_count: int
    seed: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a stop rule ended a run: what it was to reach, which shards that took, and the sentence that says so."""

    until_se: float
    shards: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What one shard took, and what its reader should be told."""

    seconds: float
    token_count: int
    peak_memory_bytes: int
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ScoreOutcome:
    """A scoring run: its row, the rows of its texts, what the reader should be told, and where token bits lie."""

    scoring_run: ScoringRun
    scores: list[Score]
    notes: tuple[str, ...] = ()
    token_bits_files: tuple[Path, ...] = ()


def shard_name(ordinal: int) -> str:
    """Return the file name of a shard of texts."""
    return f"shard-{ordinal:05d}.jsonl"


def stream_name(source: str) -> str:
    """Return the file name of the scores of one stream."""
    return f"shard-{quote(source, safe='')}.jsonl"


def windows_name(source: str, ordinal: int) -> str:
    """Return the file name of a range of windows of one stream."""
    return f"windows-{quote(source, safe='')}-{ordinal:05d}.jsonl"


def read_record(path: Path, record_type: type[T]) -> T | None:
    """Return the one record of a file; None where there is no file."""
    if not path.is_file():
        return None
    number, row = next(read_lines(path), (1, {}))
    return record_of(path, number, row, record_type)


def write_record(path: Path, record: Any) -> None:
    """Write a file of one record."""
    write_lines(path, [plain_row(record)])


def write_shard(path: Path, cost: Cost, rows: Iterable[Any]) -> None:
    """Write one shard: its cost, then its rows."""
    write_lines(path, map(plain_row, [cost, *rows]))


def read_shard(path: Path, record_type: type[T]) -> tuple[Cost, list[T]]:
    """Return the cost of one shard and its rows."""
    lines = read_lines(path)
    cost = record_of(path, *next(lines, (1, {})), Cost)
    return cost, [record_of(path, number, row, record_type) for number, row in lines]


def take_up_shard(
    path: Path, record_type: type[T], scoring_run_id: str, is_whole: Callable[[Cost, list[T]], bool]
) -> tuple[Cost, list[T]] | None:
    """Return a shard that an earlier session of this run has written, or None where it is to be scored.

    A file that a power cut left unreadable or short is removed and scored again. One of another run is an error.
    """
    if not path.is_file():
        return None
    try:
        cost, rows = read_shard(path, record_type)
    except InputError:
        path.unlink()
        return None
    if strangers := {row.scoring_run_id for row in rows if isinstance(row, Score)} - {scoring_run_id}:
        message = f"{path} is of scoring run {min(strangers)} and its folder of {scoring_run_id}"
        raise ScoringError(f"{message}; delete that file and score again")
    if not is_whole(cost, rows):
        path.unlink()
        return None
    return cost, rows


def tokens_path(shard: Path) -> Path:
    """Return where the token bits of a shard, or of a range of windows, lie."""
    return shard.with_name(f"tokens-{shard.name}")


def drawn_path(shard: Path) -> Path:
    """Return where the drawn windows of a shard, or of a range of windows, lie."""
    return shard.with_name(f"drawn-{shard.name}")


def read_results(folder: Path) -> ScoreOutcome:
    """Return the run in a folder; one that is not whole is an error."""
    run, plan = read_record(folder / RUN_FILE, ScoringRun), read_record(folder / PLAN_FILE, ShardPlan)
    if run is None or plan is None:
        raise ScoringError(f"{folder} holds no scoring run; score the snapshot first")
    stop = read_record(folder / STOP_FILE, Stop)
    paths = [folder / name for name in stop.shards] if stop else sorted(folder.glob("shard-*.jsonl"))
    if not stop and len(paths) != plan.shard_count:
        message = f"the scoring run in {folder} has {len(paths)} of {plan.shard_count} shards"
        raise ScoringError(f"{message}; score again and it goes on where it stopped")
    shards = [read_shard(path, Score) for path in paths]
    rechecked = read_shard(folder / RECHECKS_FILE, RecheckedWindow) if (folder / RECHECKS_FILE).is_file() else None
    costs = [cost for cost, _ in shards] + ([rechecked[0]] if rechecked else [])
    run = replace(_with_cost(run, sum_costs(costs)), until_se=stop.until_se if stop else None)
    tokens = tuple(map(tokens_path, paths))
    return ScoreOutcome(
        _with_rechecks(run, rechecked[1]) if rechecked else run,
        sorted((score for _, scores in shards for score in scores), key=lambda score: score.document_id),
        (*(cost.note for cost in costs if cost.note), *([stop.note] if stop else [])),
        tokens if all(path.is_file() for path in tokens) else (),
    )


def _with_cost(run: ScoringRun, cost: Cost) -> ScoringRun:
    return replace(run, token_count=cost.token_count, seconds=cost.seconds, peak_memory_bytes=cost.peak_memory_bytes)


def _with_rechecks(run: ScoringRun, windows: Sequence[RecheckedWindow]) -> ScoringRun:
    return replace(run, float32_difference=relative_difference(windows), rechecked_window_count=len(windows))


def sum_costs(costs: Sequence[Cost], note: str | None = None) -> Cost:
    """Return what several shards took together."""
    return Cost(
        seconds=sum(cost.seconds for cost in costs),
        token_count=sum(cost.token_count for cost in costs),
        peak_memory_bytes=max((cost.peak_memory_bytes for cost in costs), default=0),
        note=note,
    )


def write_result_file(path: Path, outcome: ScoreOutcome) -> None:
    """Write a run to one file: the ScoringRun, then its Scores. Token bits go into another beside it, before it."""
    beside = _token_bits_beside(path)
    if outcome.token_bits_files:
        write_lines(beside, (row for file in outcome.token_bits_files for _, row in read_lines(file)))
    else:
        beside.unlink(missing_ok=True)
    write_lines(path, map(plain_row, [outcome.scoring_run, *outcome.scores]))


def read_result_file(path: Path) -> ScoreOutcome:
    """Return the run in one result file; a line that does not fit is named."""
    lines = read_lines(path)
    first, row = next(lines, (1, {}))
    run = record_of(path, first, row, ScoringRun)
    _require_possible(path, first, run)
    scores = []
    for number, row in lines:
        score = record_of(path, number, row, Score)
        _require_of_run(path, number, score, run)
        _require_possible(path, number, score)
        scores.append(score)
    beside = _token_bits_beside(path)
    return ScoreOutcome(run, scores, token_bits_files=(beside,) if beside.is_file() else ())


def _token_bits_beside(path: Path) -> Path:
    return path.with_name(path.name + BITS_SUFFIX)


def _require_of_run(path: Path, number: int, score: Score, run: ScoringRun) -> None:
    for name in ("scoring_run_id", "snapshot_id", "model_id", "protocol_id"):
        found, own = getattr(score, name), getattr(run, name)
        if found != own:
            raise InputError(f"line {number} of {path} has {name} {found!r}, and the run of the file {own!r}")


def _require_possible(path: Path, number: int, record: Score | ScoringRun) -> None:
    """Refuse numbers that nothing measures: they would spoil every sum they enter."""
    for name, value in plain_row(record).items():
        if isinstance(value, int | float) and not 0 <= value <= LARGEST:
            raise InputError(f"line {number} of {path} has {name} {value!r}, which is not from 0 to {LARGEST}")
    if isinstance(record, Score) and record.scored_token_count > record.token_count:
        scored, limit = record.scored_token_count, record.token_count
        raise InputError(
            f"line {number} of {path} has scored_token_count {scored!r}, which is over token_count {limit}"
        )
