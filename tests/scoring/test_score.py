"""A whole run: to disk, killed, resumed, guarded, read back."""

import json

import pytest
import torch

from scoring.measurers import CODEC_KIND
from scoring.models import ModelSource
from scoring.protocols import find_protocol
from scoring.score import score_texts
from scoring.shards import read_results
from storage.errors import ScoringError
from tests.scoring import plain, tiny

CONTENTS = ["", "a", "日本語", *(f"text {i} " * (i + 1) for i in range(9))]
SHIPPED = ("document", "document_512", "lm_eval", "paper")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return tiny.save(tiny.network("llama"), tiny.byte_tokenizer(), tmp_path_factory.mktemp("models") / "tiny")


def samples(protocol_name):
    if protocol_name != "paper":
        return tiny.texts(*CONTENTS)
    return [
        *tiny.texts(*(f"arxiv {i} " * 40 for i in range(15)), source="arxiv"),
        *tiny.texts(*(f"github {i} " * 30 for i in range(12)), source="github"),
        *tiny.texts("too short", source="common_crawl"),
    ]


def run(source, protocol_name, folder, **options):
    options = {"device": "cpu", "dtype": "float32", "shard_documents": 5 if protocol_name != "paper" else 1} | options
    return score_texts(samples(protocol_name), source, find_protocol(protocol_name), "2026-10", folder, **options)


class Killed(BaseException):
    """What SIGKILL would be, if it could be raised."""


def killed_after(seen):
    """A watcher that ends the process after so many reports."""
    reports = []

    def watch(progress):
        reports.append(progress)
        if len(reports) == seen:
            raise Killed

    return watch


@pytest.mark.parametrize("protocol_name", SHIPPED)
def test_every_text_gets_a_row_whose_counts_are_those_of_the_text(source, tmp_path, protocol_name):
    outcome = run(source, protocol_name, tmp_path)
    given = {text.document_id: text for text in samples(protocol_name) if text.source != "common_crawl"}
    assert [score.document_id for score in outcome.scores] == sorted(given)
    for score in outcome.scores:
        text = given[score.document_id]
        assert (score.char_count, score.byte_count) == (len(text.text), len(text.text.encode()))
        assert (score.snapshot_id, score.text_sha256) == ("2026-10", text.text_sha256)
        assert (score.model_id, score.protocol_id) == (source.model_id, find_protocol(protocol_name).protocol_id)
        assert score.scoring_run_id == outcome.scoring_run.scoring_run_id
        assert score.altered_byte_count == 0
        if protocol_name != "paper":  # one token per byte: every byte is charged
            assert score.scored_token_count == score.token_count == score.byte_count


def test_a_run_says_what_its_bits_depend_on(source, tmp_path):
    outcome = run(source, "document", tmp_path)
    found = outcome.scoring_run
    assert (found.device, found.dtype, found.attention, found.until_se) == ("cpu", "float32", "sdpa", None)
    assert f"torch={torch.__version__}" in found.library_versions
    assert found.token_count == sum(score.scored_token_count for score in outcome.scores)
    assert found.seconds > 0
    assert found.peak_memory_bytes > 10_000_000
    assert run(source, "document", tmp_path / "rough", dtype="bfloat16").scoring_run.dtype == "bfloat16"


def test_scores_equal_a_plain_loop_from_folder_to_row(source, tmp_path):
    tokenizer, network = tiny.byte_tokenizer(), tiny.network("llama")
    for score, content in zip(run(source, "document", tmp_path).scores, CONTENTS, strict=True):
        ids = tokenizer(content, add_special_tokens=False)["input_ids"]
        expected = sum(plain.document(network, ids, tiny.BOS_ID, 1900, 512))
        assert score.total_bits == pytest.approx(expected, rel=1e-6)


def test_order_of_texts_and_size_of_shards_and_batches_do_not_matter(source, tmp_path):
    protocol = find_protocol("document")
    one = run(source, "document", tmp_path / "one")
    given = tiny.texts(*CONTENTS)[::-1]
    other = score_texts(given, source, protocol, "2026-10", tmp_path / "b", batch_tokens=7, shard_documents=100)
    assert [score.document_id for score in one.scores] == [score.document_id for score in other.scores]
    expected = [score.total_bits for score in one.scores]
    assert [score.total_bits for score in other.scores] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("protocol_name", SHIPPED)
@pytest.mark.parametrize("seen", [1, 2, 3, 5])
def test_a_killed_run_goes_on_and_ends_with_the_same_rows(source, tmp_path, protocol_name, seen):
    whole = run(source, protocol_name, tmp_path / "whole")
    folder = tmp_path / "cut"
    with pytest.raises(Killed):
        run(source, protocol_name, folder, on_progress=killed_after(seen))
    with pytest.raises(ScoringError, match=r"has .* shards; score again"):
        read_results(folder)
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.json*")}
    begun = json.loads((folder / "run.json").read_text())["scoring_run_id"]
    resumed = run(source, protocol_name, folder)
    bits = [(score.document_id, score.total_bits, score.scored_token_count) for score in resumed.scores]
    assert bits == [(score.document_id, score.total_bits, score.scored_token_count) for score in whole.scores]
    assert {name: (folder / name).stat().st_mtime_ns for name in before} == before  # nothing was scored twice
    assert resumed.scoring_run.scoring_run_id == begun
    assert resumed.scoring_run.token_count == whole.scoring_run.token_count
    assert resumed.notes == whole.notes


@pytest.mark.parametrize("protocol_name", SHIPPED)
def test_a_whole_run_is_read_back_without_loading_the_model(source, tmp_path, protocol_name, monkeypatch):
    first = run(source, protocol_name, tmp_path)
    monkeypatch.setattr("scoring.measurers.load_model", None)
    assert run(source, protocol_name, tmp_path) == first == read_results(tmp_path)


def test_a_torn_file_is_never_taken_for_a_shard(source, tmp_path, monkeypatch):
    def torn(_descriptor):
        raise Killed

    monkeypatch.setattr("os.fsync", torn)
    with pytest.raises(Killed):
        run(source, "document", tmp_path)
    assert not list(tmp_path.glob("shard-*"))


@pytest.mark.parametrize(
    ("protocol_name", "name"),
    [
        ("document", "shard-00001"),
        ("paper", "shard-arxiv"),
        ("paper", "shard-common_crawl"),
        ("paper", "windows-arxiv-00002"),
    ],
)
@pytest.mark.parametrize("damage", ["empty", "cut", "zeros", "short"])
def test_a_shard_that_a_power_cut_damaged_is_scored_again(source, tmp_path, protocol_name, name, damage):
    whole = run(source, protocol_name, tmp_path)
    if name.startswith("windows"):  # these are read only until their stream is whole
        (tmp_path / "shard-arxiv.jsonl").unlink()
    path = tmp_path / f"{name}.jsonl"
    content = path.read_bytes()
    short = content[: content[:-1].rfind(b"\n") + 1]
    path.write_bytes({"empty": b"", "cut": content[:-9], "zeros": bytes(len(content)), "short": short}[damage])
    again = run(source, protocol_name, tmp_path)
    assert again.scores == whole.scores
    assert again.notes == whole.notes
    assert again.scoring_run.token_count == whole.scoring_run.token_count


def test_a_shard_of_another_run_is_not_taken_up(source, tmp_path):
    for name in ("one", "other"):
        run(source, "document", tmp_path / name)
    (tmp_path / "other" / "shard-00001.jsonl").replace(tmp_path / "one" / "shard-00001.jsonl")
    with pytest.raises(
        ScoringError, match=r"shard-00001\.jsonl is of scoring run .*; delete that file and score again"
    ):
        run(source, "document", tmp_path / "one")


def test_progress_counts_up_to_the_whole(source, tmp_path):
    for protocol_name in SHIPPED:
        reports = []
        outcome = run(source, protocol_name, tmp_path / protocol_name, on_progress=reports.append)
        counts = [(report.document_count, report.token_count) for report in reports]
        assert counts == sorted(counts)
        assert counts[-1] == (len(samples(protocol_name)), outcome.scoring_run.token_count)
        assert {report.total_document_count for report in reports} == {len(samples(protocol_name))}
        assert [report.seconds for report in reports] == sorted(report.seconds for report in reports)
        assert (reports[0].model_id, reports[0].protocol) == (source.model_id, protocol_name)
        again = []
        run(source, protocol_name, tmp_path / protocol_name, on_progress=again.append)
        assert again[-1].token_count == outcome.scoring_run.token_count
        assert again[-1].seconds == pytest.approx(outcome.scoring_run.seconds)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"dtype": "bfloat16"}, "dtype 'float32', which is now 'bfloat16'"),
        ({"snapshot_id": "2026-11"}, "snapshot_id '2026-10', which is now '2026-11'"),
        ({"protocol": find_protocol("document_512")}, "protocol_id 'document@"),
        ({"texts": tiny.texts("other")}, "texts '"),
        ({"source": ModelSource("other@1", "", None, "base", trust_remote_code=False)}, "model_id 'tiny@"),
    ],
)
def test_a_folder_never_mixes_two_kinds_of_bits(source, tmp_path, change, name):
    given = {
        "texts": tiny.texts(*CONTENTS),
        "source": source,
        "protocol": find_protocol("document"),
        "snapshot_id": "2026-10",
        "out_dir": tmp_path,
        "device": "cpu",
        "dtype": "float32",
    }
    score_texts(**given)
    with pytest.raises(ScoringError, match=f"begun with {name}"):
        score_texts(**given | change)


def test_another_size_of_shards_goes_on_with_the_old_one(source, tmp_path):
    with pytest.raises(Killed):
        run(source, "document", tmp_path, on_progress=killed_after(3))
    assert len(run(source, "document", tmp_path, shard_documents=2).scores) == len(CONTENTS)


def test_leftovers_of_a_run_nobody_can_name_are_not_taken_up(source, tmp_path):
    first = run(source, "document", tmp_path)
    (tmp_path / "run.json").unlink()
    second = run(source, "document", tmp_path)
    assert second.scoring_run.scoring_run_id != first.scoring_run.scoring_run_id
    assert {score.scoring_run_id for score in second.scores} == {second.scoring_run.scoring_run_id}


def test_the_paper_says_which_source_is_too_short(source, tmp_path):
    outcome = run(source, "paper", tmp_path)
    assert outcome.notes == (
        "common_crawl has 9 tokens in all and protocol paper charges none under 1901: no scores of common_crawl",
    )
    by_source = {text.document_id: text.source for text in samples("paper")}
    assert {by_source[score.document_id] for score in outcome.scores} == {"arxiv", "github"}
    id_count = sum(len(text.text) for text in samples("paper") if text.source == "arxiv")
    assert len(list(tmp_path.glob("windows-arxiv-*.jsonl"))) == (id_count - 1901) // 512 + 1


def test_the_paper_scores_each_source_as_the_published_procedure_does(source, tmp_path):
    tokenizer, network = tiny.byte_tokenizer(), tiny.network("llama")
    outcome = run(source, "paper", tmp_path)
    for name in ("arxiv", "github"):
        ids = [i for text in samples("paper") if text.source == name for i in tokenizer.encode(text.text)]
        expected = plain.paper(network, ids, 1900, 512)
        found = [score for score in outcome.scores if score.document_id.startswith(name)]
        assert sum(score.total_bits for score in found) == pytest.approx(sum(expected.values()), rel=1e-6)
        assert sum(score.scored_token_count for score in found) == len(expected)
        assert sum(score.char_count for score in found) == sum(
            len(text.text) for text in samples("paper") if text.source == name
        )


@pytest.mark.parametrize("codec", ["zstd@19", "xz@9e", "brotli@11", "ppmd@12"])
def test_a_codec_is_scored_like_any_model(tmp_path, codec):
    outcome = run(ModelSource(codec, codec, None, CODEC_KIND, trust_remote_code=False), "codec", tmp_path)
    assert len(outcome.scores) == len(CONTENTS)
    assert all(score.total_bits > 0 and score.total_bits % 8 == 0 for score in outcome.scores)
    assert (outcome.scoring_run.device, outcome.scoring_run.dtype) == ("cpu", "none")
    assert outcome.scoring_run.float32_difference == 0.0
    assert outcome.scoring_run.token_count == 0


def test_a_codec_and_a_token_protocol_do_not_fit(source, tmp_path):
    codec = ModelSource("xz@9e", "xz@9e", None, CODEC_KIND, trust_remote_code=False)
    with pytest.raises(ScoringError, match="is a codec and document needs tokens"):
        run(codec, "document", tmp_path)
    with pytest.raises(ScoringError, match="is no codec"):
        run(source, "codec", tmp_path)


def test_no_texts_give_no_scores(source, tmp_path):
    assert score_texts([], source, find_protocol("document"), "s", tmp_path).scores == []
