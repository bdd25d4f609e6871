"""Protocol `lm_eval` beside lm-evaluation-harness itself: its `bits_per_byte` on the same model and texts."""

import importlib.util

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from scoring.models import ModelSource, describe_model
from scoring.protocols import find_protocol, lm_eval_protocol
from scoring.score import score_texts
from tests.conftest import require
from tests.scoring import tiny
from tests.scoring.real_inputs import gpt2_llama, python_texts
from tests.scoring.stories260k import convert

pytestmark = pytest.mark.slow
RELATIVE = 1e-6

STORY = "Once upon a time, there was a little girl named Lily. She loved to play outside. "


@pytest.fixture(autouse=True)
def _harness():
    require(importlib.util.find_spec("lm_eval") is not None, "lm-eval (pip install -c constraints.txt -e '.[dev]')")


def harness_bits_per_byte(source, texts, max_length, batch_size):
    """What the harness reports for a task of these documents: its own model class and its own metric."""
    from lm_eval.api.instance import Instance
    from lm_eval.api.metrics import bits_per_byte
    from lm_eval.models.huggingface import HFLM

    network = AutoModelForCausalLM.from_pretrained(source.location, dtype="float32").eval()
    tokenizer = AutoTokenizer.from_pretrained(source.location)
    harness = HFLM(pretrained=network, tokenizer=tokenizer, max_length=max_length, batch_size=batch_size, device="cpu")
    requests = [Instance("loglikelihood_rolling", {}, (text.text,), i) for i, text in enumerate(texts)]
    found = harness.loglikelihood_rolling(requests, disable_tqdm=True)
    return bits_per_byte([(one, len(text.text.encode())) for one, text in zip(found, texts, strict=True)])


def our_bits_per_byte(source, texts, protocol, folder):
    scores = score_texts(texts, source, protocol, "s", folder, device="cpu", dtype="float32").scores
    assert len(scores) == len(texts)
    return sum(score.total_bits for score in scores) / sum(score.byte_count for score in scores)


@pytest.mark.parametrize("batch_size", [1, 4])
def test_a_trained_model_has_the_harness_s_bits_per_byte(shared_data, tmp_path, batch_size):
    folder = convert(shared_data / "models" / "stories260K", tmp_path / "stories260K")
    facts = describe_model(str(folder))
    source = ModelSource(facts.model_id, str(folder), facts.revision, "base", trust_remote_code=False)
    texts = tiny.texts(STORY * 30, "x", STORY, "日本語 and 🙂 <s> in it", "<s>begins with it")
    ours = our_bits_per_byte(source, texts, lm_eval_protocol("lm_eval_256", 256, 256), tmp_path / "run")
    theirs = harness_bits_per_byte(source, texts, 256, batch_size)
    assert ours == pytest.approx(theirs, rel=RELATIVE)
    # Another window is another protocol, and shows.
    other = our_bits_per_byte(source, texts, lm_eval_protocol("lm_eval_128", 128, 128), tmp_path / "other")
    assert other != pytest.approx(theirs, rel=1e-3)


def test_the_shipped_window_has_the_harness_s_bits_per_byte_on_real_files(shared_data, tmp_path):
    source = gpt2_llama(shared_data, tmp_path / "model")
    texts = python_texts(shared_data, count=2, joined=2)
    ours = our_bits_per_byte(source, texts, find_protocol("lm_eval"), tmp_path / "run")
    assert ours == pytest.approx(harness_bits_per_byte(source, texts, 2048, 1), rel=RELATIVE)
