"""What every reader of benchmark results yields: one claim per model and benchmark, in 0–1, and what it leaves out."""

from collections.abc import Sequence
from dataclasses import dataclass

MAX_SHOTS = 10_000


@dataclass(frozen=True, slots=True)
class Claim:
    """One result as a file states it, before its model and its area are looked up.

    `place` is what a message begins with (`results.csv:3`). `names` are those by which the model may be registered,
    the most exact first. `area` is None where the format has no word for it. Of claims of one identity the one of the
    smallest `preference` counts; without one they are a mistake of the file.
    """

    place: str
    names: tuple[str, ...]
    benchmark: str
    setting: str
    value: float
    shots: int | None
    source: str | None
    reported_by: str
    area: str | None = None
    preference: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something of a file that becomes no row, and why. `what` names it as the file does."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Claims:
    """What one file says: its claims, and what of it was left out."""

    claims: Sequence[Claim]
    skipped: Sequence[Skipped] = ()


def setting_of(*parts: str | None) -> str:
    """Return how a result was measured, in one phrase; results of different settings never enter one fit together."""
    return ", ".join(part for part in parts if part)


def shots_part(shots: int | None) -> str | None:
    """Return the part of a setting that says how many examples the model was shown."""
    return None if shots is None else f"{shots}-shot"
