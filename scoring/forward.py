"""The logits of chosen positions, by the model's own forward, a chunk at a time.

The body (everything below the output head) runs once. The head is then given its remembered outputs chunk by chunk,
again through the model's own forward, because only that knows whether logits are scaled, capped or shifted. So no
sequence × vocabulary tensor exists. A model whose head cannot be parted from its body so is run as it is, with
`logits_to_keep` where it has that.
"""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

# Errors a model raises that cannot work on remembered outputs; it is then run as a whole.
INSEPARABLE = (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError)


def has_separable_head(network: Any, device: torch.device) -> bool:
    """Tell whether head after body gives what the whole forward gives, tried on six tokens."""
    ids = torch.arange(6, device=device).reshape(2, 3)
    everywhere = ids >= 0
    try:
        parted = torch.cat(list(_parted_logits(network, ids, None, everywhere, chunk_rows=4)))
        whole = network(input_ids=ids, use_cache=False).logits.flatten(0, 1)
        torch.testing.assert_close(parted, whole, rtol=0.02, atol=0.02 * float(whole.abs().max()))
    except (AssertionError, *INSEPARABLE):
        return False
    return True


def chosen_logits(
    network: Any,
    ids: torch.Tensor,
    mask: torch.Tensor | None,
    chosen: torch.Tensor,
    *,
    chunk_rows: int,
    is_separable: bool,
) -> Iterator[torch.Tensor]:
    """Yield the logits where `chosen` is true, row after row of the batch, at most `chunk_rows` at a time."""
    pick = _parted_logits if is_separable else _whole_logits
    yield from pick(network, ids, mask, chosen, chunk_rows)


def _parted_logits(
    network: Any, ids: torch.Tensor, mask: torch.Tensor | None, chosen: torch.Tensor, chunk_rows: int
) -> Iterator[torch.Tensor]:
    outputs = _body_outputs(network, ids, mask)
    rows = outputs.last_hidden_state[chosen]
    for chunk in torch.split(rows, chunk_rows):
        with _remembered(network, type(outputs)(last_hidden_state=chunk[None])):
            yield network(input_ids=ids.new_zeros(1, len(chunk)), use_cache=False).logits[0]


def _body_outputs(network: Any, ids: torch.Tensor, mask: torch.Tensor | None) -> Any:
    body = network.get_decoder()
    if body is network:
        raise TypeError(f"{type(network).__name__} has no body apart from its head")
    seen: list[Any] = []
    hook = body.register_forward_hook(lambda _module, _inputs, outputs: seen.append(outputs))
    try:
        network(input_ids=ids, attention_mask=mask, use_cache=False, logits_to_keep=1)
    finally:
        hook.remove()
    return seen[0]


@contextmanager
def _remembered(network: Any, outputs: Any) -> Iterator[None]:
    """Let the body answer with remembered outputs instead of computing."""
    body = network.get_decoder()
    own = vars(body).get("forward")
    body.forward = lambda *_args, **_kwargs: outputs
    try:
        yield
    finally:
        if own is None:
            del body.forward
        else:
            body.forward = own


def _whole_logits(
    network: Any, ids: torch.Tensor, mask: torch.Tensor | None, chosen: torch.Tensor, chunk_rows: int
) -> Iterator[torch.Tensor]:
    columns = chosen.any(dim=0).nonzero().squeeze(-1)
    first = int(columns[0])
    has_choice = "logits_to_keep" in inspect.signature(network.forward).parameters
    if has_choice:
        kept = torch.arange(first, ids.shape[1], device=ids.device)
        logits = network(input_ids=ids, attention_mask=mask, use_cache=False, logits_to_keep=kept).logits
    else:
        logits = network(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, first:]
    row, column = chosen[:, first:].nonzero(as_tuple=True)
    for rows, cols in zip(torch.split(row, chunk_rows), torch.split(column, chunk_rows), strict=True):
        yield logits[rows, cols]
