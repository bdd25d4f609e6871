"""A real trained model: its folder tells stories, and so its bits are few on a story and many on noise."""

import random

import pytest
from transformers import AutoTokenizer

from scoring.audit import ScoredText, audit_texts, is_sound
from scoring.models import ModelSource, describe_model
from scoring.protocols import find_protocol
from scoring.score import score_texts
from storage.errors import ScoringError
from tests.scoring import tiny
from tests.scoring.stories260k import convert

STORY = (
    "Once upon a time, there was a little girl named Lily. She loved to play outside in the park with her mom. "
    "One day, she saw a big red ball and she was very happy."
)


@pytest.fixture(scope="module")
def source(shared_data, tmp_path_factory):
    folder = convert(shared_data / "models" / "stories260K", tmp_path_factory.mktemp("models") / "stories260K")
    facts = describe_model(str(folder))
    assert (facts.parameter_count, facts.context_tokens) == (260_032, 512)
    return ModelSource(facts.model_id, str(folder), facts.revision, "base", trust_remote_code=False)


def test_a_story_costs_far_less_than_the_same_letters_shuffled(source, tmp_path):
    letters = list(STORY)
    random.Random(1).shuffle(letters)
    given = tiny.texts(STORY, "".join(letters))
    story, noise = score_texts(given, source, find_protocol("document_512"), "s", tmp_path, dtype="float32").scores
    assert story.total_bits / story.byte_count < 0.5
    assert noise.total_bits / noise.byte_count > 6


@pytest.mark.parametrize("sample", [STORY, " two  spaces\n\nand lines\t", "日本語 🙂 <s>", "", "é", "▁"])
def test_the_tokenizer_loses_nothing(source, sample):
    tokenizer = AutoTokenizer.from_pretrained(source.location)
    ids = tokenizer(sample, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    assert tokenizer.decode(ids) == sample.replace("▁", " ")  # SentencePiece writes a space as ▁, so that one is lost


def test_the_tokenizer_merges_as_sentencepiece_does(source):
    tokenizer = AutoTokenizer.from_pretrained(source.location)
    # From llama2.c's own run of this model and tokenizer.
    assert tokenizer.encode("Once upon a time")[0] == tokenizer.bos_token_id
    assert len(tokenizer.encode(STORY)) == 52


def test_its_context_is_too_short_for_the_default_protocol(source, tmp_path):
    with pytest.raises(ScoringError, match="reads at most 512 tokens and the protocol's window is 1900"):
        score_texts(tiny.texts(STORY), source, find_protocol("document"), "s", tmp_path)


def test_a_story_is_coded_in_as_many_bits_as_it_is_scored_and_comes_back(source, tmp_path):
    protocol = find_protocol("document_512")
    text = tiny.text(" ".join([STORY] * 12))
    (score,) = score_texts([text], source, protocol, "s", tmp_path, dtype="float32").scores
    outcome = audit_texts(
        [ScoredText(text, score.total_bits, score.scoring_run_id)],
        source,
        protocol,
        count=1,
        audit_tokens=2000,
        device="cpu",
        dtype="float32",
        batch_tokens=4096,
        on_text=lambda _done: None,
    )
    (audit,) = outcome.audits
    assert audit.token_count == score.token_count > protocol.window_tokens
    assert audit.scored_bits == score.total_bits
    assert is_sound(audit)
