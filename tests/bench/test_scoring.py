"""What scoring is measured beside gives the same bits, and what is held against it is what the model computes."""

import math
from collections import Counter

import numpy as np
import pytest
import torch

from bench.scoring import _require_equal
from bench.scoring_peers import seed_bits
from bench.scoring_shapes import SHAPES, products_flops, products_of, products_run
from scoring.log_probabilities import Passage, sum_bits
from scoring.windows import paper_windows
from storage.errors import FreshpressError
from tests.scoring import tiny

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_the_seeds_loop_gives_the_bits_of_the_paper_protocol():
    network, ids = tiny.network("llama"), np.random.default_rng(1).integers(0, tiny.BYTE_COUNT, 100)
    windows = paper_windows(len(ids), 40, 16)
    ours = sum_bits(tiny.meter(network).bits([Passage(ids, window) for window in windows]))
    assert math.isclose(seed_bits(network, ids, windows), ours, rel_tol=1e-6)


def test_the_products_of_a_run_are_those_of_its_layers_and_of_no_more_positions_than_are_scored():
    network, ids = tiny.network("llama"), np.random.default_rng(1).integers(0, tiny.BYTE_COUNT, 60)
    meter = tiny.meter(network)
    (window,) = paper_windows(len(ids), 50, 25)[:1]
    products = products_of(lambda: meter.bits([Passage(ids, window)]), network)
    wide, narrow = ("linear", 50, 32, 32), ("linear", 50, 32, 16)
    assert products == Counter(
        {
            wide: 4,  # query and output of two layers
            narrow: 4,  # key and value, of half as many heads
            ("linear", 50, 32, 64): 4,
            ("linear", 50, 64, 32): 2,
            ("linear", 50, 32, tiny.VOCABULARY): 1,
            ("attention", (1, 4, 50, 8), (1, 2, 50, 8), True): 2,
        }
    )
    linear = 2 * 50 * (4 * 32 * 32 + 4 * 32 * 16 + 6 * 32 * 64 + 32 * tiny.VOCABULARY)
    assert products_flops(products) == linear + 2 * 0.5 * 4 * 4 * 50 * 50 * 8
    assert ran_products(products_run(products, CPU, torch.float32)) == products.total()


def ran_products(run):
    """Count the linear layers and attentions that are computed."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        run()
    names = ("aten::linear", "mkldnn::_linear_pointwise", "aten::scaled_dot_product_attention")
    return sum(event.count for event in profile.key_averages() if event.key in names)


def test_a_speed_of_other_bits_does_not_count():
    _require_equal("paper", 100.0, 100.00005, 1e-6)
    with pytest.raises(FreshpressError, match="no speed counts"):
        _require_equal("paper", 100.0, 100.0005, 1e-6)


def test_the_smallest_shape_has_fifty_million_parameters():
    from transformers import LlamaConfig, LlamaForCausalLM

    with torch.device("meta"):
        network = LlamaForCausalLM(LlamaConfig(vocab_size=50_304, **SHAPES["50m"]))
    assert 48e6 < network.num_parameters() < 52e6
