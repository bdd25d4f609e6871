"""Who else gives a model's bits of texts: the seed's loop and lm-evaluation-harness, each as its authors run it."""

import math
import os
from collections.abc import Callable, Sequence
from typing import Any

import torch

from bench.signature_peers import peer
from scoring.encode import TokenIds
from scoring.windows import Window


def seed_bits(network: Any, ids: TokenIds, windows: Sequence[Window]) -> float:
    """Return the bits of all windows as the seed's `validate` does: whole logits, targets outside a mask ignored.

    One window at a time, which is its fastest on a processor: more make its logits only larger.
    """
    losses = []
    with torch.no_grad():
        for window in windows:
            some = torch.from_numpy(ids[window.context_from : window.score_to])[None].to(network.device)
            targets = some[:, 1:].clone()
            targets[:, : window.score_from - window.context_from - 1] = -1
            logits = network(some[:, :-1]).logits
            flat = logits.reshape(-1, logits.size(-1))
            loss = torch.nn.functional.cross_entropy(flat, targets.reshape(-1), ignore_index=-1, reduction="sum")
            losses.append(loss.cpu().item())
    return math.fsum(losses) / math.log(2)


class Harness:
    """lm-evaluation-harness over a model in memory; `batch_size` "auto" lets it find its own, once."""

    def __init__(self, network: Any, tokenizer: Any, batch_size: int | str, *, most: int, max_length: int) -> None:
        os.environ["TQDM_DISABLE"] = "1"
        make: Callable[..., Any] = peer("lm_eval.models.huggingface").HFLM
        self._instance = peer("lm_eval.api.instance").Instance
        options = {"pretrained": network, "tokenizer": tokenizer, "max_length": max_length, "max_batch_size": most}
        self.model = make(**options, batch_size=batch_size)
        if batch_size == "auto":
            self.model = make(**options, batch_size=self.model._detect_batch_size())

    def bits(self, texts: Sequence[str]) -> list[float]:
        """Return the bits of each text."""
        asked = [self._instance("loglikelihood_rolling", {}, (text,), place) for place, text in enumerate(texts)]
        return [-value / math.log(2) for value in self.model.loglikelihood_rolling(asked, disable_tqdm=True)]
