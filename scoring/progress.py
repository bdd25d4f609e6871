"""How far a scoring run is: counted here, drawn by whoever runs it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from scoring.shards import Cost


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one model is on one snapshot; tokens and seconds of earlier, resumed sessions count in."""

    model_id: str
    protocol: str
    document_count: int
    total_document_count: int
    token_count: int
    seconds: float


OnProgress = Callable[[Progress], None]


def ignore(_progress: Progress) -> None:
    """Tell nobody."""


class Stopwatch:
    """What the shard under way has cost so far, and what the whole run has."""

    def __init__(self, model_id: str, protocol: str, total_document_count: int, on_progress: OnProgress) -> None:
        self._progress = Progress(model_id, protocol, 0, total_document_count, 0, 0.0)
        self._on_progress = on_progress
        self.restart()

    def restart(self) -> None:
        """Begin a shard."""
        self._started = time.perf_counter()
        self._shard_tokens = 0

    def add_tokens(self, count: int) -> None:
        """Count tokens of the shard under way."""
        self._shard_tokens += count
        seconds = time.perf_counter() - self._started
        self._on_progress(_advanced(self._progress, 0, self._shard_tokens, seconds))

    def stop(self, peak_memory_bytes: int, note: str | None = None) -> Cost:
        """Return what the shard under way cost."""
        return Cost(time.perf_counter() - self._started, self._shard_tokens, peak_memory_bytes, note)

    def settle(self, cost: Cost, document_count: int) -> None:
        """Count a shard that is on disk, written now or in an earlier session."""
        self._progress = _advanced(self._progress, document_count, cost.token_count, cost.seconds)
        self._on_progress(self._progress)


def _advanced(progress: Progress, document_count: int, token_count: int, seconds: float) -> Progress:
    return replace(
        progress,
        document_count=progress.document_count + document_count,
        token_count=progress.token_count + token_count,
        seconds=progress.seconds + seconds,
    )
