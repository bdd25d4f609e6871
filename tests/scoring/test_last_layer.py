"""Positions that nobody asks for are left out of the last layer, and the others are what they were."""

import numpy as np
import pytest
import torch

from scoring.attention import BlockedAttention, attend
from scoring.forward import last_layer_of
from scoring.log_probabilities import Passage, TokenMeter
from scoring.windows import Window
from tests.scoring import tiny

CPU = torch.device("cpu")
# Which linear layers of a llama's last layer matter to their own position alone: all but those of keys and values.
BY_POSITION = {"q_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}


def last_layer(network):
    with torch.inference_mode():
        return last_layer_of(network, CPU)


def names(network, linears):
    return {name.split(".")[-1] for name, layer in network.named_modules() if layer in linears}


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ("llama", BY_POSITION),
        ("cohere", BY_POSITION),
        ("granite", BY_POSITION),
        ("opt", {"q_proj", "out_proj"}),  # joins batch and positions before the others
        ("gpt_neox", {"dense", "dense_h_to_4h", "dense_4h_to_h"}),  # keys and values come with the queries
        ("gpt2", set()),  # has no layers that torch calls linear; its queries are left out all the same
    ],
)
def test_what_may_leave_out_positions_is_found_out(family, expected):
    network = tiny.network(family)
    assert names(network, last_layer(network).linears) == expected


def test_a_model_without_torch_s_causal_attention_is_left_alone():
    assert last_layer(tiny.network("mamba")) is None
    assert last_layer(tiny.network("llama", attn_implementation="eager")) is None


def test_a_layer_after_which_positions_are_mixed_is_left_alone():
    network = tiny.network("llama")
    norm = network.model.norm
    network.model.norm = torch.nn.Sequential(norm, Mixing())
    assert last_layer(network) is None


class Mixing(torch.nn.Module):
    def forward(self, hidden):
        return hidden + hidden.mean(dim=1, keepdim=True)


@pytest.mark.parametrize("family", tiny.FAMILIES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_bits_of_charged_positions_stay_what_they_were(family, dtype):
    network = tiny.network(family).to(dtype)
    ids = np.random.default_rng(0).integers(0, tiny.BYTE_COUNT, 700)
    passages = [Passage(ids, Window(0, 500, 600)), Passage(ids, Window(50, 690, 700), tiny.BOS_ID)]
    fast = tiny.meter(network, batch_tokens=2000)
    plain = tiny.meter(network, batch_tokens=2000)
    plain.last_layer = None
    for one, other in zip(fast.bits(passages), plain.bits(passages), strict=True):
        if dtype == torch.float32:
            np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-5)
        else:
            assert one.sum() == pytest.approx(other.sum(), rel=0.01)
    assert "forward" not in vars(network.get_decoder())
    assert not any("forward" in vars(layer) for layer in network.modules())


def test_fewer_rows_are_computed():
    network = tiny.network("llama")
    rows = []
    original = torch.nn.functional.linear
    meter = TokenMeter(tiny.loaded(network, tiny.byte_tokenizer()), 1000)
    down = network.model.layers[-1].mlp.down_proj

    def watched(inputs, weight, bias=None):
        if weight is down.weight:
            rows.append(inputs.shape[-2])
        return original(inputs, weight, bias)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("torch.nn.functional.linear", watched)
        meter.bits([Passage(np.arange(200), Window(0, 190, 200))])
    assert rows == [10]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("first", [0, 1, 300, 599])
@pytest.mark.parametrize("key_heads", [1, 2, 4])
def test_attention_in_blocks_is_attention(dtype, first, key_heads):
    torch.manual_seed(0)
    query = torch.randn(2, 4, 600, 16, dtype=dtype) * 2
    key, value = (torch.randn(2, key_heads, 600, 16, dtype=dtype) for _ in range(2))
    options = {"is_causal": True, "scale": 0.3, "enable_gqa": True}
    exact = torch.nn.functional.scaled_dot_product_attention(query.double(), key.double(), value.double(), **options)
    found = attend(query, key, value, scale=0.3, first=first, skipped=7.0)
    assert (found[:, :, :first] == 7).all()
    tolerance = 1e-5 if dtype == torch.float32 else 2e-2
    torch.testing.assert_close(found[:, :, first:].double(), exact[:, :, first:], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("options", [{}, {"is_causal": True, "attn_mask": None, "dropout_p": 0.5}])
def test_other_attention_is_left_to_torch(options):
    query = torch.randn(1, 2, 5, 8, dtype=torch.bfloat16)
    with BlockedAttention() as attention:
        attention.first = 2
        torch.nn.functional.scaled_dot_product_attention(query, query, query, **options)
    assert not attention.was_used


def test_a_head_laid_out_for_onednn_moves_no_bit():
    if not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        pytest.skip("torch without oneDNN")
    from scoring.products import OneDnnLinear, lay_out_weights, use_onednn

    for dtype in (torch.float32, torch.bfloat16):
        layer = torch.nn.Linear(64, 1000, bias=False, dtype=dtype)
        inputs = torch.randn(1, 37, 64, dtype=dtype)
        expected = layer(inputs)
        torch.testing.assert_close(lay_out_weights(layer)(inputs), expected, rtol=1e-5, atol=1e-5)
    tied = tiny.network("llama", tie_word_embeddings=True)
    ids = torch.arange(12)[None]
    before = tied(ids).logits
    assert isinstance(use_onednn(tied).lm_head, OneDnnLinear)
    torch.testing.assert_close(tied(ids).logits, before, rtol=1e-4, atol=1e-4)
