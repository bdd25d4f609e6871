"""Anchors: models and codecs whose knowledge does not change while that of others may, so that they measure the texts.

`[analysis] anchors` names them; without a name it is every codec. Codecs know no text at all. A model is an anchor
only where it cannot have seen any of the texts: otherwise what it knows would pass for easy texts.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analysis.time_scores import TimeScores
from storage.errors import ConfigError
from storage.lake import Connection
from storage.models import aliases

# An anchor holds for the texts it is scored on; one that lacks more of them than this would take them from all.
MIN_TEXT_SHARE = 0.9


def anchor_ids(connection: Connection, names: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of the models that `[analysis] anchors` names."""
    known = aliases(connection) if names else {}
    if missing := [name for name in names if name not in known]:
        raise ConfigError(
            f"[analysis] anchors names {missing[0]!r}, and no model here is called that; `freshpress models list` "
            f"tells the names."
        )
    return tuple(dict.fromkeys(known[name] for name in names))


def named_anchors(scores: TimeScores, anchors: Sequence[str]) -> list[int]:
    """Return the rows of the anchors that have scores: those named, or every codec."""
    wanted = set(anchors) or {model.model_id for model in scores.models if model.kind == "codec"}
    return [at for at, model in enumerate(scores.models) if model.model_id in wanted]


def anchors_of_all(scores: TimeScores, anchors: Sequence[str], used: npt.NDArray[np.bool_]) -> list[int]:
    """Return the rows of the anchors that hold on all of the texts in use: new to them, and scored."""
    named = named_anchors(scores, anchors)
    counts = {at: int((~np.isnan(scores.bits[at, used])).sum()) for at in named}
    most = max(counts.values(), default=0)
    return [
        at
        for at in named
        if counts[at] and counts[at] >= MIN_TEXT_SHARE * most and scores.is_new_to(scores.models[at])[used].all()
    ]
