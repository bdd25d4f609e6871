"""The texts of a comparison summed by cluster: what every error and every rank is computed from."""

from collections import defaultdict
from typing import Any

import numpy as np

from analysis.comparison import Comparison
from analysis.paired import ClusterSums
from analysis.questions import ask
from storage.errors import ComparisonError
from storage.lake import Connection


def read_cluster_sums(connection: Connection, comparison: Comparison) -> list[ClusterSums]:
    """Return the sources of a comparison, each with the models and codecs that it compares there.

    Texts and sums are those of the comparison's own rows.
    """
    compared = {(row.source, row.model_id) for row in comparison.compressions}
    values = {
        "snapshot_id": comparison.snapshot_id,
        "protocol_id": comparison.protocol_id,
        "after_on": comparison.after_on,
        "model_ids": [model.model_id for model in comparison.models],
        "is_sampled": bool(comparison.sampled),
    }
    by_source: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for source, *row in ask(connection, "compare_clusters", values).rows:
        if (source, row[0]) in compared:
            by_source[source].append(tuple(row))
    return [_summed(source, rows) for source, rows in sorted(by_source.items())]


def chosen_models(sources: list[ClusterSums], model_ids: tuple[str, ...]) -> list[ClusterSums]:
    """Return the sources that compare all of these models, with the columns of these alone."""
    found = []
    for sums in sources:
        if set(model_ids) <= set(sums.model_ids):
            columns = [sums.model_ids.index(model_id) for model_id in model_ids]
            found.append(ClusterSums(sums.source, model_ids, sums.bits[:, columns], sums.chars, sums.text_count))
    return found


def _summed(source: str, rows: list[tuple[Any, ...]]) -> ClusterSums:
    model_ids, text_counts, bits, chars = zip(*rows, strict=True)
    if len({tuple(counts) for counts in chars}) > 1:
        raise ComparisonError(
            f"the scores of {source} are not of the same texts under {', '.join(model_ids)}; "
            "`freshpress doctor` names what is broken."
        )
    return ClusterSums(source, model_ids, np.array(bits).T, np.array(chars[0]), text_counts[0])
