"""Scores of runs in different number formats: which of them may meet in one comparison, and why not.

The view `score_precisions` names them: `float32` is whatever was computed in it or audited close enough to it.
"""

from collections.abc import Mapping

FLOAT32 = "float32"
# Runs on other machines may differ in the last digits; audited differences above this are no longer the same measure.
MAX_FLOAT32_DIFFERENCE = 1e-3


def why_no_measure(precision: str | None, is_one_precision: bool | None, difference: float | None) -> str | None:
    """Say why a model's own runs do not make one sum, or not one that compares with anything."""
    if (difference or 0.0) > MAX_FLOAT32_DIFFERENCE:
        return f"differs by {difference:.2g} from float32, limit {MAX_FLOAT32_DIFFERENCE:g}"
    if is_one_precision is False:
        return f"its runs are of several formats ({precision}), which are not summed"
    return None


def why_apart(precisions: Mapping[str, str | None]) -> dict[str, str]:
    """Say of each model that is not measured as the others are why it cannot stand beside them.

    Where all are in one format that nobody audited, they compare with one another.
    """
    kinds = {precision for precision in precisions.values() if precision}
    if len(kinds) < 2:
        return {}
    listed = ", ".join(sorted(kinds))
    return {
        model_id: f"measured in {precision}, and formats differ here ({listed})"
        for model_id, precision in precisions.items()
        if precision and precision != FLOAT32
    }
