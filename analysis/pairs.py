"""Two models on the same texts: by how much they differ, how sure that is, and how much text would make it sure.

The difference is the bits per character of the first less those of the second: below 0 the first compresses better.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.cluster_sums import chosen_models, read_cluster_sums
from analysis.comparison import Comparison
from analysis.correlation import Bootstrap
from analysis.paired import FEW_CLUSTERS, ClusterSums, estimate_difference
from analysis.planning import detectable_difference, needed_factor
from storage.errors import ComparisonError
from storage.lake import Connection

MEAN = "mean of sources"


@dataclass(frozen=True, slots=True)
class PairDifference:
    """One source of a comparison of two models, or the mean of the sources, which counts each alike.

    The counts of `more_` are what it takes on top of the texts at hand, in their mix of sources, so that a true
    difference as large as the measured one is found in four of five cases: 0 where there is enough, None where no plan
    can be made.
    """

    source: str
    first: str
    second: str
    text_count: int
    cluster_count: int
    effective_cluster_count: float
    char_count: int
    first_bits_per_character: float
    second_bits_per_character: float
    difference: float
    interval_low: float | None
    interval_high: float | None
    confidence: float
    p_value: float | None
    is_separated: bool
    detectable_difference: float | None
    more_char_count: int | None
    more_text_count: int | None
    more_cluster_count: int | None
    remark: str | None


def compare_pair(
    connection: Connection, comparison: Comparison, first: str, second: str, bootstrap: Bootstrap
) -> list[PairDifference]:
    """Compare two models or codecs of a comparison: a row per source that both have, and the mean of these first."""
    sources = chosen_models(read_cluster_sums(connection, comparison), (first, second))
    if not sources:
        reasons = sorted(
            {f"{row.model_id}: {row.reason}" for row in comparison.left_out if row.model_id in (first, second)}
        )
        raise ComparisonError(
            f"{first} and {second} have no text of {comparison.snapshot_id} in common to compare on "
            f"({'; '.join(reasons) or 'nothing is scored'})."
        )
    scopes = [(MEAN, sources)] if len(sources) > 1 else []
    scopes += [(sums.source, [sums]) for sums in sources]
    return [_difference(scope, some, bootstrap) for scope, some in scopes]


def _difference(scope: str, sources: Sequence[ClusterSums], bootstrap: Bootstrap) -> PairDifference:
    estimate = estimate_difference(sources, 0, 1)
    low, high = estimate.interval(bootstrap.confidence) or (None, None)
    factor = needed_factor(estimate, bootstrap.confidence)
    texts, chars = sum(sums.text_count for sums in sources), sum(int(sums.chars.sum()) for sums in sources)
    clusters = sum(sums.cluster_count for sums in sources)
    first, second = (sum(float(sums.ratios[column]) for sums in sources) / len(sources) for column in (0, 1))
    p_value = estimate.p_value
    return PairDifference(
        source=scope,
        first=sources[0].model_ids[0],
        second=sources[0].model_ids[1],
        text_count=texts,
        cluster_count=clusters,
        effective_cluster_count=sum(sums.effective_cluster_count for sums in sources),
        char_count=chars,
        first_bits_per_character=first,
        second_bits_per_character=second,
        difference=estimate.value,
        interval_low=low,
        interval_high=high,
        confidence=bootstrap.confidence,
        p_value=p_value,
        is_separated=p_value is not None and p_value < 1 - bootstrap.confidence,
        detectable_difference=detectable_difference(estimate, bootstrap.confidence),
        more_char_count=_more(factor, chars),
        more_text_count=_more(factor, texts),
        more_cluster_count=_more(factor, clusters),
        remark=_remark(sources),
    )


def _more(factor: float | None, count: int) -> int | None:
    return None if factor is None else max(0, math.ceil((factor - 1) * count))


def _remark(sources: Sequence[ClusterSums]) -> str | None:
    """Say where the clusters are so few that the interval rests on little."""
    few = [sums for sums in sources if sums.effective_cluster_count < FEW_CLUSTERS]
    told = [f"{s.source} {s.cluster_count} (in effect {s.effective_cluster_count:.1f})" for s in few]
    return f"few clusters: {', '.join(told)}" if told else None
