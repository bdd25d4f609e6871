"""Which models compress better than which, as far as the texts tell: ranks with ties, such as 3–5.

Two models are told apart by the difference of their bits per character on the same texts, all pairs of a source being
tested together (Holm 1979): with the given confidence no pair at all is told apart wrongly. A rank reaches from one
more than the number of models that are better to the number of models less those that are worse.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

from analysis.cluster_sums import chosen_models, read_cluster_sums
from analysis.comparison import Comparison
from analysis.correlation import Bootstrap
from analysis.paired import ClusterSums, Floats, estimate_ratio, influences, joint_freedom
from analysis.statistics import holm
from storage.lake import Connection


@dataclass(frozen=True, slots=True)
class Ranked:
    """One model on one source, or on the mean of the sources (`source` is None), which it must have all.

    The interval is of the bits per character of this model alone; models whose intervals overlap may well be told
    apart, since the texts are the same. Ranks are None for codecs, and there is no interval of a single cluster.
    """

    model_id: str
    source: str | None
    bits_per_character: float
    interval_low: float | None
    interval_high: float | None
    rank_low: int | None
    rank_high: int | None
    cluster_count: int


def rank_models(connection: Connection, comparison: Comparison, bootstrap: Bootstrap) -> tuple[Ranked, ...]:
    """Rank the models of a comparison per source and on the mean of its sources, the best compressor first."""
    sources = read_cluster_sums(connection, comparison)
    codecs = {model.model_id for model in comparison.models if model.kind == "codec"}
    everywhere = tuple(m.model_id for m in comparison.models if all(m.model_id in s.model_ids for s in sources))
    scopes: list[tuple[str | None, list[ClusterSums]]] = [(sums.source, [sums]) for sums in sources]
    if sources and everywhere:
        scopes.append((None, chosen_models(sources, everywhere)))
    return tuple(row for scope, some in scopes for row in _ranked(scope, some, codecs, bootstrap.confidence))


def ranks(sources: Sequence[ClusterSums], confidence: float) -> list[tuple[int, int]]:
    """Return the lowest and highest rank of each model of one source, or of the mean of several."""
    count = len(sources[0].model_ids)
    values = np.mean([sums.ratios for sums in sources], axis=0)
    if count < 2 or any(sums.cluster_count < 2 for sums in sources):
        return [(1, count)] * count
    is_better = _told_apart(sources, values, 1 - confidence) & (values[:, None] < values[None, :])
    better, worse = is_better.sum(axis=0), is_better.sum(axis=1)
    return [(1 + int(above), count - int(below)) for above, below in zip(better, worse, strict=True)]


def _ranked(scope: str | None, sources: Sequence[ClusterSums], codecs: set[str], confidence: float) -> list[Ranked]:
    model_ids = sources[0].model_ids
    models = tuple(model_id for model_id in model_ids if model_id not in codecs)
    found = dict(zip(models, ranks(chosen_models(list(sources), models), confidence), strict=True)) if models else {}
    rows = []
    for column, model_id in enumerate(model_ids):
        estimate = estimate_ratio(sources, column)
        low, high = estimate.interval(confidence) or (None, None)
        rank_low, rank_high = found.get(model_id, (None, None))
        clusters = sum(sums.cluster_count for sums in sources)
        rows.append(Ranked(model_id, scope, estimate.value, low, high, rank_low, rank_high, clusters))
    return sorted(rows, key=lambda row: (row.bits_per_character, row.model_id))


def _told_apart(sources: Sequence[ClusterSums], values: Floats, error: float) -> npt.NDArray[np.bool_]:
    """Say of each pair of models whether it is told apart, the chance of any wrong one being `error` at most."""
    variances = np.stack([_pair_variances(influences(sums)) for sums in sources])
    errors = np.sqrt(variances.sum(axis=0)) / len(sources)
    freedom = joint_freedom(variances, [sums.freedom for sums in sources])
    differences = np.abs(values[:, None] - values[None, :])
    # Models that are the same on every text have neither a difference nor an error.
    distances = np.divide(differences, errors, out=np.where(differences > 0, np.inf, 0.0), where=errors > 0)
    pairs = np.triu_indices(len(values), k=1)
    apart = np.zeros(errors.shape, dtype=bool)
    apart[pairs] = np.array(holm((2 * stdtr(freedom, -distances)[pairs]).tolist())) < error
    found: npt.NDArray[np.bool_] = apart | apart.T
    return found


def _pair_variances(moves: Floats) -> Floats:
    """Return the variance of the difference of every two models from what each cluster moves them by."""
    products = moves.T @ moves
    squares = np.diag(products)
    found: Floats = np.maximum(0.0, squares[:, None] + squares[None, :] - 2 * products)
    return found
