"""Texts coded by a model's own probabilities, and decoded again."""

import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from scoring import audit
from scoring.audit import Auditor, ScoredText, audit_texts, complaint, cut_text, decode_text, is_sound, predictor
from scoring.document import measure_documents
from scoring.encode import encode_plain_texts
from scoring.entropy_code import encode_ids
from scoring.log_probabilities import TokenMeter
from scoring.models import load_model
from scoring.protocols import find_protocol
from storage.errors import ScoringError
from tests.conftest import ROOT
from tests.scoring import tiny

# Four windows and a bit of SMALL_PROTOCOL, with characters of one to four bytes.
SAMPLE = "def audit(n):\n    return n  # «naïve» 日本 😀!"


def scored(meter, content: str = SAMPLE, protocol=tiny.SMALL_PROTOCOL) -> ScoredText:
    (measured,) = measure_documents(meter, protocol, [tiny.text(content)])
    return ScoredText(tiny.text(content), measured.total_bits, "run")


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_a_text_comes_back_and_its_code_is_as_long_as_its_score(family):
    meter = tiny.meter(tiny.network(family))
    found = Auditor(meter, tiny.SMALL_PROTOCOL, 2000).audit(scored(meter))
    assert found.is_restored
    assert (found.token_count, found.byte_count) == (len(SAMPLE.encode()), len(SAMPLE.encode()))
    assert abs(found.coded_bits - found.scored_bits) <= 64 + 0.001 * found.scored_bits
    assert is_sound(found)


@pytest.mark.parametrize("family", ["llama", "gemma2", "gpt_neox", "mamba"])
def test_a_model_in_bfloat16_comes_back_too(family):
    meter = tiny.meter(tiny.network(family).bfloat16())
    found = Auditor(meter, tiny.SMALL_PROTOCOL, 2000).audit(scored(meter, SAMPLE * 6))
    assert found.is_restored
    assert abs(found.coded_bits - found.scored_bits) <= 64 + 0.001 * found.scored_bits
    assert is_sound(found)


def test_the_audit_loads_a_model_in_the_format_it_was_scored_in(tmp_path):
    source = tiny.save(tiny.network("llama"), tiny.byte_tokenizer(), tmp_path / "model")
    wanted = {"count": 1, "audit_tokens": 2000, "device": "cpu", "batch_tokens": 1000, "on_text": lambda _done: 0}
    halved = scored(TokenMeter(load_model(source, torch.device("cpu"), torch.bfloat16, None), 1000))
    (audit_of_it,) = audit_texts([halved], source, tiny.SMALL_PROTOCOL, dtype="bfloat16", **wanted).audits
    (audit_of_other,) = audit_texts([halved], source, tiny.SMALL_PROTOCOL, dtype="float32", **wanted).audits
    assert is_sound(audit_of_it)
    assert audit_of_it.scored_bits == audit_of_other.scored_bits == halved.total_bits
    assert audit_of_it.is_restored
    assert audit_of_other.is_restored


def test_a_model_without_cache_or_head_of_its_own_is_audited_too():
    meter = tiny.meter(tiny.BigramNetwork(torch.randn(tiny.VOCABULARY, tiny.VOCABULARY) * 4))
    assert is_sound(Auditor(meter, tiny.SMALL_PROTOCOL, 2000).audit(scored(meter)))


def test_a_vocabulary_of_152064_costs_no_more():
    built = tiny.network("llama", vocab_size=152_064)
    meter = tiny.meter(built)
    found = Auditor(meter, tiny.SMALL_PROTOCOL, 100).audit(scored(meter, "x = {}\n" * 40))
    assert found.token_count == 100
    assert is_sound(found)


def test_a_long_text_is_cut_and_charged_anew():
    meter = tiny.meter(tiny.network("gpt2"))
    found = Auditor(meter, tiny.SMALL_PROTOCOL, 30).audit(scored(meter))
    cut = scored(meter, SAMPLE.encode()[:30].decode(errors="ignore"))
    assert (found.token_count, found.byte_count) == (30, 30)
    assert found.scored_bits == pytest.approx(cut.total_bits, rel=1e-6)
    assert found.text_sha256 == tiny.text(SAMPLE).text_sha256
    assert is_sound(found)


@pytest.mark.parametrize(("most", "text"), [(3, "naï"[:2]), (4, "naï"), (5, "naïv"), (9, "naïve "), (99, "naïve ☃")])
def test_a_text_is_cut_between_characters(most, text):
    found, ids = cut_text(tiny.byte_tokenizer(), "naïve ☃", most)
    assert found == text
    assert len(ids) == len(text.encode())


def test_the_stored_score_is_what_is_audited():
    meter = tiny.meter(tiny.network("llama"))
    right = scored(meter)
    for bits in (right.total_bits + 100, right.total_bits - 150):
        wrong = Auditor(meter, tiny.SMALL_PROTOCOL, 2000).audit(replace(right, total_bits=bits))
        assert wrong.is_restored
        assert not is_sound(wrong)
        assert complaint(wrong) == (
            f"d: coded in {wrong.coded_bits} bits, scored {bits:.1f}; 0.1% + 64 bits apart at most"
        )


def test_a_tampered_code_fails_the_audit(monkeypatch):
    meter = tiny.meter(tiny.network("llama"))

    def tampered(ids, predict) -> bytes:
        code = encode_ids(ids, predict)
        return code[:3] + bytes([code[3] ^ 0xFF]) + code[4:]

    monkeypatch.setattr(audit, "encode_ids", tampered)
    found = Auditor(meter, tiny.SMALL_PROTOCOL, 2000).audit(scored(meter))
    assert not found.is_restored
    assert not is_sound(found)
    assert complaint(found) == f"d: its {found.token_count} tokens do not come back from the code"


def test_another_model_cannot_decode():
    one, other = (tiny.meter(tiny.network(family)).model for family in ("llama", "granite"))
    code = encode_ids(list(SAMPLE.encode()[:30]), predictor(one, tiny.SMALL_PROTOCOL))
    assert decode_text(one, tiny.SMALL_PROTOCOL, code, 30) == decode_text(one, tiny.SMALL_PROTOCOL, code, 30)
    assert decode_text(other, tiny.SMALL_PROTOCOL, code, 30) != decode_text(one, tiny.SMALL_PROTOCOL, code, 30)


def lower_casing_tokenizer() -> PreTrainedTokenizerFast:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={piece: i for i, piece in enumerate(alphabet)}, merges=[]))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<s>"])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>")


def audited(source, texts, count: int, **options):
    wanted = {"audit_tokens": 50, "device": "cpu", "dtype": "float32", "batch_tokens": 1000, "on_text": lambda _done: 0}
    return audit_texts(texts, source, tiny.SMALL_PROTOCOL, count=count, **wanted, **options)


def test_a_text_that_the_tokenizer_alters_is_passed_over_with_its_reason(tmp_path):
    source = tiny.save(tiny.network("llama"), lower_casing_tokenizer(), tmp_path / "model")
    texts = [ScoredText(tiny.text(content, name), 0.0, "run") for name, content in (("a", "Title"), ("b", "title"))]
    outcome = audited(source, texts, 2)
    assert [found.document_id for found in outcome.audits] == ["b"]
    assert outcome.notes == [f"a cannot be audited with {source.model_id}: its tokenizer alters 1 of 5 bytes"]


def test_as_many_texts_are_audited_as_are_asked_for(tmp_path):
    source = tiny.save(tiny.network("llama"), tiny.byte_tokenizer(), tmp_path / "model")
    texts = [ScoredText(text, 0.0, "run") for text in tiny.texts("one", "two", "three")]
    assert [found.document_id for found in audited(source, texts, 2).audits] == ["github-000", "github-001"]
    assert len(audited(source, texts, 9).audits) == 3


@pytest.mark.parametrize("name", ["paper", "lm_eval", "codec", "codec_stream"])
def test_protocols_that_do_not_score_each_text_alone_are_refused(name):
    with pytest.raises(ScoringError, match=f"texts scored by {name} cannot be decoded one by one.*protocol document"):
        audit.require_auditable(find_protocol(name))


def test_protocols_like_document_are_audited():
    for protocol in (find_protocol("document"), find_protocol("document_512"), tiny.SMALL_PROTOCOL):
        audit.require_auditable(protocol)


DECODER = """
import sys
from pathlib import Path
import torch
from scoring.audit import decode_text
from scoring.models import ModelSource, load_model
from tests.scoring.tiny import SMALL_PROTOCOL

torch.set_num_threads(1)
folder, code, out = sys.argv[1:]
model = load_model(ModelSource("m", folder, None, "base", False), torch.device("cpu"), torch.float32, None)
Path(out).write_bytes(decode_text(model, SMALL_PROTOCOL, Path(code).read_bytes(), 2000))
"""


def test_another_process_decodes_from_the_code_and_the_model_folder_alone(tmp_path):
    source = tiny.save(tiny.network("llama"), tiny.byte_tokenizer(), tmp_path / "model")
    model = load_model(source, torch.device("cpu"), torch.float32, None)
    (ids,) = encode_plain_texts(model.tokenizer, [SAMPLE])
    (tmp_path / "code").write_bytes(encode_ids(ids.tolist(), predictor(model, tiny.SMALL_PROTOCOL)))
    paths = [str(tmp_path / name) for name in ("model", "code", "text")]
    subprocess.run([sys.executable, "-c", DECODER, *paths], check=True, cwd=ROOT, timeout=120)
    assert (tmp_path / "text").read_bytes() == SAMPLE.encode()
