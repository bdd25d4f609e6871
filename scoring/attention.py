"""Causal attention on a CPU, a block of queries at a time, of those that are asked for.

torch's own kernel computes all queries, and bfloat16 no faster than float32 (48 ms a layer of 1,900 tokens and six
heads, where blocks take 42). Here the scores and their softmax are float32 as there, and the sum of the values is left
to a product in the model's format.
"""

from typing import Any

import torch
from torch.overrides import TorchFunctionMode

# Rows of scores at once: one block of 2,000 columns fits into a core's cache, and products are large enough.
BLOCK_ROWS = 256

_torch_attention: Any = torch.nn.functional.scaled_dot_product_attention


class BlockedAttention(TorchFunctionMode):
    """While it is entered, torch's causal attention without a mask is computed here where that is faster.

    Queries before `first` are answered with `skipped`. `was_used` tells whether there were any.
    """

    def __init__(self, skipped: float = 0.0) -> None:
        super().__init__()
        self.first = 0
        self.was_used = False
        self.skipped = skipped

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Compute what is known here, and leave all else to torch."""
        options = kwargs or {}
        if func is _torch_attention and self._is_faster(*args, **options):
            self.was_used |= self.first > 0
            query, key, value = args
            return attend(query, key, value, scale=options.get("scale"), first=self.first, skipped=self.skipped)
        return func(*args, **options)

    def _is_faster(self, *tensors: Any, **options: Any) -> bool:
        is_causal = bool(options.get("is_causal")) and options.get("attn_mask") is None and not options.get("dropout_p")
        if len(tensors) != 3 or not is_causal or tensors[0].shape[-2] != tensors[1].shape[-2]:
            return False
        return self.first > 0 or tensors[0].dtype == torch.bfloat16


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *,
    scale: float | None = None,
    first: int = 0,
    skipped: float = 0.0,
) -> torch.Tensor:
    """Return causal attention of the queries from `first` on, as batch × heads × tokens × size.

    Heads may share keys and values.
    """
    batch, head_count, token_count, size = query.shape
    # Heads beside one another, as the model wants them next.
    found = query.new_empty(batch, token_count, head_count, value.shape[-1])
    found[:, :first] = skipped
    ahead = torch.full((BLOCK_ROWS, BLOCK_ROWS), -torch.inf).triu_(1)
    scale = size**-0.5 if scale is None else scale
    for row in range(batch):
        for head in range(head_count):
            shared = head * key.shape[1] // head_count
            asked = query[row, head, first:].float() * scale
            keys, values = key[row, shared].float().t(), value[row, shared]
            for start in range(first, token_count, BLOCK_ROWS):
                end = min(start + BLOCK_ROWS, token_count)
                scores = torch.mm(asked[start - first : end - first], keys[:, :end])
                scores[:, start:] += ahead[: end - start, : end - start]
                shares = torch.softmax(scores, dim=-1).to(value.dtype)
                torch.mm(shares, values[:end], out=found[row, start:end, head])
    return found.transpose(1, 2)
