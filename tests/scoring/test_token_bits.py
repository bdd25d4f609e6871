"""What each token costs and where it ends: byte ends of every kind of tokenizer, sums, files."""

import json
import math
from dataclasses import replace
from types import MappingProxyType

import pytest
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from scoring.__main__ import main
from scoring.codecs import CODECS
from scoring.encode import encode_plain_texts, token_ids
from scoring.measurers import CODEC_KIND
from scoring.models import ModelSource
from scoring.protocols import find_protocol
from scoring.score import score_texts
from scoring.shards import read_result_file, tokens_path
from scoring.texts import write_export
from scoring.token_bits import byte_ends, read_token_bits
from storage.errors import InputError, ScoringError
from tests.scoring import tiny

SAMPLES = (
    "",
    "a",
    "two words",
    "日本語のテキスト",
    "🙂👩‍👩‍👧‍👦 done",
    "<s></s><s>literal",
    " lead and trail \n",
    "é́ñ\u2028x",
)


def merged_bytes():
    """Byte-level, some pieces of several bytes: " t", and the first two bytes of 日."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    pre = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    written = pre.pre_tokenize_str("日")[0][0]
    merges = [("Ġ", "t"), (written[0], written[1])]
    vocabulary = {piece: i for i, piece in enumerate([*alphabet, *("".join(pair) for pair in merges)])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<s>", "</s>"])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")


def sentence_piece(*, prepends: bool = True):
    """Like Llama's: a space before every text, spaces as pieces, unknown characters by byte."""
    pieces = ["<unk>", "<s>", "</s>", *(f"<0x{i:02X}>" for i in range(256)), "▁", *"twodleanrsi", "▁t", "日"]
    merges = [("▁", "t")]
    model = models.BPE({p: i for i, p in enumerate(pieces)}, merges, unk_token="<unk>", byte_fallback=True)
    tokenizer = Tokenizer(model)
    steps = [normalizers.Prepend("▁")] if prepends else []
    tokenizer.normalizer = normalizers.Sequence([*steps, normalizers.Replace(" ", "▁")])
    parts = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    tokenizer.decoder = decoders.Sequence([*parts, *([decoders.Strip(" ", 1, 0)] if prepends else [])])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    tokenizer.add_special_tokens(["<s>", "</s>"])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


def lower_casing():
    """Alters texts, and says by its offsets what came from where."""
    tokenizer = Tokenizer(models.WordLevel({"<unk>": 0, "hello": 1, "wörld": 2, "<s>": 3}, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(["<s>"])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", unk_token="<unk>")


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("make", [tiny.byte_tokenizer, merged_bytes, sentence_piece])
def test_a_lossless_tokenizer_s_tokens_end_where_their_bytes_do(make, sample):
    tokenizer = make()
    (ids,) = encode_plain_texts(tokenizer, [sample])
    ends = byte_ends(tokenizer, sample, ids)
    data = sample.encode()
    assert len(ends) == len(ids)
    assert ends == sorted(ends)
    assert ends[-1:] == ([len(data)] if sample else [])
    if make is tiny.byte_tokenizer:
        assert ends == list(range(1, len(data) + 1))


def test_a_token_that_cuts_a_character_ends_inside_it():
    tokenizer = merged_bytes()
    (ids,) = encode_plain_texts(tokenizer, ["a to日"])
    assert byte_ends(tokenizer, "a to日", ids) == [1, 3, 4, 6, 7]


def test_the_space_that_a_tokenizer_puts_before_a_text_takes_no_byte():
    tokenizer = sentence_piece()
    (ids,) = encode_plain_texts(tokenizer, ["two 本"])
    assert tokenizer.convert_ids_to_tokens(ids.tolist())[0] == "▁t"
    assert byte_ends(tokenizer, "two 本", ids) == [1, 2, 3, 4, 5, 6, 7]


def test_a_start_token_that_the_tokenizer_adds_takes_no_byte():
    tokenizer = tiny.byte_tokenizer(adds_bos=True)
    ids = token_ids(tokenizer.encode("ab"))
    assert byte_ends(tokenizer, "ab", ids) == [0, 1, 2]


def test_a_literal_that_became_a_control_token_takes_its_bytes():
    tokenizer = tiny.byte_tokenizer(adds_bos=True)
    ids = token_ids(tokenizer.encode("a</s>b"))
    assert ids.tolist() == [tiny.BOS_ID, ids[1], tiny.EOS_ID, ids[3]]
    assert byte_ends(tokenizer, "a</s>b", ids) == [0, 1, 5, 6]


def test_a_tokenizer_that_alters_the_text_is_placed_by_its_offsets():
    tokenizer = lower_casing()
    (ids,) = encode_plain_texts(tokenizer, ["Hello  WÖRLD ?"])
    assert byte_ends(tokenizer, "Hello  WÖRLD ?", ids) == [5, 13, 15]


def test_without_pieces_or_offsets_nobody_can_tell():
    class Slow:
        name_or_path = "odd"
        added_tokens_decoder = MappingProxyType({})
        all_special_ids = ()

        def convert_ids_to_tokens(self, ids):
            return ["?" for _ in ids]

    with pytest.raises(ScoringError, match=r"tokenizer of odd alters a text and tells no offsets.*without token bits"):
        byte_ends(Slow(), "text", token_ids([1, 2]))


CONTENTS = ["", "a", "日本語", *(f"text {i} " * (i + 1) for i in range(9))]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return tiny.save(tiny.network("llama"), tiny.byte_tokenizer(), tmp_path_factory.mktemp("models") / "tiny")


def score(source, protocol_name, folder, samples=None, **options):
    samples = samples or tiny.texts(*CONTENTS)
    return score_texts(
        samples, source, find_protocol(protocol_name), "2026-10", folder, device="cpu", shard_documents=5, **options
    )


@pytest.mark.parametrize("protocol_name", ["document", "document_512", "lm_eval"])
def test_token_bits_sum_up_to_the_score(source, tmp_path, protocol_name):
    outcome = score(source, protocol_name, tmp_path, token_bits=True)
    found = {row.document_id: row for row in read_token_bits(outcome)}
    assert len(found) == len(CONTENTS)
    for total in outcome.scores:
        row = found[total.document_id]
        assert math.fsum(row.bits) == total.total_bits
        assert row.byte_ends == tuple(range(1, total.byte_count + 1))
        assert (row.model_id, row.scoring_run_id) == (total.model_id, total.scoring_run_id)


def test_scores_are_the_same_with_token_bits_and_without(source, tmp_path):
    with_bits = score(source, "document", tmp_path / "with", token_bits=True)
    without = score(source, "document", tmp_path / "without")
    assert [s.total_bits for s in with_bits.scores] == [s.total_bits for s in without.scores]
    assert without.token_bits_files == ()


def test_the_paper_lists_only_what_it_charges(source, tmp_path):
    samples = [
        *tiny.texts(*(f"arxiv {i} " * 40 for i in range(15)), source="arxiv"),
        *tiny.texts("too short", source="common_crawl"),
    ]
    outcome = score_texts(
        samples, source, find_protocol("paper"), "2026-10", tmp_path, device="cpu", shard_documents=1, token_bits=True
    )
    found = {row.document_id: row for row in read_token_bits(outcome)}
    assert found.keys() == {total.document_id for total in outcome.scores}
    for total in outcome.scores:
        row = found[total.document_id]
        assert len(row.bits) == len(row.byte_ends) == total.scored_token_count
        assert math.fsum(row.bits) == pytest.approx(total.total_bits, rel=1e-12)
    first, *others = sorted(found)
    assert found[first].byte_ends[0] == 2  # the first id of the stream is context
    assert all(found[name].byte_ends[0] == 1 for name in others if found[name].bits)
    assert (
        sum(total.scored_token_count for total in outcome.scores)
        < sum(total.token_count for total in outcome.scores) - 1
    )


@pytest.mark.parametrize("codec", sorted(CODECS)[:1])
def test_a_codec_says_that_it_has_none(tmp_path, codec):
    source = ModelSource(codec, codec, None, CODEC_KIND, trust_remote_code=False)
    outcome = score(source, "codec", tmp_path, token_bits=True)
    assert outcome.token_bits_files == ()
    assert outcome.notes == (f"{codec} is a codec: it has no tokens, so no token bits are stored of it",)


def test_shards_that_lack_token_bits_are_scored_anew(source, tmp_path):
    before = score(source, "document", tmp_path)
    after = score(source, "document", tmp_path, token_bits=True)
    assert after.scoring_run.scoring_run_id == before.scoring_run.scoring_run_id
    assert len(list(read_token_bits(after))) == len(after.scores)
    seen = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("shard-*")}
    score(source, "document", tmp_path, token_bits=True)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("shard-*")} == seen


@pytest.mark.parametrize("damage", ["gone", "cut", "short", "other"])
def test_token_bits_that_do_not_fit_their_shard_are_made_anew(source, tmp_path, damage):
    whole = score(source, "document", tmp_path, token_bits=True)
    rows = list(read_token_bits(whole))
    path = tokens_path(tmp_path / "shard-00001.jsonl")
    content = path.read_bytes()
    first_gone = content[content.index(b"\n") + 1 :]
    path.write_bytes(
        {"gone": b"", "cut": content[:-9], "short": first_gone, "other": content.replace(b"[", b"[0.5, ")}[damage]
    )
    again = score(source, "document", tmp_path, token_bits=True)
    assert list(read_token_bits(again)) == rows


def test_token_bits_travel_beside_the_result_file(source, tmp_path):
    write_export(tmp_path / "export", "2026-10", tiny.texts("one text", "another text"))
    out = tmp_path / "results" / "m.jsonl"
    arguments = [str(tmp_path / "export"), "--model", source.location, "--out", str(out), "--device", "cpu"]
    assert main([*arguments, "--token-bits"]) == 0
    outcome = read_result_file(out)
    assert [path.name for path in outcome.token_bits_files] == ["m.jsonl.token_bits.jsonl"]
    renamed = replace(outcome, scores=[replace(one, model_id="registered@1") for one in outcome.scores])
    assert {row.model_id for row in read_token_bits(renamed)} == {"registered@1"}
    assert sum(len(row.bits) for row in read_token_bits(outcome)) == 20


@pytest.mark.parametrize(
    "change",
    [
        {"bits": [1.0] * 8},
        {"byte_ends": [8, 7, 6, 5, 4, 3, 2, 1]},
        {"byte_ends": [1, 2, 3, 4, 5, 6, 7, 800]},
        {"text_sha256": "another"},
        {"document_id": "unknown"},
        {"bits": [1.0]},
    ],
)
def test_token_bits_that_are_not_those_of_the_score_are_refused(source, tmp_path, change):
    outcome = score(source, "document", tmp_path, samples=tiny.texts("one text"), token_bits=True)
    (path,) = outcome.token_bits_files
    path.write_text(json.dumps(json.loads(path.read_text()) | change) + "\n")
    with pytest.raises(InputError, match=r"line 1 of .* that are not those of its score; delete that file"):
        list(read_token_bits(outcome))


@pytest.mark.parametrize("change", [{"bits": "x"}, {"bits": [None]}, {"byte_ends": [1.5]}])
def test_what_is_no_list_of_numbers_is_named(source, tmp_path, change):
    outcome = score(source, "document", tmp_path, samples=tiny.texts("one text"), token_bits=True)
    (path,) = outcome.token_bits_files
    path.write_text(json.dumps(json.loads(path.read_text()) | change) + "\n")
    with pytest.raises(InputError, match=f"has a {next(iter(change))} that is not a list of"):
        list(read_token_bits(outcome))
