"""Bits of tokens: exact, whatever the model, the batch and the order."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from scoring.forward import chosen_logits, has_separable_head, is_blind_to_padding
from scoring.log_probabilities import CPU_CHUNK_BYTES, Passage, TokenMeter, bits_of
from scoring.windows import Window, document_windows
from storage.errors import ScoringError
from tests.scoring import tiny

# One window in float32 against the same window among others: padding and batch shape reorder the sums of a matrix
# product, no more.
BATCH_TOLERANCE = 2e-5


def ids_of(count, seed=0):
    return np.random.default_rng(seed).integers(0, tiny.BYTE_COUNT, count)


def passages_of(*counts):
    return [
        Passage(ids, window, tiny.BOS_ID)
        for ids in (ids_of(count, count) for count in counts)
        for window in document_windows(len(ids), 40, 16)
    ]


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_head_after_body_gives_the_logits_of_the_whole_forward(family):
    network = tiny.network(family)
    ids = torch.tensor(ids_of(60).reshape(3, 20))
    chosen = torch.zeros(3, 20, dtype=torch.bool)
    chosen[0, 5:], chosen[1, 19:], chosen[2, :7] = True, True, True
    with torch.inference_mode():
        whole = network(input_ids=ids).logits[chosen]
        assert has_separable_head(network, torch.device("cpu"))
        for is_separable in (True, False):
            options = {"chunk_rows": 4, "is_separable": is_separable}
            chunks = list(chosen_logits(network, ids, None, chosen, **options))
            assert [len(chunk) for chunk in chunks] == [4] * 5 + [3]
            torch.testing.assert_close(torch.cat(chunks), whole, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(network(input_ids=ids).logits[chosen], whole)  # and the model is as it was


def test_a_network_without_a_body_is_run_as_a_whole():
    network = tiny.BigramNetwork(torch.randn(tiny.VOCABULARY, tiny.VOCABULARY))
    assert not has_separable_head(network, torch.device("cpu"))


def test_a_head_that_needs_more_than_the_body_gave_is_found_out():
    class Residual(type(tiny.network("llama"))):
        def forward(self, input_ids=None, **options):
            found = super().forward(input_ids=input_ids, **options)
            if input_ids.shape[1] == found.logits.shape[1]:
                found.logits = found.logits + input_ids[..., None]
            return found

    network = Residual(tiny.network("llama").config).eval()
    with torch.inference_mode():
        assert not has_separable_head(network, torch.device("cpu"))


def test_equal_logits_over_256_tokens_are_exactly_8_bits():
    assert bits_of(torch.full((3, 256), 0.3), torch.tensor([0, 17, 255])).tolist() == [8.0, 8.0, 8.0]


def test_bits_are_those_of_a_double_precision_softmax():
    logits = torch.randn(50, 1000) * 20
    targets = torch.randint(0, 1000, (50,))
    expected = -torch.log_softmax(logits.double(), -1).gather(-1, targets[:, None]).squeeze(-1) / math.log(2)
    torch.testing.assert_close(bits_of(logits.clone(), targets).double(), expected, rtol=1e-5, atol=1e-5)


def test_a_bfloat16_head_is_summed_in_float32():
    logits = (torch.randn(20, 50_000) * 3).bfloat16()
    targets = torch.randint(0, 50_000, (20,))
    expected = -torch.log_softmax(logits.double(), -1).gather(-1, targets[:, None]).squeeze(-1) / math.log(2)
    torch.testing.assert_close(bits_of(logits, targets).double(), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_neither_batch_size_nor_order_moves_the_bits(family):
    network = tiny.network(family)
    passages = passages_of(3, 100, 41, 40, 1, 77)
    alone = [tiny.meter(network).bits([passage])[0] for passage in passages]
    for batch_tokens, order in ((1, 1), (90, -1), (10_000, 1)):
        found = tiny.meter(network, batch_tokens=batch_tokens).bits(passages[::order])[::order]
        for one, other in zip(alone, found, strict=True):
            np.testing.assert_allclose(other, one, rtol=BATCH_TOLERANCE, atol=BATCH_TOLERANCE)


def test_padding_is_masked_by_length_and_not_by_id():
    network = tiny.network("llama")
    zeros = np.zeros(30, dtype=np.int64)  # the padding id, as a text of its own
    alone = tiny.meter(network).bits([Passage(zeros, Window(0, 0, 12), tiny.BOS_ID)])[0]
    long = Passage(ids_of(30), Window(0, 0, 30), tiny.BOS_ID)
    beside = tiny.meter(network).bits([Passage(zeros, Window(0, 0, 12), tiny.BOS_ID), long])[0]
    np.testing.assert_allclose(beside, alone, rtol=BATCH_TOLERANCE)


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_no_causal_model_looks_at_padding_on_its_right(family):
    with torch.inference_mode():
        assert is_blind_to_padding(tiny.network(family), torch.device("cpu"))


class Looking(tiny.BigramNetwork):
    """Every logit depends on all ids that the mask lets through."""

    def forward(self, input_ids, attention_mask=None, use_cache=None):
        found = super().forward(input_ids)
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        found.logits += (input_ids * mask + mask).sum(dim=1)[:, None, None] * self.table[0]
        return found


def test_a_model_that_looks_at_padding_is_given_a_mask():
    network = Looking(torch.randn(tiny.VOCABULARY, tiny.VOCABULARY) * 0.1)
    meter = tiny.meter(network)
    assert meter.needs_mask
    short, long = Passage(ids_of(30), Window(0, 0, 12), tiny.BOS_ID), Passage(ids_of(30), Window(0, 0, 30), tiny.BOS_ID)
    np.testing.assert_allclose(meter.bits([short, long])[0], meter.bits([short])[0], rtol=BATCH_TOLERANCE)


def test_small_chunks_of_logits_do_not_move_the_bits():
    network = tiny.network("gemma2")
    passages = passages_of(100, 30)
    whole = tiny.meter(network)
    chunked = tiny.meter(network)
    chunked.chunk_rows = 3
    for one, other in zip(whole.bits(passages), chunked.bits(passages), strict=True):
        np.testing.assert_allclose(other, one, rtol=BATCH_TOLERANCE, atol=BATCH_TOLERANCE)


def test_a_vocabulary_of_152k_takes_two_gibibytes_at_most():
    # A process of its own, whose peak nothing else has raised.
    script = Path(__file__).with_name("large_vocabulary.py")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    above_weights, largest_tensor, weights = map(int, done.stdout.split())
    assert above_weights < 2 << 30
    # One whole window's logits would be 1.1 GiB; no tensor but the weights is larger than a chunk.
    assert largest_tensor <= max(CPU_CHUNK_BYTES, weights)


class Cramped(TokenMeter):
    """A meter on a device with room for so many tokens."""

    room = 100
    refusal_count = 0

    def _batch_bits(self, batch):
        if len(batch) * max(passage.input_count for passage in batch) > self.room:
            self.refusal_count += 1
            raise torch.OutOfMemoryError("out of memory")
        return super()._batch_bits(batch)


def test_a_batch_that_does_not_fit_is_halved_and_the_lesson_remembered():
    network = tiny.network("gpt2")
    model = tiny.loaded(network, tiny.byte_tokenizer())
    passages = passages_of(100, 90, 80)
    cramped = Cramped(model, 640)
    found = cramped.bits(passages)
    refusal_count = cramped.refusal_count
    assert refusal_count > 0
    assert cramped.batch_tokens <= 100
    cramped.bits(passages)
    assert cramped.refusal_count == refusal_count
    for one, other in zip(TokenMeter(model, 640).bits(passages), found, strict=True):
        np.testing.assert_allclose(other, one, rtol=BATCH_TOLERANCE, atol=BATCH_TOLERANCE)


def test_one_window_that_does_not_fit_is_a_stated_failure():
    cramped = Cramped(tiny.loaded(tiny.network("gpt2"), tiny.byte_tokenizer()), 640)
    cramped.room = 10
    with pytest.raises(ScoringError, match="one window of 40 tokens"):
        cramped.bits(passages_of(100))


def test_an_id_the_model_does_not_know_is_a_stated_failure():
    with pytest.raises(ScoringError, match="gives id 258 and the model knows 258"):
        tiny.meter(tiny.network("gpt2")).bits([Passage(np.array([1, 258, 2]), Window(0, 0, 3), tiny.BOS_ID)])


def test_a_model_that_gives_no_number_is_a_stated_failure():
    network = tiny.network("gpt2")
    with torch.no_grad():
        network.transformer.ln_f.weight.fill_(math.nan)
    with pytest.raises(ScoringError, match="no finite probability"):
        tiny.meter(network).bits(passages_of(5))


def test_no_passages_give_no_bits():
    assert tiny.meter(tiny.network("gpt2")).bits([]) == []
