"""A draw of windows scored again by the plainest loop in float32."""

import math

import pytest
import torch

from scoring import measurers
from scoring.encode import encode_plain_texts
from scoring.log_probabilities import Passage
from scoring.measurers import NetworkMeasurer
from scoring.plain_loop import plain_bits
from scoring.protocols import find_protocol
from scoring.recheck import (
    MIN_WINDOWS,
    DrawnWindow,
    RecheckedWindow,
    choose_windows,
    draw_of,
    relative_difference,
    told_difference,
)
from scoring.score import score_texts
from scoring.shards import RECHECKS_FILE, read_shard
from scoring.windows import document_windows
from storage.errors import ScoringError
from tests.scoring import plain, tiny

CONTENTS = [f"text {i} " * (i + 1) for i in range(60)]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return tiny.save(tiny.network("llama"), tiny.byte_tokenizer(), tmp_path_factory.mktemp("models") / "tiny")


def score(source, folder, protocol_name="document", samples=None, **options):
    options = {"device": "cpu", "dtype": "float32", "shard_documents": 7, "seed": 3} | options
    protocol = find_protocol(protocol_name)
    return score_texts(samples or tiny.texts(*CONTENTS), source, protocol, "2026-10", folder, **options)


def rechecked(folder):
    return read_shard(folder / RECHECKS_FILE, RecheckedWindow)[1]


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_the_plain_loop_is_the_loop_of_the_tests(family, monkeypatch):
    monkeypatch.setattr("scoring.plain_loop.LOGITS_BYTES", 4 * tiny.VOCABULARY * 3)  # three rows of logits at a time
    network, tokenizer = tiny.network(family), tiny.byte_tokenizer()
    (ids,) = encode_plain_texts(tokenizer, ["Some words, and some more of them."])
    for window in document_windows(len(ids), 24, 8):
        passage = Passage(ids, window, tiny.BOS_ID)
        expected = plain.bits(network, passage.input_ids.tolist(), passage.target_ids.tolist())
        assert plain_bits(tiny.loaded(network, tokenizer), passage) == pytest.approx(sum(expected), rel=1e-6)


def test_a_run_in_float32_carries_a_measured_difference(source, tmp_path):
    run = score(source, tmp_path).scoring_run
    assert run.rechecked_window_count == MIN_WINDOWS
    assert 0 < run.float32_difference < 1e-6


def test_a_run_in_bfloat16_is_held_to_the_weights_in_float32(source, tmp_path):
    outcome = score(source, tmp_path, dtype="bfloat16")
    exact = {one.document_id: one.total_bits for one in score(source, tmp_path / "exact").scores}
    windows = rechecked(tmp_path)
    assert len(windows) == outcome.scoring_run.rechecked_window_count == MIN_WINDOWS
    assert all(
        window.plain_bits == pytest.approx(exact[window.name], rel=1e-6) for window in windows
    )  # one window each
    assert 1e-6 < outcome.scoring_run.float32_difference < 0.05
    assert outcome.notes == (told_difference(windows, "bfloat16"),)


def test_the_bfloat16_weights_are_given_back_before_those_in_float32_are_loaded(source, monkeypatch):
    measurer = measurers.find_measurer(
        source, find_protocol("document"), device="cpu", dtype="bfloat16", batch_tokens=9
    )
    assert measurer.meter.model.dtype == "bfloat16"
    seen = []
    real = measurers.load_model

    def watched(*arguments, **options):
        seen.append("meter" in vars(measurer))
        return real(*arguments, **options)

    monkeypatch.setattr(measurers, "load_model", watched)
    assert measurer.plain_model().dtype == "float32"
    assert seen == [False]


@pytest.mark.parametrize(("free", "where"), [(10**9, "cuda"), (1000, "cpu")])
def test_a_gpu_too_small_for_float32_leaves_the_recheck_to_the_processor(source, monkeypatch, free, where):
    measurer = measurers.find_measurer(
        source, find_protocol("document"), device="cpu", dtype="bfloat16", batch_tokens=9
    )
    assert measurer.meter
    measurer._device = torch.device("cuda")
    monkeypatch.setattr("torch.cuda.empty_cache", lambda: None)
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda _device: (free, 10**9))
    monkeypatch.setattr(measurers, "load_model", lambda _source, device, dtype, *_, **__: (device.type, dtype))
    assert measurer.plain_model() == (where, torch.float32)


def test_the_draw_hangs_on_neither_shards_nor_batches_nor_resumption(source, tmp_path):
    one = score(source, tmp_path / "one")
    other = score(source, tmp_path / "other", shard_documents=50, batch_tokens=100)
    named = [[(window.name, window.ordinal) for window in rechecked(tmp_path / name)] for name in ("one", "other")]
    assert named[0] == named[1]
    assert one.scoring_run.rechecked_window_count == other.scoring_run.rechecked_window_count
    another = score(source, tmp_path / "another", seed=4)
    assert [(window.name, window.ordinal) for window in rechecked(tmp_path / "another")] != named[0]
    assert another.scoring_run.rechecked_window_count == MIN_WINDOWS


def test_what_is_rechecked_already_is_not_again(source, tmp_path, monkeypatch):
    first = score(source, tmp_path)
    monkeypatch.setattr(NetworkMeasurer, "plain_model", None)
    assert score(source, tmp_path) == first
    (tmp_path / RECHECKS_FILE).write_text("{")
    with pytest.raises(TypeError):
        score(source, tmp_path)


@pytest.mark.parametrize("protocol_name", ["paper", "lm_eval"])
def test_every_token_protocol_is_rechecked(source, tmp_path, protocol_name):
    samples = tiny.texts(*(f"arxiv {i} " * 40 for i in range(15)), source="arxiv")
    run = score(source, tmp_path, protocol_name, samples).scoring_run
    windows = rechecked(tmp_path)
    assert run.rechecked_window_count == len(windows) > 0
    assert run.float32_difference < 1e-6
    assert {window.name for window in windows} <= (
        {"arxiv"} if protocol_name == "paper" else {t.document_id for t in samples}
    )


def test_a_share_of_all_takes_all_and_a_share_of_none_none(source, tmp_path):
    every = score(source, tmp_path / "all", recheck_share=1.0).scoring_run
    assert every.rechecked_window_count == len(CONTENTS)
    none = score(source, tmp_path / "none", recheck_share=0.0).scoring_run
    assert (none.rechecked_window_count, none.float32_difference) == (0, None)
    with pytest.raises(ScoringError, match=r"recheck_share is 1\.5 and must be from 0 to 1"):
        score(source, tmp_path / "wrong", recheck_share=1.5)


def test_windows_are_drawn_by_share_and_filled_up_where_that_gives_too_few():
    drawn = [DrawnWindow("d", i, draw_of(1, "d", i), 1.0) for i in range(20_000)]
    assert all(0 <= window.draw < 1 for window in drawn)
    chosen = choose_windows(drawn, 0.005)
    assert 70 <= len(chosen) <= 130
    assert all(window.draw < 0.005 for window in chosen)
    assert len(choose_windows(drawn[:200], 0.005)) == MIN_WINDOWS
    assert choose_windows(drawn[:3], 0.005) == sorted(drawn[:3], key=lambda window: window.draw)


def test_the_difference_is_that_of_sums():
    windows = [RecheckedWindow("a", 0, 101.0, 100.0), RecheckedWindow("b", 0, 299.8, 300.0)]
    assert relative_difference(windows) == pytest.approx(0.8 / 400)
    assert relative_difference([]) is None
    assert relative_difference([RecheckedWindow("a", 0, 0.0, 0.0)]) == 0.0
    assert relative_difference([RecheckedWindow("a", 0, 1.0, 0.0)]) == math.inf
    assert told_difference(windows, "bfloat16") == (
        "2 windows scored again in float32: their bits in bfloat16 differ by 0.002 in sum, by up to 0.01 in one window"
    )
