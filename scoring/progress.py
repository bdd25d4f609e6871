"""How far a scoring run is, when it will be done and what it takes: counted here, drawn by whoever runs it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scoring.shards import Cost
from scoring.texts import Text

# Where nobody draws a bar, one line a minute tells that work goes on.
LINE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one model is on some texts; characters, tokens and seconds of earlier, resumed sessions count in.

    Characters and tokens of the shard under way count too, its documents once it is whole.
    """

    model_id: str
    protocol: str
    document_count: int
    total_document_count: int
    char_count: int
    total_char_count: int
    token_count: int
    seconds: float
    peak_memory_bytes: int

    @property
    def seconds_left(self) -> float | None:
        """When the run ends at its rate so far. Documents differ too much in length to go by them."""
        if not self.char_count:
            return None
        return self.seconds * (self.total_char_count - self.char_count) / self.char_count


OnProgress = Callable[[Progress], None]


def ignore(_progress: Progress) -> None:
    """Tell nobody."""


class Lines:
    """Writes a line for a reader of logs: at most one a minute, and the last one."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._next_at = time.monotonic() + LINE_SECONDS

    def show(self, progress: Progress) -> None:
        """Take note of how far the run is."""
        is_over = progress.document_count == progress.total_document_count
        if is_over or time.monotonic() >= self._next_at:
            self._next_at = time.monotonic() + LINE_SECONDS
            documents = f"{progress.document_count} of {progress.total_document_count} documents"
            self._write(f"{progress.model_id} by {progress.protocol}: {documents}, {rate_line(progress)}\n")


def rate_line(progress: Progress) -> str:
    """Return how fast a run is, when it ends and what it holds, as far as that is known."""
    said = [f"{progress.token_count:,} tokens"]
    if progress.token_count and progress.seconds:
        said = [f"{progress.token_count / progress.seconds:,.0f} tokens/s"]
    if progress.seconds_left:
        said.append(f"{spoken_time(progress.seconds_left)} left")
    if progress.peak_memory_bytes:
        said.append(f"{progress.peak_memory_bytes / 1e9:.1f} GB")
    return ", ".join(said)


def spoken_time(seconds: float) -> str:
    """Return a time as people say it.

    >>> spoken_time(50), spoken_time(600), spoken_time(9000)
    ('50 s', '10 min', '2.5 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


class Stopwatch:
    """What the shard under way has cost so far, and what the whole run has."""

    def __init__(self, model_id: str, protocol: str, texts: Sequence[Text], on_progress: OnProgress) -> None:
        self._progress = Progress(model_id, protocol, 0, len(texts), 0, _char_count(texts), 0, 0.0, 0)
        self._on_progress = on_progress
        self.restart()

    def restart(self) -> None:
        """Begin a shard."""
        self._started = time.perf_counter()
        self._shard_tokens = 0

    def add_tokens(self, count: int) -> None:
        """Count tokens of the shard under way; the characters they stand for are known by the ratio so far."""
        self._shard_tokens += count
        reached = self._progress
        left = reached.total_char_count - reached.char_count
        ratio = reached.char_count / reached.token_count if reached.token_count else 0.0
        chars = min(left, round(self._shard_tokens * ratio))
        seconds = time.perf_counter() - self._started
        self._on_progress(_advanced(reached, (), Cost(seconds, self._shard_tokens, 0), chars))

    def stop(self, peak_memory_bytes: int, note: str | None = None) -> Cost:
        """Return what the shard under way cost."""
        return Cost(time.perf_counter() - self._started, self._shard_tokens, peak_memory_bytes, note)

    def settle(self, cost: Cost, texts: Sequence[Text]) -> None:
        """Count a shard that is on disk, written now or in an earlier session, and the texts that it completes."""
        self._progress = _advanced(self._progress, texts, cost, _char_count(texts))
        self._on_progress(self._progress)


def _advanced(progress: Progress, texts: Sequence[Text], cost: Cost, chars: int) -> Progress:
    return replace(
        progress,
        document_count=progress.document_count + len(texts),
        char_count=progress.char_count + chars,
        token_count=progress.token_count + cost.token_count,
        seconds=progress.seconds + cost.seconds,
        peak_memory_bytes=max(progress.peak_memory_bytes, cost.peak_memory_bytes),
    )


def _char_count(texts: Sequence[Text]) -> int:
    return sum(len(text.text) for text in texts)
