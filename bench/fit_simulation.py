"""Do intervals of fits hold what they state, and does the alarm? Asked of made-up models whose truth is known.

`python -m bench.fit_simulation [--draws N]` prints the table of `docs/statistics.md`. Families are of uneven size, and
models of one family share a part of what sets them off the line, and of their compression.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt

from analysis.correlation import Bootstrap, Correlation, correlate
from analysis.points import CompressionPoint, CorrelationInput
from analysis.prediction import predict
from analysis.residuals import residuals
from bench.tables import as_table
from storage.records import BenchmarkResult

Floats = npt.NDArray[np.float64]

SIZES = {6: (1, 1, 2, 3, 4, 7), 8: (1, 1, 2, 2, 3, 4, 6, 9), 10: (1, 1, 1, 1, 2, 2, 2, 3, 3, 4),
         12: (1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 4)}  # fmt: skip
SHOWN_COUNTS = (6, 8, 12)
SHARES = (0.0, 0.3, 0.6, 0.9)
# About as the published fits: bits per character of 0.6 ± 0.05, scores 0.04 around a line of slope −2.
SLOPE, CENTRE, SPREAD, NOISE = -2.0, 0.6, 0.05, 0.04
COMPRESSION_SHARE = 0.3
CORRELATION = SLOPE * SPREAD / float(np.hypot(SLOPE * SPREAD, NOISE))
OVER_TUNED = (3, 5, 7)
ALARM_RATE = 0.05
CONFIDENCE = 0.95
NEWCOMERS = 5
SEED = 2404


@dataclass(frozen=True, slots=True)
class World:
    """Models of known truth: what each needs per character, its score, and its family."""

    bits: tuple[float, ...]
    values: tuple[float, ...]
    families: tuple[str, ...]

    def fit(self, draws: int = 400) -> Correlation:
        """Fit the line as `correlate` does."""
        names = [f"m{at:02}" for at in range(len(self.bits))]
        material = CorrelationInput(
            reported_by="simulation",
            compressions=tuple(
                CompressionPoint(name, family, "github", bits)
                for name, family, bits in zip(names, self.families, self.bits, strict=True)
            ),
            benchmarks=tuple(
                BenchmarkResult(name, "made up", "", "simulation", "coding", value, None, None)
                for name, value in zip(names, self.values, strict=True)
            ),
        )
        return correlate(material, "benchmark", Bootstrap(CONFIDENCE, draws, SEED))[0]


@dataclass(frozen=True, slots=True)
class Row:
    """What holds in how many of 100 cases, for one number of families and one share ρ of what they have in common.

    `found_at_N` are models raised by N standard deviations around the line, `both_found` two of two families by 7.
    """

    families: int
    models: int
    share: float
    pearson: float
    slope: float
    prediction: float
    false_alarm: float
    found_at_3: float
    found_at_5: float
    found_at_7: float
    both_found: float


def draw_world(sizes: Sequence[int], share: float, generator: np.random.Generator) -> World:
    """Draw models of families of these sizes; `share` is ρ of the scores around the line."""
    families = np.repeat(np.arange(len(sizes)), sizes)
    bits = CENTRE + SPREAD * _mixed(families, COMPRESSION_SHARE, generator)
    values = line_at(bits) + NOISE * _mixed(families, share, generator)
    return World(tuple(bits.tolist()), tuple(values.tolist()), tuple(f"f{at}" for at in families))


def line_at(bits: Floats) -> Floats:
    """Return the true scores."""
    return 0.4 + SLOPE * (bits - CENTRE)


def simulate(family_count: int, share: float, draws: int) -> Row:
    """Return what holds in so many worlds; over-tuning is asked of every third."""
    generator = np.random.default_rng([SEED, family_count, int(100 * share)])
    fits = [draw_world(SIZES[family_count], share, generator).fit() for _ in range(draws)]
    held = [
        [covers_pearson(fit) for fit in fits],
        [covers_slope(fit) for fit in fits],
        [covers_newcomer(fit, generator) for fit in fits for _ in range(NEWCOMERS)],
        [bool(alarmed(fit)) for fit in fits],
        *zip(*(_found(fit, generator) for fit in fits[::3]), strict=True),
    ]
    return Row(family_count, fits[0].n, share, *(round(float(100 * np.mean(column)), 1) for column in held))


def over_tuned(fit: Correlation, at: int, by: float) -> Correlation:
    """Return a fit in which one score is raised; the alarm looks at its points alone."""
    raised = (replace(point, value=point.value + by * (i == at)) for i, point in enumerate(fit.points))
    return replace(fit, points=tuple(raised))


def covers_pearson(fit: Correlation) -> bool:
    """Say whether the interval of the coefficient holds the true one."""
    assert fit.interval_low is not None, "there is an interval"
    assert fit.interval_high is not None, "there is an interval"
    return fit.interval_low <= CORRELATION <= fit.interval_high


def covers_slope(fit: Correlation) -> bool:
    """Say whether the interval of the slope holds the true one."""
    assert fit.slope_low is not None, "there is an interval"
    assert fit.slope_high is not None, "there is an interval"
    return fit.slope_low <= SLOPE <= fit.slope_high


def covers_newcomer(fit: Correlation, generator: np.random.Generator) -> bool:
    """Say whether the interval of a prediction holds the score of one more model of one more family."""
    bits = CENTRE + SPREAD * generator.normal(size=1)
    value = float(line_at(bits)[0] + NOISE * generator.normal())
    told = predict(fit, float(bits[0]), confidence=CONFIDENCE)
    assert told.low is not None, "there is a prediction"
    assert told.high is not None, "there is a prediction"
    return told.low <= value <= told.high


def alarmed(fit: Correlation) -> set[str]:
    """Return the models that the alarm names."""
    return {row.model_id for row in residuals(fit, alarm_rate=ALARM_RATE) if row.is_alarm}


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.fit_simulation", description=__doc__)
    parser.add_argument("--draws", type=int, default=500, help="worlds per row")
    draws = parser.parse_args().draws
    shown = [str(name) for name in Row.__dataclass_fields__]
    for at, (count, share) in enumerate(product(SHOWN_COUNTS, SHARES)):
        row = simulate(count, share, draws)
        lines = list(as_table([{name: getattr(row, name) for name in shown}]))
        print(*lines[2 if at else 0 :], sep="\n", flush=True)
    return 0


def _found(fit: Correlation, generator: np.random.Generator) -> tuple[bool, ...]:
    """Say whether the alarm names a model, for every size of over-tuning, and two at once."""
    families = generator.permutation(sorted({point.family for point in fit.points}))[:2]
    one, other = (generator.choice([at for at, p in enumerate(fit.points) if p.family == name]) for name in families)
    singly = tuple(fit.models[one] in alarmed(over_tuned(fit, one, size * NOISE)) for size in OVER_TUNED)
    two = over_tuned(over_tuned(fit, one, OVER_TUNED[-1] * NOISE), other, OVER_TUNED[-1] * NOISE)
    return (*singly, {fit.models[one], fit.models[other]} <= alarmed(two))


def _mixed(families: npt.NDArray[np.int_], share: float, generator: np.random.Generator) -> Floats:
    """Return one standard normal per model, of which families share a part."""
    common = generator.normal(size=int(families.max()) + 1)[families]
    mixed: Floats = np.sqrt(share) * common + np.sqrt(1 - share) * generator.normal(size=len(families))
    return mixed


if __name__ == "__main__":
    sys.exit(main())
