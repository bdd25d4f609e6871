"""When a sample of the texts is enough: every source's bits per character is known well, or two models are told apart.

The error that is meant is the distance from the number that all texts of the snapshot would give. Texts come in random
order within each source (`rounds.py`), so neither repositories nor long texts need special treatment, and the error is
nothing once every text is scored. The rule looks after fixed rounds only, never when a result happens to please; a
separation from other models is tested at each look with its part of the error probability, so that all looks together
err at most `SEPARATION_ERROR` of the time, and about as often where differences are very skewed and lengths as unequal
as those of files (held by simulation in `tests/scoring/test_stop_rule.py`, over one source and several).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from scoring.protocols import SOURCE_STREAM
from storage.errors import ScoringError
from storage.records import Protocol, Score

MIN_TEXTS = 30  # of a source, unless it has fewer
SEPARATION_ERROR = 0.01
# Skewed differences pass Student's quantile more often than it says: in simulated runs 2.5 % for 1 %, with this 1.0 %.
SKEW_MARGIN = 20

# model_id → document_id → total bits
Rivals = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many texts a source has, Σ characters and Σ characters² over them: known before anything is scored."""

    text_count: int
    char_sum: int
    char_square_sum: int


def lengths_of(char_counts: Iterable[int]) -> Lengths:
    """Return the lengths of texts in sum."""
    counts = list(char_counts)
    return Lengths(len(counts), sum(counts), sum(count**2 for count in counts))


@dataclass(frozen=True, slots=True)
class Sample:
    """The scored texts of one source, and the lengths of all that it has."""

    bits: npt.NDArray[np.float64]
    char_counts: npt.NDArray[np.float64]
    lengths: Lengths

    @property
    def is_whole(self) -> bool:
        """Whether every text is in it."""
        return len(self.bits) == self.lengths.text_count

    @property
    def is_enough(self) -> bool:
        """Whether its spread says something."""
        return self.is_whole or len(self.bits) >= MIN_TEXTS

    @property
    def has_enough_left(self) -> bool:
        """Whether what is to come is many texts, or none: a handful follows no law."""
        return self.is_whole or self.lengths.text_count - len(self.bits) >= MIN_TEXTS


def ratio(sample: Sample) -> float:
    """Return Σ bits / Σ characters."""
    return float(sample.bits.sum() / max(1.0, sample.char_counts.sum()))


def standard_error(sample: Sample) -> float:
    """Return the standard error of Σ bits / Σ characters as a measure of the same of all texts.

    Residuals are those of the jackknife: a text so long that it draws the ratio to itself hides nothing of its own.
    """
    residuals = sample.bits - ratio(sample) * sample.char_counts
    shares = sample.char_counts / max(1.0, sample.char_counts.sum())
    return _error(sample, residuals / np.maximum(1 - shares, np.finfo(np.float64).tiny))


def error_if_equal(sample: Sample) -> float:
    """Return the standard error of a ratio that is 0 on all texts: its residuals are the values themselves.

    The quotient of the two is a self-normalized sum, which heavy tails make smaller rather than larger.
    """
    return _error(sample, sample.bits)


def _error(sample: Sample, residuals: npt.NDArray[np.float64]) -> float:
    """Return the error with which the ratio predicts what is not scored, whose lengths are known (Royall 1970).

    A text's residual grows with its length. So a long text that is still to come counts as what it is; the usual
    variance of a sample knows only the long texts that it has drawn.
    """
    count, chars = len(sample.bits), float(sample.char_counts.sum())
    if sample.is_whole:
        return 0.0
    if count < 2 or not chars:
        return math.inf
    char_squares = float(np.square(sample.char_counts).sum())
    squares = float(np.square(residuals).sum()) * count / (count - 1)
    left, left_squares = sample.lengths.char_sum - chars, sample.lengths.char_square_sum - char_squares
    variance = squares * ((left / chars) ** 2 + left_squares / char_squares)
    return math.sqrt(variance) / sample.lengths.char_sum


def is_look(round_number: int) -> bool:
    """Tell whether the rule looks after this round: 1, 2, 3, 4, 6, 8, 12, 16, 23 …, each √2 times the one before."""
    power = round(2 * math.log2(round_number))
    return any(math.ceil(2 ** (some / 2)) == round_number for some in (power - 1, power, power + 1))


def require_sampling(protocol: Protocol, until_se: float) -> None:
    """Refuse a stop rule where part of the texts is no sample, or that no sample can meet."""
    if protocol.packing == SOURCE_STREAM:
        message = f"protocol {protocol.name} reads all texts of a source as one stream, of which no part is a sample"
        raise ScoringError(f"{message}; leave until_se away, or score by document")
    if not 0 < until_se < math.inf:
        raise ScoringError(f"until_se is {until_se!r} and must be over 0 bits per character, such as 0.005")


class StopRule:
    """What is known at each look of one run, of as many rounds, over sources of these lengths."""

    def __init__(self, until_se: float, lengths: Mapping[str, Lengths], round_count: int, rivals: Rivals) -> None:
        self.until_se = until_se
        self.lengths = lengths
        self.rivals = rivals
        self.closed: set[str] = set()
        self._scores: dict[str, list[Score]] = defaultdict(list)
        tests = max(1, sum(map(is_look, range(1, round_count + 1))) * len(rivals))
        self._error = SEPARATION_ERROR / SKEW_MARGIN / tests

    def add(self, source: str, scores: Sequence[Score]) -> None:
        """Take note of a shard."""
        self._scores[source] += scores

    def is_over(self, round_number: int) -> bool:
        """Tell whether the run stops after this round. A source that is known well enough is closed."""
        if not is_look(round_number):
            return False
        for source in self.lengths.keys() - self.closed:
            sample = self._sample(source)
            if sample.is_enough and standard_error(sample) < self.until_se:
                self.closed.add(source)
        return self.closed == self.lengths.keys() or self._is_separated()

    def sentence(self) -> str:
        """Say how much was needed, and why no more."""
        scored = sum(map(len, self._scores.values()))
        errors = {source: standard_error(self._sample(source)) for source in sorted(self.lengths)}
        told = ", ".join(f"{source} {error:.3g}" for source, error in errors.items())
        stopped = f"stopped after {scored:,} of {sum(some.text_count for some in self.lengths.values()):,} texts"
        why = f"standard error of bits per character {told}, limit {self.until_se:g}"
        if self.closed != self.lengths.keys():
            why = f"told apart from {', '.join(sorted(self.rivals))}; {why}"
        return f"{stopped}: {why}"

    def _sample(self, source: str) -> Sample:
        scores = self._scores[source]
        bits, chars = [score.total_bits for score in scores], [score.char_count for score in scores]
        return Sample(np.array(bits, np.float64), np.array(chars, np.float64), self.lengths[source])

    def _is_separated(self) -> bool:
        return bool(self.rivals) and all(self._differs_from(rival) for rival in self.rivals.values())

    def _differs_from(self, rival: Mapping[str, float]) -> bool:
        """Test the difference of the two means of sources, on the texts that both have."""
        samples = [self._differences(source, rival) for source in self.lengths]
        if not all(sample.is_enough and sample.has_enough_left for sample in samples):
            return False
        difference = sum(map(ratio, samples)) / len(samples)
        error = math.hypot(*map(error_if_equal, samples)) / len(samples)
        freedom = min((len(sample.bits) - 1 for sample in samples if not sample.is_whole), default=0)
        return bool(freedom) and abs(difference) > _t_quantile(1 - self._error / 2, freedom) * error

    def _differences(self, source: str, rival: Mapping[str, float]) -> Sample:
        both = [score for score in self._scores[source] if score.document_id in rival]
        bits, chars = [s.total_bits - rival[s.document_id] for s in both], [s.char_count for s in both]
        return Sample(np.array(bits, np.float64), np.array(chars, np.float64), self.lengths[source])


def _t_quantile(probability: float, freedom: int) -> float:
    """Return Student's quantile by its expansion around the normal one (Abramowitz and Stegun 26.7.5).

    A node has no scipy. From 29 degrees of freedom on it is within 0.4 % up to a tail of 2e-6.
    """
    z = NormalDist().inv_cdf(probability)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    return z + first / freedom + second / freedom**2
