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


def products_of_window(number):
    network, ids = tiny.network("llama"), np.random.default_rng(1).integers(0, tiny.BYTE_COUNT, 80)
    meter = tiny.meter(network)
    return products_of(lambda: meter.bits([Passage(ids, paper_windows(len(ids), 50, 25)[number])]))


def test_the_products_of_a_run_are_those_of_its_layers_and_of_no_more_positions_than_are_scored():
    products = products_of_window(0)
    assert products == Counter(
        {
            ("linear", 50, 32, 32): 4,  # query and output of two layers
            ("linear", 50, 32, 16): 4,  # key and value, of half as many heads
            ("linear", 50, 32, 64): 4,
            ("linear", 50, 64, 32): 2,
            ("linear", 50, 32, tiny.VOCABULARY): 1,
            ("attention", (1, 4, 50, 8), (1, 2, 50, 8), True, 0): 2,
        }
    )
    linear = 2 * 50 * (4 * 32 * 32 + 4 * 32 * 16 + 6 * 32 * 64 + 32 * tiny.VOCABULARY)
    assert products_flops(products) == linear + 2 * 0.5 * 4 * 4 * 50 * 50 * 8
    assert products_of(products_run(products, CPU, torch.float32)) == products


def test_the_products_of_a_later_window_are_fewer_in_the_last_layer():
    products = products_of_window(1)
    first_layer = {("linear", 50, 32, 32): 2, ("linear", 50, 32, 64): 2, ("linear", 50, 64, 32): 1}
    last_layer = {("linear", 25, 32, 32): 2, ("linear", 25, 32, 64): 2, ("linear", 25, 64, 32): 1}
    heads = (1, 4, 50, 8), (1, 2, 50, 8)
    assert products == Counter(
        {
            **first_layer,
            **last_layer,
            ("linear", 50, 32, 16): 4,
            ("linear", 25, 32, tiny.VOCABULARY): 1,
            ("attention", *heads, True, 0): 1,
            ("attention", *heads, True, 25): 1,
        }
    )
    attention = 4 * 4 * 8 * (50 * 50 / 2 + (50 * 50 - 25 * 25) / 2)
    assert products_flops(Counter({shape: n for shape, n in products.items() if shape[0] == "attention"})) == attention


def test_a_speed_of_other_bits_does_not_count():
    _require_equal("paper", 100.0, 100.00005, 1e-6)
    with pytest.raises(FreshpressError, match="no speed counts"):
        _require_equal("paper", 100.0, 100.0005, 1e-6)


def test_the_smallest_shape_has_fifty_million_parameters():
    from transformers import LlamaConfig, LlamaForCausalLM

    with torch.device("meta"):
        network = LlamaForCausalLM(LlamaConfig(vocab_size=50_304, **SHAPES["50m"]))
    assert 48e6 < network.num_parameters() < 52e6
