"""Texts are encoded ahead of the GPU: the same ids, one batch ahead, errors where they are asked for."""

import threading

import pytest
import torch

from scoring.ahead import CutAhead
from scoring.document import document_passages
from scoring.measurers import NetworkMeasurer
from scoring.score import score_texts
from storage.errors import ScoringError
from tests.scoring import tiny

BATCHES = [tiny.texts(f"{number} is a text", f"and {number} too <s>") for number in range(4)]


def cut(tokenizer, texts):
    return document_passages(tokenizer, tiny.SMALL_PROTOCOL, texts)


def ids_of(found):
    return [ids.tolist() for ids in found[0]]


def test_what_is_expected_is_what_is_asked_for():
    tokenizer = tiny.byte_tokenizer()
    ahead = CutAhead(cut, tokenizer)
    for texts, following in zip(BATCHES, [*BATCHES[1:], None], strict=True):
        if following:
            ahead.expect(following)
        assert ids_of(ahead.take(texts)) == ids_of(cut(tokenizer, texts))


def test_it_is_done_by_another_thread_with_a_tokenizer_of_its_own():
    seen, tokenizer = [], tiny.byte_tokenizer()

    def watched(used, texts):
        seen.append((threading.current_thread() is threading.main_thread(), used is tokenizer))
        return cut(used, texts)

    ahead = CutAhead(watched, tokenizer)
    ahead.expect(BATCHES[1])
    ahead.take(BATCHES[0])
    ahead.take(BATCHES[1])
    assert sorted(seen) == [(False, False), (True, True)]


def test_an_error_is_told_when_the_texts_are_asked_for():
    def failing(_tokenizer, _texts):
        raise ScoringError("cannot be encoded")

    ahead = CutAhead(failing, tiny.byte_tokenizer())
    ahead.expect(BATCHES[0])
    with pytest.raises(ScoringError, match="cannot be encoded"):
        ahead.take(BATCHES[0])


@pytest.mark.parametrize(("kind", "expected_count"), [("cuda", 3), ("cpu", 0)])
def test_a_run_encodes_each_next_shard_ahead_on_a_gpu_and_never_on_a_cpu(tmp_path, monkeypatch, kind, expected_count):
    expected = []
    source = tiny.save(tiny.network("llama"), tiny.byte_tokenizer(), tmp_path / "model")
    texts = tiny.texts(*(f"text {number}" for number in range(4)))
    plain = score_texts(texts, source, tiny.SMALL_PROTOCOL, "s", tmp_path / "plain", device="cpu", shard_documents=1)
    monkeypatch.setattr("scoring.ahead.CutAhead.expect", watch(CutAhead.expect, expected))
    expect = NetworkMeasurer.expect

    def on_that_device(measurer, some):
        monkeypatch.setattr(measurer, "_device", torch.device(kind))
        expect(measurer, some)
        monkeypatch.setattr(measurer, "_device", torch.device("cpu"))

    monkeypatch.setattr(NetworkMeasurer, "expect", on_that_device)
    found = score_texts(texts, source, tiny.SMALL_PROTOCOL, "s", tmp_path / "found", device="cpu", shard_documents=1)
    assert len(expected) == expected_count
    assert [score.total_bits for score in found.scores] == [score.total_bits for score in plain.scores]


def watch(expect, expected):
    def watched(ahead, texts):
        expected.append(texts)
        expect(ahead, texts)

    return watched
