"""`python -m scoring` on a node without the lake."""

import subprocess
import sys
from pathlib import Path

import pytest

from scoring.__main__ import main
from scoring.shards import read_result_file
from scoring.texts import write_export
from tests.scoring import tiny

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def export(tmp_path):
    write_export(tmp_path / "export", "2026-10", tiny.texts("one text", "another text"))
    return tmp_path / "export"


@pytest.fixture
def model(tmp_path):
    tiny.save(tiny.network("gpt2"), tiny.byte_tokenizer(), tmp_path / "gpt2-tiny")
    return tmp_path / "gpt2-tiny"


def test_an_export_becomes_one_result_file_and_again_the_same(export, model, tmp_path, capsys):
    out = tmp_path / "results" / "gpt2.jsonl"
    arguments = [str(export), "--model", str(model), "--protocol", "document", "--out", str(out), "--device", "cpu"]
    assert main(arguments) == 0
    first = read_result_file(out)
    assert [score.token_count for score in first.scores] == [8, 12]
    assert first.scoring_run.model_id.startswith("gpt2-tiny@")
    assert "2 scores of gpt2-tiny@" in capsys.readouterr().err
    assert main(arguments) == 0
    assert read_result_file(out) == first


def test_a_codec_is_scored_by_its_name(export, tmp_path):
    out = tmp_path / "xz.jsonl"
    assert main([str(export), "--model", "xz@9e", "--protocol", "codec", "--out", str(out)]) == 0
    assert read_result_file(out).scoring_run.model_id == "xz@9e"


def test_a_registered_id_can_be_given(export, model, tmp_path):
    out = tmp_path / "m.jsonl"
    assert main([str(export), "--model", str(model), "--model-id", "org/name@abc", "--out", str(out)]) == 0
    assert {score.model_id for score in read_result_file(out).scores} == {"org/name@abc"}


def test_a_run_may_stop_early_and_go_on(model, tmp_path, capsys):
    write_export(tmp_path / "many", "2026-10", tiny.texts(*(f"text {i} " * (1 + i % 5) for i in range(100))))
    arguments = [str(tmp_path / "many"), "--model", str(model), "--out", str(tmp_path / "m.jsonl"), "--device", "cpu"]
    assert main([*arguments, "--shard-documents", "10", "--until-se", "1"]) == 0
    assert "stopped after 30 of 100 texts: standard error of bits per character" in capsys.readouterr().err
    stopped = read_result_file(tmp_path / "m.jsonl")
    assert (len(stopped.scores), stopped.scoring_run.until_se) == (30, 1.0)
    assert main(arguments) == 0
    whole = read_result_file(tmp_path / "m.jsonl")
    assert (len(whole.scores), whole.scoring_run.until_se) == (100, None)
    assert whole.scoring_run.rechecked_window_count == 32


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (["--model", "/nowhere/m"], "there is no model folder /nowhere/m"),
        (["--protocol", "ppl"], "there is no protocol 'ppl'"),
        (["--dtype", "int4"], "there is no dtype 'int4'"),
        (["--until-se", "-1"], "until_se is -1.0 and must be over 0"),
        (["--recheck-share", "2"], "recheck_share is 2.0 and must be from 0 to 1"),
        (["--protocol", "codec"], "is no codec"),
    ],
)
def test_a_failure_is_one_sentence_and_exit_1(export, model, tmp_path, capsys, changes, sentence):
    arguments = [str(export), "--model", str(model), "--protocol", "document", "--out", str(tmp_path / "o.jsonl")]
    assert main(arguments + changes) == 1
    error = capsys.readouterr().err.strip()
    assert sentence in error
    assert "\n" not in error
    assert not (tmp_path / "o.jsonl").exists()


def test_scoring_imports_nothing_a_gpu_node_lacks():
    blocked = ("pydantic", "duckdb", "pyarrow", "rich", "click", "scipy", "joblib", "config")
    blocked += ("zstandard", "brotli", "pyppmd", "constriction")
    code = f"import sys; sys.modules.update(dict.fromkeys({blocked!r})); import scoring.__main__"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)
