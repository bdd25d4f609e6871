"""Protocol `document`: known answers, and equality with a plain loop."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import normalizers

from scoring.document import measure_documents
from scoring.measured import Measured
from scoring.protocols import document_protocol, find_protocol
from tests.scoring import plain, tiny

RELATIVE = 1e-6  # of float32 bits against double precision, over a document

SAMPLES = (
    "",
    "a",
    "ab",
    "x" * 24,
    "x" * 25,
    "The quick brown fox jumps over the lazy dog, again and again and again.",
    "日本語のテキストと中文",
    "🙂👩‍👩‍👧‍👦 done",
    "<s></s><s>literal",
)


@pytest.mark.parametrize("family", ["llama", "gpt2", "gpt_neox", "gemma2"])
def test_bits_equal_those_of_a_plain_loop(family):
    network, tokenizer = tiny.network(family), tiny.byte_tokenizer()
    measured = measure_documents(tiny.meter(network, tokenizer), tiny.SMALL_PROTOCOL, tiny.texts(*SAMPLES))
    for sample, found in zip(SAMPLES, measured, strict=True):
        ids = tokenizer(sample, add_special_tokens=False, split_special_tokens=True)["input_ids"]
        expected = plain.document(network, ids, tiny.BOS_ID, 24, 8)
        assert found.total_bits == pytest.approx(sum(expected), rel=RELATIVE)
        assert found.token_count == found.scored_token_count == len(expected) == len(sample.encode())


def test_the_shipped_protocol_equals_a_plain_loop_over_several_windows():
    network, tokenizer = tiny.network("llama"), tiny.byte_tokenizer()
    sample = "def f(x):\n    return x + 1\n\n" * 100  # 2800 tokens: windows of 1900, 512 and 388
    (found,) = measure_documents(tiny.meter(network, tokenizer, 2000), find_protocol("document"), [tiny.text(sample)])
    ids = tokenizer(sample, add_special_tokens=False)["input_ids"]
    expected = sum(plain.document(network, ids, tiny.BOS_ID, 1900, 512))
    assert found.total_bits == pytest.approx(expected, rel=RELATIVE)


def test_the_protocol_for_small_models_equals_a_plain_loop_around_its_window():
    network, tokenizer = tiny.network("llama"), tiny.byte_tokenizer()
    samples = [
        "x = 1\n" * 40,
        "y" * 512,
        "z" * 513,
        "if a:\n    b()\n" * 60,
    ]  # below, at and over 512; then four windows
    measured = measure_documents(tiny.meter(network, tokenizer), find_protocol("document_512"), tiny.texts(*samples))
    for sample, found in zip(samples, measured, strict=True):
        ids = tokenizer(sample, add_special_tokens=False)["input_ids"]
        expected = sum(plain.document(network, ids, tiny.BOS_ID, 512, 128))
        assert found.total_bits == pytest.approx(expected, rel=RELATIVE)
        assert found.scored_token_count == len(sample)


def uniform_network():
    """256 bytes alike, and nothing else possible."""
    table = torch.zeros(tiny.VOCABULARY, tiny.VOCABULARY)
    table[:, tiny.BYTE_COUNT :] = -torch.inf
    return tiny.BigramNetwork(table)


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_byte_uniform_model_needs_exactly_8_bits_per_byte(sample):
    (found,) = measure_documents(tiny.meter(uniform_network()), tiny.SMALL_PROTOCOL, [tiny.text(sample)])
    byte_count = len(sample.encode())
    assert found == Measured(8.0 * byte_count, byte_count, byte_count, 0)


LEGAL = st.integers(1, 30).flatmap(lambda window: st.tuples(st.just(window), st.integers(1, window)))


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=4), LEGAL, st.integers(1, 200))
def test_every_byte_is_charged_once_whatever_window_stride_and_batch(contents, sizes, batch_tokens):
    window, stride = sizes
    protocol = document_protocol("any", window, stride)
    texts = tiny.texts(*contents)
    found = measure_documents(tiny.meter(uniform_network(), batch_tokens=batch_tokens), protocol, texts)
    counts = [len(content.encode()) for content in contents]
    assert found == [Measured(8.0 * count, count, count, 0) for count in counts]
    for count, some in zip(counts, found, strict=True):
        charged = [i for w in some.windows for i in range(w.passage.window.score_from, w.passage.window.score_to)]
        assert charged == list(range(count))
        assert sum(len(w.bits) for w in some.windows) == count


@pytest.mark.slow  # ten seconds of windows
def test_a_megabyte_of_anything_costs_exactly_8_bits_per_byte():
    piece = "def f(x):\n    return x + 1\n日本語のテキスト。🙂👩‍👩‍👧‍👦</s>"
    sample = piece * (10**6 // len(piece.encode()) + 1)
    meter = tiny.meter(uniform_network(), batch_tokens=16_384)
    (found,) = measure_documents(meter, find_protocol("document"), [tiny.text(sample)])
    byte_count = len(sample.encode())
    assert byte_count >= 10**6
    assert found == Measured(8.0 * byte_count, byte_count, byte_count, 0)


def test_one_token_is_charged_by_what_follows_the_start_token():
    table = torch.randn(tiny.VOCABULARY, tiny.VOCABULARY)
    (found,) = measure_documents(tiny.meter(tiny.BigramNetwork(table)), tiny.SMALL_PROTOCOL, [tiny.text("a")])
    expected = -torch.log_softmax(table[tiny.BOS_ID].double(), dim=-1)[tiny.byte_tokenizer()("a")["input_ids"][0]]
    assert found.total_bits == pytest.approx(float(expected) / math.log(2), rel=RELATIVE)


def test_a_tokenizer_that_is_not_lossless_is_flagged():
    tokenizer = tiny.byte_tokenizer()
    tokenizer.backend_tokenizer.normalizer = normalizers.Lowercase()
    meter = tiny.meter(uniform_network(), tokenizer)
    kept, altered = measure_documents(meter, tiny.SMALL_PROTOCOL, tiny.texts("lower", "Upper CASE"))
    assert (kept.altered_byte_count, altered.altered_byte_count) == (0, 10)


def test_known_conditional_probabilities_give_the_same_bits_whoever_adds_a_bos():
    torch.manual_seed(5)
    table = torch.randn(tiny.VOCABULARY, tiny.VOCABULARY) * 3
    probabilities = torch.softmax(table.double(), dim=-1)
    sample = "known <s> answers"
    adding, other = tiny.byte_tokenizer(adds_bos=True), tiny.byte_tokenizer()
    assert adding.encode(sample) != other.encode(sample)
    ids = other(sample, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    pairs = zip([tiny.BOS_ID, *ids], ids, strict=False)
    expected = -sum(math.log2(float(probabilities[before, after])) for before, after in pairs)
    for tokenizer in (adding, other):
        meter = tiny.meter(tiny.BigramNetwork(table), tokenizer)
        (found,) = measure_documents(meter, tiny.SMALL_PROTOCOL, [tiny.text(sample)])
        assert found.total_bits == pytest.approx(expected, rel=RELATIVE)


def test_without_a_bos_the_eos_opens_every_window():
    table = torch.randn(tiny.VOCABULARY, tiny.VOCABULARY)
    sample = "from the end"
    tokenizer = tiny.byte_tokenizer(bos=False)
    meter = tiny.meter(tiny.BigramNetwork(table), tokenizer)
    (found,) = measure_documents(meter, tiny.SMALL_PROTOCOL, [tiny.text(sample)])
    ids = tokenizer(sample, add_special_tokens=False)["input_ids"]
    expected = plain.document(tiny.BigramNetwork(table), ids, tiny.EOS_ID, 24, 8)
    assert found.total_bits == pytest.approx(sum(expected), rel=RELATIVE)


def test_a_text_scores_the_same_alone_and_among_others():
    network = tiny.network("llama")
    together = measure_documents(tiny.meter(network), tiny.SMALL_PROTOCOL, tiny.texts(*SAMPLES))
    for sample, found in zip(SAMPLES, together, strict=True):
        (alone,) = measure_documents(tiny.meter(network), tiny.SMALL_PROTOCOL, [tiny.text(sample)])
        assert found.total_bits == pytest.approx(alone.total_bits, rel=RELATIVE)


def test_bits_in_bfloat16_stay_near_those_in_float32():
    network = tiny.network("llama")
    samples = tiny.texts(*SAMPLES)
    exact = measure_documents(tiny.meter(network), tiny.SMALL_PROTOCOL, samples)
    rough = measure_documents(tiny.meter(network.bfloat16()), tiny.SMALL_PROTOCOL, samples)
    for one, other in zip(exact, rough, strict=True):
        assert other.total_bits == pytest.approx(one.total_bits, rel=0.05)
