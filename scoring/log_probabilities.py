"""Bits of every charged token: the one place where a network is asked.

Passages of like length share a batch, padded on the right where a causal model does not look (one that does is given a
mask, by length), so neither batch size nor order moves a result beyond float32 rounding. Log-probabilities are float32
whatever the weights; what leaves is float64 on the host. On a GPU one batch is computed while the bits of the one
before travel.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from scoring.encode import TokenIds
from scoring.forward import chosen_logits, has_separable_head, is_blind_to_padding, last_layer_of
from scoring.models import LoadedModel
from scoring.windows import Window
from storage.errors import ScoringError

TokenBits = npt.NDArray[np.float64]

# Logits of one chunk, in float32: small enough to stay near the processor (and below what malloc gives back to the
# system, to fault it in again for the next chunk), large enough for a full matrix product.
CPU_CHUNK_BYTES = 32 << 20
GPU_CHUNK_BYTES = 256 << 20
# Logits that a CPU turns into bits before it goes on, so that each is fetched from memory once: 6.0 ms instead of 6.9
# for 166 rows of 50,304.
CPU_BLOCK_BYTES = 1 << 20
# A CPU gains nothing from more tokens at once than one long window; short passages are padded to one another for less.
CPU_BATCH_TOKENS = 1024


@dataclass(frozen=True, slots=True)
class Passage:
    """One window over the ids of a text or stream; the start token, if any, stands before its context."""

    ids: TokenIds
    window: Window
    start_token: int | None = None

    @property
    def input_ids(self) -> TokenIds:
        """The ids the model sees; its last outputs predict the targets."""
        seen = self.ids[self.window.context_from : self.window.score_to - 1]
        return seen if self.start_token is None else np.concatenate([[self.start_token], seen])

    @property
    def target_ids(self) -> TokenIds:
        """The ids that are charged."""
        return self.ids[self.window.score_from : self.window.score_to]

    @property
    def input_count(self) -> int:
        """How many ids the model sees."""
        return self.window.score_to - 1 - self.window.context_from + (self.start_token is not None)

    @property
    def target_count(self) -> int:
        """How many ids are charged."""
        return self.window.score_to - self.window.score_from


@dataclass(frozen=True, slots=True)
class Pending:
    """Bits of a batch on their way to the host, where they are once `arrived` is."""

    bits: torch.Tensor
    target_counts: Sequence[int]
    arrived: Any

    def collect(self) -> list[TokenBits]:
        """Wait, and return the bits of each passage."""
        if self.arrived is not None:
            self.arrived.synchronize()
        return np.split(self.bits.numpy().astype(np.float64), np.cumsum(self.target_counts)[:-1])


class TokenMeter:
    """A loaded model, and how many tokens fit into its memory at once; what was learnt of that stays learnt."""

    on_tokens: Callable[[int], None]

    def __init__(self, model: LoadedModel, batch_tokens: int) -> None:
        self.model = model
        self.batch_tokens = batch_tokens if model.device.type == "cuda" else min(batch_tokens, CPU_BATCH_TOKENS)
        self.on_tokens = lambda _count: None
        with torch.inference_mode():
            self.is_separable = has_separable_head(model.network, model.device)
            self.last_layer = last_layer_of(model.network, model.device)
            self.needs_mask = not is_blind_to_padding(model.network, model.device)
        chunk_bytes = GPU_CHUNK_BYTES if model.device.type == "cuda" else CPU_CHUNK_BYTES
        self.chunk_rows = max(1, chunk_bytes // (4 * model.vocabulary_size))

    def bits(self, passages: Sequence[Passage]) -> list[TokenBits]:
        """Return the bits of every target of every passage, in the order given."""
        results: list[TokenBits] = [np.zeros(0)] * len(passages)
        # Longest first: what does not fit into memory shows at once.
        order = sorted(range(len(passages)), key=lambda i: (-passages[i].input_count, passages[i].target_count))
        done = 0
        under_way: tuple[Sequence[int], Pending] | None = None
        while done < len(order):
            size = max(1, self.batch_tokens // passages[order[done]].input_count)
            batch = order[done : done + size]
            try:
                pending = self._batch_bits([passages[i] for i in batch])
            except torch.OutOfMemoryError as error:
                self._halve(batch_size=len(batch), input_count=passages[batch[0]].input_count, error=error)
                continue
            self._settle(under_way, results)
            under_way = batch, pending
            done += len(batch)
        self._settle(under_way, results)
        return results

    def _settle(self, under_way: tuple[Sequence[int], Pending] | None, results: list[TokenBits]) -> None:
        if under_way is None:
            return
        batch, pending = under_way
        for i, bits in zip(batch, pending.collect(), strict=True):
            if not np.isfinite(bits).all():
                message = f"{self.model.model_id} gives some tokens no finite probability in {self.model.dtype}"
                raise ScoringError(f"{message}; score it with dtype float32, or check its weights")
            results[i] = bits
        self.on_tokens(sum(pending.target_counts))

    def _batch_bits(self, batch: Sequence[Passage]) -> Pending:
        ids, mask = self._right_padded([passage.input_ids for passage in batch])
        targets = torch.from_numpy(np.concatenate([passage.target_ids for passage in batch]))
        self._require_known(max(int(ids.max()), int(targets.max())))
        with torch.inference_mode():
            bits = self._target_bits(self._sent(ids), mask, self._sent(targets), batch)
        counts = [passage.target_count for passage in batch]
        if not bits.is_cuda:
            return Pending(bits, counts, None)
        host = torch.empty(bits.shape, dtype=bits.dtype, pin_memory=True).copy_(bits, non_blocking=True)
        arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
        arrived.record(torch.cuda.current_stream(bits.device))
        return Pending(host, counts, arrived)

    def _target_bits(
        self, ids: torch.Tensor, mask: torch.Tensor | None, targets: torch.Tensor, batch: Sequence[Passage]
    ) -> torch.Tensor:
        chosen = torch.zeros(ids.shape, dtype=torch.bool)
        for row, passage in enumerate(batch):
            chosen[row, passage.input_count - passage.target_count : passage.input_count] = True
        chunks = chosen_logits(
            self.model.network,
            ids,
            mask,
            chosen,
            chunk_rows=self.chunk_rows,
            is_separable=self.is_separable,
            last_layer=self.last_layer,
        )
        return torch.cat(
            [bits_of(logits, some) for logits, some in zip(chunks, torch.split(targets, self.chunk_rows), strict=True)]
        )

    def _right_padded(self, rows: Sequence[TokenIds]) -> tuple[torch.Tensor, torch.Tensor | None]:
        lengths = torch.tensor([len(row) for row in rows])
        width = int(lengths.max())
        ids = torch.zeros(len(rows), width, dtype=torch.long)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = torch.from_numpy(row)
        # By length, never by id: the padding id is a real token of real texts.
        mask = (torch.arange(width) < lengths[:, None]).long()
        is_needed = self.needs_mask and int(lengths.min()) < width
        return ids, self._sent(mask) if is_needed else None

    def _sent(self, values: torch.Tensor) -> torch.Tensor:
        """Send from pinned memory, so that neither side waits."""
        if self.model.device.type != "cuda":
            return values.to(self.model.device)
        return values.pin_memory().to(self.model.device, non_blocking=True)

    def _require_known(self, largest: int) -> None:
        if largest >= self.model.vocabulary_size:
            message = f"the tokenizer of {self.model.model_id} gives id {largest} and the model knows"
            raise ScoringError(f"{message} {self.model.vocabulary_size} ids; give the model its own tokenizer")

    def _halve(self, *, batch_size: int, input_count: int, error: Exception) -> None:
        torch.cuda.empty_cache()
        if batch_size == 1:
            message = f"one window of {input_count} tokens of {self.model.model_id} does not fit into GPU memory"
            raise ScoringError(f"{message}; choose a smaller dtype, a shorter window or a larger GPU") from error
        self.batch_tokens = max(1, batch_size * input_count // 2)


def bits_of(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return −log2 p of each target in float32, whatever the format of the logits; of 256 equal ones exactly 8."""
    targets = targets.to(logits.device)
    rows = len(logits) if logits.is_cuda else max(1, CPU_BLOCK_BYTES // (4 * logits.shape[-1]))
    blocks = zip(torch.split(logits, rows), torch.split(targets, rows), strict=True)
    nats = [torch.nn.functional.cross_entropy(block.float(), some, reduction="none") for block, some in blocks]
    return torch.cat(nats) * (1 / math.log(2))


def sum_bits(bits: Iterable[TokenBits]) -> float:
    """Return the sum of all bits, exactly rounded, so that no grouping of the terms shows."""
    return math.fsum(value for some in bits for value in some.tolist())
