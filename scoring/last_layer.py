"""The last layer of a network on a CPU, of which only the charged positions are computed.

Its keys and values are those of all positions; its queries, and every linear layer after them, matter to nobody but the
position they stand at. Which linear layers those are is found out and not known: positions that nobody asks for are
answered with NaN, which whatever depends on them would show. A layer without torch's plain causal attention is left
alone: it may choose what it looks at, which no NaN would show.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from scoring.attention import BlockedAttention


@dataclass(frozen=True, slots=True)
class LastLayer:
    """The layer, and those of its linear layers that may leave out positions."""

    layer: torch.nn.Module
    linears: Sequence[torch.nn.Linear]

    @contextmanager
    def asked_from(self, first: int, skipped: float = 0.0) -> Iterator[BlockedAttention]:
        """Compute no position of the layer before column `first`; `skipped` stands there instead."""
        attention = BlockedAttention(skipped)
        with ExitStack() as stack:
            enter = self.layer.register_forward_pre_hook(lambda *_: setattr(attention, "first", first))
            leave = self.layer.register_forward_hook(lambda *_: setattr(attention, "first", 0))
            stack.callback(enter.remove)
            stack.callback(leave.remove)
            for linear in self.linears if first else ():
                linear.forward = partial(_outputs_from, linear, first, skipped)  # type: ignore[method-assign]
                stack.callback(delattr, linear, "forward")
            yield stack.enter_context(attention)


def find_last_layer(
    network: Any, device: torch.device, outputs_of: Callable[[torch.Tensor], torch.Tensor]
) -> LastLayer | None:
    """Return the last layer, tried on four tokens; None where what is skipped would be missed.

    `outputs_of` returns the last hidden states of ids.
    """
    ids = torch.arange(8, device=device).reshape(2, 4)
    lists = [some for some in network.get_decoder().modules() if isinstance(some, torch.nn.ModuleList) and len(some)]
    if not lists or not _is_indifferent(found := LastLayer(lists[0][-1], ()), ids, outputs_of):
        return None
    linears = [
        linear
        for linear in _linears_by_position(found.layer, ids, outputs_of)
        if _is_indifferent(LastLayer(found.layer, (linear,)), ids, outputs_of)
    ]
    return LastLayer(found.layer, linears)


def _is_indifferent(layer: LastLayer, ids: torch.Tensor, outputs_of: Callable[[torch.Tensor], torch.Tensor]) -> bool:
    first = ids.shape[1] // 2
    with layer.asked_from(first, skipped=torch.nan) as attention:
        return bool(outputs_of(ids)[:, first:].isfinite().all()) and attention.was_used


def _linears_by_position(
    layer: torch.nn.Module, ids: torch.Tensor, outputs_of: Callable[[torch.Tensor], torch.Tensor]
) -> list[torch.nn.Linear]:
    """Return the linear layers that are given batch × tokens × size."""
    seen: list[torch.nn.Linear] = []

    def note(linear: torch.nn.Linear, inputs: tuple[torch.Tensor, ...]) -> None:
        if inputs[0].ndim == 3 and inputs[0].shape[:2] == ids.shape and linear not in seen:
            seen.append(linear)

    with ExitStack() as stack:
        for some in layer.modules():
            if isinstance(some, torch.nn.Linear):
                stack.callback(some.register_forward_pre_hook(note).remove)
        outputs_of(ids)
    return seen


def _outputs_from(linear: torch.nn.Linear, first: int, skipped: float, inputs: torch.Tensor) -> torch.Tensor:
    outputs = inputs.new_full((*inputs.shape[:-1], linear.out_features), skipped)
    outputs[:, first:] = type(linear).forward(linear, inputs[:, first:])
    return outputs
