"""One sitting of a scoring run, and what belongs to every shard of it: its drawn windows and its token bits."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scoring.json_lines import plain_row, read_lines, record_of, write_lines
from scoring.log_probabilities import Passage
from scoring.measured import ChargedWindow
from scoring.measurers import Measurer, NetworkMeasurer
from scoring.plain_loop import plain_bits
from scoring.progress import Stopwatch
from scoring.recheck import DrawnWindow, RecheckedWindow, choose_windows, draw_windows, told_difference
from scoring.shards import RECHECKS_FILE, Cost, drawn_path, read_shard, tokens_path, write_shard
from scoring.token_bits import is_sum_of
from storage.errors import InputError
from storage.records import Score, ScoringRun, TokenBits

# The passages of drawn windows, in the order asked.
FindPassages = Callable[[Sequence[DrawnWindow]], list[Passage]]


@dataclass(frozen=True, slots=True)
class Session:
    """What is measured, by what, where it goes, and what is wanted besides scores."""

    run: ScoringRun
    measurer: Measurer
    stopwatch: Stopwatch
    folder: Path
    keeps_token_bits: bool
    recheck_share: float
    seed: int

    @property
    def network(self) -> NetworkMeasurer:
        """What measures, where it is a network: only then are there tokens and windows."""
        assert isinstance(self.measurer, NetworkMeasurer)
        return self.measurer

    def write_drawn(self, shard: Path, windows: Iterable[tuple[str, int, ChargedWindow]]) -> None:
        """Write which windows of a shard are drawn."""
        drawn = draw_windows(windows, self.recheck_share, self.seed)
        write_lines(drawn_path(shard), map(plain_row, drawn))

    def has_companions(self, shard: Path, scores: Sequence[Score]) -> bool:
        """Tell whether what belongs to a shard of texts can be read, token bits too where they are wanted."""
        return has_drawn(shard) and (not self.keeps_token_bits or _has_token_bits(shard, scores))

    def recheck(self, shards: Iterable[Path], find_passages: FindPassages) -> None:
        """Score the drawn windows of these shards again, but for those that an earlier sitting has."""
        drawn = [window for shard in shards for window in _read_drawn(shard)]
        wanted = choose_windows(drawn, self.recheck_share)
        if not wanted or not isinstance(self.measurer, NetworkMeasurer):
            return
        path = self.folder / RECHECKS_FILE
        cost, known = _read_rechecks(path)
        missing = [window for window in wanted if window.key not in known]
        if missing:
            self.stopwatch.restart()
            known |= _plain_bits(self.measurer, missing, find_passages(missing))
            cost = _sum(cost, self.stopwatch.stop(self.measurer.peak_memory_bytes()))
        rows = [RecheckedWindow(window.name, window.ordinal, window.bits, known[window.key]) for window in wanted]
        note = None if self.run.dtype == "float32" else told_difference(rows, self.run.dtype)
        write_shard(path, Cost(cost.seconds, 0, cost.peak_memory_bytes, note), rows)
        self.stopwatch.settle(cost, [])


def has_drawn(shard: Path) -> bool:
    """Tell whether the drawn windows of a shard can be read, if any were written."""
    try:
        _read_drawn(shard)
    except InputError:
        return False
    return True


def _plain_bits(
    measurer: NetworkMeasurer, missing: Sequence[DrawnWindow], passages: Sequence[Passage]
) -> dict[tuple[str, int], float]:
    model = measurer.plain_model()
    return {window.key: plain_bits(model, passage) for window, passage in zip(missing, passages, strict=True)}


def _sum(cost: Cost, spent: Cost) -> Cost:
    return Cost(cost.seconds + spent.seconds, 0, max(cost.peak_memory_bytes, spent.peak_memory_bytes))


def _read_drawn(shard: Path) -> list[DrawnWindow]:
    path = drawn_path(shard)
    if not path.is_file():
        return []
    return [record_of(path, number, row, DrawnWindow) for number, row in read_lines(path)]


def _read_rechecks(path: Path) -> tuple[Cost, dict[tuple[str, int], float]]:
    """Return what was scored again; a file that a power cut damaged counts for nothing."""
    nothing = Cost(0.0, 0, 0)
    if not path.is_file():
        return nothing, {}
    try:
        cost, rows = read_shard(path, RecheckedWindow)
    except InputError:
        return nothing, {}
    return cost, {(row.name, row.ordinal): row.plain_bits for row in rows}


def _has_token_bits(shard: Path, scores: Sequence[Score]) -> bool:
    path = tokens_path(shard)
    if not path.is_file():
        return False
    try:
        found = [record_of(path, number, row, TokenBits) for number, row in read_lines(path)]
    except InputError:
        return False
    return len(found) == len(scores) and all(map(is_sum_of, scores, found))
