"""Protocol `lm_eval`: equality with the harness's algorithm, restated in tests/scoring/plain.py."""

import pytest

from scoring.lm_eval import measure_as_lm_eval
from scoring.protocols import find_protocol, lm_eval_protocol
from tests.scoring import plain, tiny

RELATIVE = 1e-6

SMALL_LM_EVAL = lm_eval_protocol("small_lm_eval", 16, 16)
SAMPLES = ("", "a", "x" * 16, "x" * 17, "x" * 40, "日本語 and 🙂", "<s>begins with it", "has </s> inside, and goes on")


@pytest.mark.parametrize("family", ["llama", "gpt2"])
@pytest.mark.parametrize("names", [{"adds_bos": True}, {"adds_bos": False}, {"bos": False}])
def test_bits_equal_those_of_the_harness(family, names):
    network, tokenizer = tiny.network(family), tiny.byte_tokenizer(**names)
    measured = measure_as_lm_eval(tiny.meter(network, tokenizer), SMALL_LM_EVAL, tiny.texts(*SAMPLES))
    for sample, found in zip(SAMPLES, measured, strict=True):
        expected = plain.lm_eval(network, tokenizer, sample, 16)
        assert found.total_bits == pytest.approx(expected, rel=RELATIVE)
        assert found.altered_byte_count == 0


def test_the_shipped_window_equals_the_harness():
    network, tokenizer = tiny.network("llama"), tiny.byte_tokenizer(adds_bos=True)
    sample = "for i in range(10):\n    print(i)\n" * 80
    meter = tiny.meter(network, tokenizer, 3000)
    (found,) = measure_as_lm_eval(meter, find_protocol("lm_eval"), [tiny.text(sample)])
    assert found.token_count == found.scored_token_count == len(sample) + 1
    assert found.total_bits == pytest.approx(plain.lm_eval(network, tokenizer, sample, 2048), rel=RELATIVE)


def test_a_tokenizer_that_adds_a_bos_has_it_charged_as_the_harness_does():
    network = tiny.network("llama")
    sample = [tiny.text("same text")]
    adding, other = (
        measure_as_lm_eval(tiny.meter(network, tiny.byte_tokenizer(adds_bos=adds)), SMALL_LM_EVAL, sample)[0]
        for adds in (True, False)
    )
    assert adding.scored_token_count == other.scored_token_count + 1
    assert adding.total_bits != pytest.approx(other.total_bits, rel=0.01)
