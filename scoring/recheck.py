"""A seeded draw of windows to be scored once more in float32, and how far the two scorings are apart.

Which windows are drawn hangs on the seed and their names alone, never on batches, shards or resumption.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scoring.measured import ChargedWindow

# A share of few windows would be too few: bfloat16 moves one short window by percents, their sum by far less.
MIN_WINDOWS = 32


@dataclass(frozen=True, slots=True)
class DrawnWindow:
    """A window that may be scored again. `name` is its document, or the source of its stream."""

    name: str
    ordinal: int
    draw: float
    bits: float

    @property
    def key(self) -> tuple[str, int]:
        """Which window it is."""
        return self.name, self.ordinal


@dataclass(frozen=True, slots=True)
class RecheckedWindow:
    """What the scorer and the plain loop charge for one window."""

    name: str
    ordinal: int
    bits: float
    plain_bits: float


def draw_windows(windows: Iterable[tuple[str, int, ChargedWindow]], share: float, seed: int) -> list[DrawnWindow]:
    """Return the windows of one shard that are drawn, and as many of the next in line as might be missing."""
    found = [
        DrawnWindow(name, ordinal, draw_of(seed, name, ordinal), math.fsum(window.bits.tolist()))
        for name, ordinal, window in windows
    ]
    return choose_windows(found, share)


def choose_windows(drawn: Sequence[DrawnWindow], share: float) -> list[DrawnWindow]:
    """Return the windows whose draw is under the share, or where those are too few the ones next in line."""
    in_line = sorted(drawn, key=lambda window: (window.draw, window.name, window.ordinal))
    under = sum(window.draw < share for window in in_line)
    return in_line[: max(under, MIN_WINDOWS if share > 0 else 0)]


def draw_of(seed: int, name: str, ordinal: int) -> float:
    """Return the number in [0, 1) that a window draws."""
    digest = hashlib.sha256(f"{seed}\x1f{name}\x1f{ordinal}".encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48


def relative_difference(windows: Sequence[RecheckedWindow]) -> float | None:
    """Return by how much the summed bits of the two differ; None where nothing was scored again.

    Sums, because sums are what is compared. Single windows differ by more and in both directions.
    """
    plain = math.fsum(window.plain_bits for window in windows)
    apart = abs(math.fsum(window.bits for window in windows) - plain)
    return None if not windows else 0.0 if not apart else apart / plain if plain else math.inf


def told_difference(windows: Sequence[RecheckedWindow], dtype: str) -> str:
    """Say how far the two are apart, in sum and in the window that differs most."""
    apart = relative_difference(windows)
    largest = max(map(relative_difference, ([window] for window in windows)), key=lambda some: some or 0.0)
    counted = f"{len(windows)} windows scored again in float32"
    return f"{counted}: their bits in {dtype} differ by {apart:.2g} in sum, by up to {largest:.2g} in one window"
