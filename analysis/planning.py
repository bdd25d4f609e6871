"""How much more text of the same mix it takes to tell two models apart, and what the text at hand can tell apart.

The difference is taken for true. More clusters of the same kind make its standard error smaller by the root of their
number, and its degrees of freedom more. What was measured is itself a guess of the true difference, so a plan made from
it is a guess too.
"""

import math

from scipy.special import stdtrit

from analysis.paired import Estimate

# How often a planned comparison ought to find the difference.
POWER = 0.8
# The factor settles within a few rounds, since Student's quantile hardly moves above a dozen degrees of freedom.
ROUNDS = 50


def needed_factor(estimate: Estimate, confidence: float, power: float = POWER) -> float | None:
    """Return how many times as much text would tell this difference from 0 this often; under 1 where there is plenty.

    None where nothing is known of the error, or there is no difference to find.
    """
    if estimate.standard_error is None or estimate.freedom is None or not estimate.value:
        return None
    shift = (estimate.standard_error / abs(estimate.value)) ** 2
    factor = 1.0
    for _ in range(ROUNDS):
        # Half way each time: with few clusters the quantile answers to the factor and would swing.
        factor = math.sqrt(factor * max(shift * _distance(estimate.freedom * factor, confidence, power) ** 2, 1e-12))
    return factor


def detectable_difference(estimate: Estimate, confidence: float, power: float = POWER) -> float | None:
    """Return the smallest true difference that the text at hand would tell from 0 this often."""
    if estimate.standard_error is None or estimate.freedom is None:
        return None
    return estimate.standard_error * _distance(estimate.freedom, confidence, power)


def _distance(freedom: float, confidence: float, power: float) -> float:
    """Return how many standard errors a true difference must be away from 0 to be found this often."""
    some = max(1.0, freedom)
    return float(stdtrit(some, (1 + confidence) / 2) + stdtrit(some, power))
