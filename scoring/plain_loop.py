"""The plainest way to score one window, to which the fast one is held.

It shares nothing with the fast path but the network's forward: one window at a time, no padding, no batch, the logits
as the network makes them.
"""

import inspect
import math
from collections.abc import Iterable

import torch

from scoring.log_probabilities import Passage
from scoring.models import LoadedModel

LOGITS_BYTES = 256 << 20


def plain_bits(model: LoadedModel, passage: Passage) -> float:
    """Return the bits of one window: log-softmax in float32, summed in float64."""
    ids = torch.from_numpy(passage.input_ids)[None].to(model.device)
    targets = torch.from_numpy(passage.target_ids).to(model.device)
    first = passage.input_count - passage.target_count
    total = 0.0
    with torch.inference_mode():
        for start, logits in _logits(model, ids, first):
            charged = targets[start - first : start - first + len(logits)].to(logits.device)
            natural = torch.log_softmax(logits.float(), dim=-1).gather(-1, charged[:, None])
            total -= float(natural.double().sum()) / math.log(2)
    return total


def _logits(model: LoadedModel, ids: torch.Tensor, first: int) -> Iterable[tuple[int, torch.Tensor]]:
    """Yield the logits from position `first` on, in one piece unless a large vocabulary makes that too large.

    Each piece is a forward pass of its own, up to its end: what follows has no part in it.
    """
    if "logits_to_keep" not in inspect.signature(model.network.forward).parameters:
        yield first, model.network(input_ids=ids, use_cache=False).logits[0, first:]
        return
    rows = max(1, LOGITS_BYTES // (4 * model.vocabulary_size))
    for start in range(first, ids.shape[1], rows):
        end = min(ids.shape[1], start + rows)
        yield start, model.network(input_ids=ids[:, :end], use_cache=False, logits_to_keep=end - start).logits[0]
