"""The logits of chosen positions, by the model's own forward, a chunk at a time.

The body (everything below the output head) runs once. The head is then given its remembered outputs chunk by chunk,
again through the model's own forward, because only that knows whether logits are scaled, capped or shifted. So no
sequence × vocabulary tensor exists. A model whose head cannot be parted from its body so is run as it is, with
`logits_to_keep` where it has that.
"""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch

from scoring.last_layer import LastLayer, find_last_layer

# Errors a model raises that cannot work on remembered outputs; it is then run as a whole.
INSEPARABLE = (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError)


def has_separable_head(network: Any, device: torch.device) -> bool:
    """Tell whether head after body gives what the whole forward gives, tried on six tokens."""
    ids = torch.arange(6, device=device).reshape(2, 3)
    everywhere = ids >= 0
    try:
        parted = torch.cat(list(_head_logits(network, _body_outputs(network, ids, None), everywhere, chunk_rows=4)))
        whole = network(input_ids=ids, use_cache=False).logits.flatten(0, 1)
        torch.testing.assert_close(parted.to(whole.device), whole, rtol=0.02, atol=0.02 * float(whole.abs().max()))
    except (AssertionError, *INSEPARABLE):
        return False
    return True


def last_layer_of(network: Any, device: torch.device) -> LastLayer | None:
    """Return the layer that may leave out positions, where there is one: on a CPU, below a separable head."""
    if device.type != "cpu":
        return None
    try:
        return find_last_layer(network, device, lambda ids: _body_outputs(network, ids, None).last_hidden_state)
    except INSEPARABLE:
        return None


def is_blind_to_padding(network: Any, device: torch.device) -> bool:
    """Tell whether ids to the right of a position leave its logits alone without a mask, tried on six tokens.

    So it is in any causal model that is padded on the right. Without a mask attention takes its causal kernel, which
    computes half of what a masked one computes.
    """
    short = torch.arange(1, 4, device=device)[None]
    padded = torch.nn.functional.pad(short, (0, 3))
    alone, beside = (network(input_ids=ids, use_cache=False).logits[:, :3] for ids in (short, padded))
    return bool((alone - beside).abs().max() <= 0.02 * alone.abs().max())


def chosen_logits(
    network: Any,
    ids: torch.Tensor,
    mask: torch.Tensor | None,
    chosen: torch.Tensor,
    *,
    chunk_rows: int,
    is_separable: bool,
    last_layer: LastLayer | None = None,
) -> Iterator[torch.Tensor]:
    """Yield the logits where `chosen` is true, row after row of the batch, at most `chunk_rows` at a time.

    `chosen` stays on the host: what is asked there makes no GPU wait.
    """
    if is_separable:
        first = int(chosen.any(dim=0).nonzero()[0])
        with last_layer.asked_from(first) if last_layer else nullcontext():
            outputs = _body_outputs(network, ids, mask)
        yield from _head_logits(network, outputs, chosen, chunk_rows)
    else:
        yield from _whole_logits(network, ids, mask, chosen, chunk_rows)


def _head_logits(network: Any, outputs: Any, chosen: torch.Tensor, chunk_rows: int) -> Iterator[torch.Tensor]:
    hidden = outputs.last_hidden_state.flatten(0, 1)
    rows = hidden.index_select(0, _moved(chosen.flatten().nonzero().squeeze(-1), hidden.device))
    for chunk in torch.split(rows, chunk_rows):
        with _remembered(network, type(outputs)(last_hidden_state=chunk[None])):
            ids = torch.zeros(1, len(chunk), dtype=torch.long, device=chunk.device)
            yield network(input_ids=ids, use_cache=False).logits[0]


class _BodyDone(Exception):  # noqa: N818  (no error: how the body's outputs get past the head)
    """The body has run, and the head need not."""

    def __init__(self, outputs: Any) -> None:
        super().__init__()
        self.outputs = outputs


def _body_outputs(network: Any, ids: torch.Tensor, mask: torch.Tensor | None) -> Any:
    body = network.get_decoder()
    if body is network:
        raise TypeError(f"{type(network).__name__} has no body apart from its head")
    hook = body.register_forward_hook(_leave)
    try:
        network(input_ids=ids, attention_mask=mask, use_cache=False)
    except _BodyDone as done:
        return done.outputs
    finally:
        hook.remove()
    raise TypeError(f"{type(network).__name__} does not call its body")


def _leave(_module: Any, _inputs: Any, outputs: Any) -> None:
    raise _BodyDone(outputs)


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
        # A number and no indices: those would have to lie on the GPU of the last layer.
        kept = ids.shape[1] - first
        logits = network(input_ids=ids, attention_mask=mask, use_cache=False, logits_to_keep=kept).logits
    else:
        logits = network(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, first:]
    row, column = (_moved(index, logits.device) for index in chosen[:, first:].nonzero(as_tuple=True))
    for rows, cols in zip(torch.split(row, chunk_rows), torch.split(column, chunk_rows), strict=True):
        yield logits[rows, cols]


def _moved(index: torch.Tensor, device: torch.device) -> torch.Tensor:
    return index.to(device, non_blocking=True)
