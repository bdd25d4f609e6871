"""The probabilities of one token after another, as somebody must compute them who does not know the text yet.

Encoder and decoder walk this same path: one text, one token at a time, in the windows of the protocol. The same
inputs give the same floats on one machine with the same libraries and threads; elsewhere they may not, and then a code
does not decode. Within a window a model's key-value cache is used where it has one; each window begins anew.
"""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from scoring.entropy_code import Probabilities
from scoring.models import LoadedModel
from scoring.windows import Window


class NextToken:
    """Called with the ids so far, from none on, one more each time; returns the probabilities of the next id.

    `windows` partition the ids; the start token stands before each.
    """

    def __init__(self, model: LoadedModel, start_token: int, windows: Sequence[Window]) -> None:
        self._model, self._start_token = model, start_token
        self._windows = iter(windows)
        self._takes_last_alone = "logits_to_keep" in inspect.signature(model.network.forward).parameters
        self._window = Window(0, 0, 0)
        self._forget()

    def __call__(self, seen: Sequence[int]) -> Probabilities:
        """Return the probabilities of the id after these, one per id of the model (float64)."""
        if len(seen) == self._window.score_to:
            self._window = next(self._windows)
            self._forget()
        with torch.inference_mode(), deterministic():
            return _softmax(self._logits([self._start_token, *seen[self._window.context_from :]]))

    def _forget(self) -> None:
        self._cache: Any = None
        self._cached_count = 0

    def _logits(self, context: list[int]) -> torch.Tensor:
        ids = torch.tensor([context[self._cached_count :]], device=self._model.device)
        options = {"logits_to_keep": 1} if self._takes_last_alone else {}
        if self._cache is not None:
            options["past_key_values"] = self._cache
        outputs = self._model.network(input_ids=ids, use_cache=True, **options)
        self._cache = getattr(outputs, "past_key_values", None)
        # A model without such a cache (recurrent ones) reads the whole context again for every token.
        self._cached_count = len(context) if self._cache is not None else 0
        logits: torch.Tensor = outputs.logits[0, -1]
        return logits


@contextmanager
def deterministic() -> Iterator[None]:
    """Ask torch for kernels that give the same floats every time, where it has them."""
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])


def _softmax(logits: torch.Tensor) -> Probabilities:
    shifted = logits.float().cpu().numpy().astype(np.float64)
    powers = np.exp(shifted - shifted.max())
    return np.asarray(powers / powers.sum())
