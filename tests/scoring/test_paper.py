"""Protocol `paper`: equality with the published procedure as a plain loop."""

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from scoring.paper import charge_windows, measured_texts, pack_stream, shares_of, shortfall
from scoring.protocols import EACH_DOCUMENT, SOURCE_STREAM, find_protocol, paper_protocol
from scoring.score import score_texts
from tests.scoring import plain, tiny
from tests.scoring.real_inputs import gpt2_llama, python_texts

RELATIVE = 1e-6

SMALL_PAPER = paper_protocol("small_paper", 24, 8)
CONTENTS = (
    "first text",
    "",
    "日本語",
    "some length, over several windows 🙂",
    "x",
    "<s>tail",
    "last one here.",
)


@pytest.mark.parametrize("family", ["llama", "gpt2"])
@pytest.mark.parametrize("adds_bos", [False, True])
def test_bits_equal_the_published_procedure(family, adds_bos):
    network, tokenizer = tiny.network(family), tiny.byte_tokenizer(adds_bos=adds_bos)
    meter = tiny.meter(network, tokenizer)
    stream = pack_stream(tokenizer, SMALL_PAPER, tiny.texts(*CONTENTS)[::-1])
    encoded = [tokenizer.encode(content) if content else [] for content in CONTENTS]
    ids = [i for some in encoded for i in some]
    assert stream.ids.tolist() == ids
    owners = [number for number, some in enumerate(encoded) for _ in some]
    expected, counts = [0.0] * len(CONTENTS), [0] * len(CONTENTS)
    for position, value in plain.paper(network, ids, 24, 8).items():
        expected[owners[position]] += value
        counts[owners[position]] += 1
    assert counts[0] == len(encoded[0]) - 1  # the very first id is never charged
    assert sum(counts) < len(ids) - 1  # nor is the tail
    measured = measured_texts(stream, shares_of(stream, charge_windows(meter, stream, stream.windows)))
    assert [found.scored_token_count for found in measured] == counts
    assert [found.token_count for found in measured] == [len(some) for some in encoded]
    assert [found.total_bits for found in measured] == pytest.approx(expected, rel=RELATIVE)


def test_the_published_window_equals_a_plain_loop():
    network, tokenizer = tiny.network("llama"), tiny.byte_tokenizer()
    samples = tiny.texts("def f(x):\n    return x + 1\n" * 40, "# and then\n" * 150)
    stream = pack_stream(tokenizer, find_protocol("paper"), samples)
    assert len(stream.windows) == 2
    shares = shares_of(stream, charge_windows(tiny.meter(network, tokenizer, 2000), stream, stream.windows))
    expected = plain.paper(network, stream.ids.tolist(), 1900, 512)
    assert sum(share.bits for share in shares) == pytest.approx(sum(expected.values()), rel=RELATIVE)


def test_ranges_of_windows_add_up_to_the_whole_stream():
    network, tokenizer = tiny.network("gpt2"), tiny.byte_tokenizer()
    stream = pack_stream(tokenizer, SMALL_PAPER, tiny.texts(*CONTENTS))
    meter = tiny.meter(network, tokenizer)
    whole = measured_texts(stream, shares_of(stream, charge_windows(meter, stream, stream.windows)))
    shares = [
        share for window in stream.windows for share in shares_of(stream, charge_windows(meter, stream, [window]))
    ]
    parts = measured_texts(stream, shares)
    assert [p.scored_token_count for p in parts] == [w.scored_token_count for w in whole]
    assert [p.total_bits for p in parts] == pytest.approx([w.total_bits for w in whole], rel=RELATIVE)


def test_a_source_under_one_window_is_told_and_not_scored():
    stream = pack_stream(tiny.byte_tokenizer(), SMALL_PAPER, tiny.texts("x" * 24))
    assert stream.windows == []
    assert shares_of(stream, charge_windows(tiny.meter(tiny.network("gpt2")), stream, stream.windows)) == []
    assert shortfall(stream, SMALL_PAPER, "arxiv") == (
        "arxiv has 24 tokens in all and protocol small_paper charges none under 25: no scores of arxiv"
    )
    assert (
        shortfall(pack_stream(tiny.byte_tokenizer(), SMALL_PAPER, tiny.texts("x" * 25)), SMALL_PAPER, "arxiv") is None
    )


def test_the_paper_is_the_only_shipped_protocol_that_packs():
    assert find_protocol("paper").packing == SOURCE_STREAM
    assert find_protocol("document").packing == EACH_DOCUMENT


@pytest.mark.slow
@pytest.mark.parametrize("batch_size", [1, 3])
def test_real_files_have_the_bits_per_character_of_the_seed_s_loop(shared_data, tmp_path, batch_size):
    source = gpt2_llama(shared_data, tmp_path / "model")
    texts = python_texts(shared_data, count=5, joined=1)
    scores = score_texts(texts, source, find_protocol("paper"), "s", tmp_path / "run", dtype="float32").scores
    assert sum(score.scored_token_count for score in scores) > 1900 + 2 * 512
    ours = sum(score.total_bits for score in scores) / sum(score.char_count for score in scores)
    network = AutoModelForCausalLM.from_pretrained(source.location, dtype="float32").eval()
    expected = plain.seed_bits_per_character(
        network,
        AutoTokenizer.from_pretrained(source.location),
        [text.text for text in texts],
        block_size=1900,
        stride=512,
        batch_size=batch_size,
    )
    assert ours == pytest.approx(expected, rel=RELATIVE)
