"""Texts that come next are encoded while a GPU computes: one batch of them ahead, in order, errors where they belong.

A thread does, since the tokenizers that matter let go of the interpreter; it has a tokenizer of its own, because one is
not for two threads. On a CPU nothing is done ahead: there the thread would take a core from the model.
"""

import copy
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from scoring.encode import TokenIds
from scoring.log_probabilities import Passage
from scoring.texts import Text

# The ids of each text, and its windows in order.
Cut = tuple[list[TokenIds], list[list[Passage]]]


class CutAhead:
    """Cuts texts into windows; those it was told to expect are cut, or being cut, when they are asked for."""

    def __init__(self, cut: Callable[[Any, Sequence[Text]], Cut], tokenizer: Any) -> None:
        self._cut = cut
        self._tokenizer, self._own_tokenizer = tokenizer, copy.deepcopy(tokenizer)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="encode")
        # The batch that is asked for now, and the one after it.
        self._expected: deque[tuple[Sequence[Text], Future[Cut]]] = deque(maxlen=2)

    def expect(self, texts: Sequence[Text]) -> None:
        """Begin with texts that will be asked for."""
        self._expected.append((texts, self._thread.submit(self._cut, self._own_tokenizer, texts)))

    def take(self, texts: Sequence[Text]) -> Cut:
        """Return the ids and windows of the texts."""
        found = next((future for expected, future in self._expected if expected is texts), None)
        return found.result() if found else self._cut(self._tokenizer, texts)
