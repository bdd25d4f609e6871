"""A summary of OpenCompass: which row of a dataset counts, what `-` means, and what is refused with its line."""

import re

import pytest

from analysis.benchmark_formats.claims import Skipped
from analysis.benchmark_formats.recognition import Reading
from analysis.benchmark_imports import ImportChoices, read_benchmark_results
from storage.errors import InputError
from storage.records import BenchmarkResult

ALIASES = {"llama-7b-hf": "llama@1", "qwen-7b-hf": "qwen@1"}
# As opencompass/summarizers/default.py writes it: two decimals, no quotes, rows of headings and of missing results.
SUMMARY = """\
dataset,version,metric,mode,llama-7b-hf,qwen-7b-hf
--------- Exam ---------,-,-,-,-,-
mmlu,-,naive_average,ppl,46.78,59.10
mmlu,-,weighted_average,ppl,46.90,59.30
lukaemon_mmlu_anatomy,2db373,accuracy,ppl,41.48,52.59
gsm8k,1d7fe4,accuracy,gen,16.68,-
openai_humaneval,8e312c,humaneval_pass@1,gen,12.80,29.88
bbh,-,naive_average,gen,38.27,45.31
"""


@pytest.fixture
def write(tmp_path):
    def write_file(text):
        path = tmp_path / "summary_20231127_172834.csv"
        path.write_text(text)
        return path

    return write_file


def read(path, *metrics, **choices):
    return read_benchmark_results(path, ALIASES, ImportChoices(Reading(None, metrics), **choices))


def test_percent_become_fractions_and_the_first_metric_counts(write):
    results = read(write(SUMMARY)).results
    assert [(r.model_id, r.benchmark, r.setting, r.area, r.value) for r in results] == [
        ("llama@1", "mmlu", "naive_average, ppl", "knowledge", pytest.approx(0.4678)),
        ("qwen@1", "mmlu", "naive_average, ppl", "knowledge", pytest.approx(0.591)),
        ("llama@1", "gsm8k", "accuracy, gen", "math", pytest.approx(0.1668)),
        ("llama@1", "openai_humaneval", "humaneval_pass@1, gen", "coding", pytest.approx(0.128)),
        ("qwen@1", "openai_humaneval", "humaneval_pass@1, gen", "coding", pytest.approx(0.2988)),
    ]
    assert results[2] == BenchmarkResult(
        "llama@1", "gsm8k", "accuracy, gen", "opencompass", "math", 0.1668, None,
        "opencompass, prompt 1d7fe4, summary_20231127_172834.csv",
    )  # fmt: skip


def test_everything_else_is_listed(write):
    assert read(write(SUMMARY)).skipped == (
        Skipped("dataset --------- Exam ---------", "it has no result (-)"),
        Skipped("metric weighted_average of mmlu", "naive_average counts (--metric)"),
        Skipped(
            "benchmark lukaemon_mmlu_anatomy",
            "of none of the three areas (a subject of MMLU; the row mmlu is their mean)",
        ),
        Skipped("gsm8k of qwen-7b-hf", "it has no result (-)"),
        Skipped("benchmark bbh", "of none of the three areas (arXiv:2210.09261: reasoning of many kinds)"),
    )


@pytest.mark.parametrize("metric", ["weighted_average", "mmlu=weighted_average"])
def test_another_metric_can_be_named(write, metric):
    values = {result.benchmark: result.value for result in read(write(SUMMARY), metric).results}
    assert values["mmlu"] == pytest.approx(0.593)
    assert "gsm8k" in values


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("gsm8k,x,accuracy,gen,101.00,1.00", "llama-7b-hf is '101.00', it must be from 0 to 100."),
        ("gsm8k,x,accuracy,gen,82.00 (7/8),1.00", "llama-7b-hf is '82.00 (7/8)', it must be a number from 0 to 100"),
        ("gsm8k,x,accuracy,gen,1.00", "the row has 5 cells, the header 6; quote commas."),
        (",x,accuracy,gen,1.00,2.00", "dataset is '', it must not be empty."),
        ("mmlu,y,naive_average,ppl,1.00,2.00", "the row repeats line 2; keep one of them."),
        ("my_own,y,accuracy,gen,1.00,2.00", "no table of areas knows 'my_own'; say --area my_own=math"),
    ],
)
def test_bad_rows_are_refused_with_their_line(write, row, said):
    lines = SUMMARY.splitlines()
    path = write("\n".join([lines[0], lines[2], row]))
    with pytest.raises(InputError) as refused:
        read(path)
    assert str(refused.value).startswith(f"{path}:3: {said}")


def test_every_unknown_column_is_an_unknown_model(write):
    path = write(SUMMARY.replace("qwen-7b-hf", "total_count").replace("llama-7b-hf", "llama-7B-hf"))
    with pytest.raises(InputError) as refused:
        read(path)
    assert ":3: the model 'llama-7B-hf' is not registered (did you mean 'llama-7b-hf'?)" in str(refused.value)
    assert "neither are 'total_count' (line 3)" in str(refused.value)
    imported = read(path, skips_unknown_models=True)
    assert imported.results == ()
    assert Skipped("model llama-7B-hf", "not registered; did you mean 'llama-7b-hf'? (3 results)") in imported.skipped


@pytest.mark.parametrize("header", ["dataset,version,metric,mode", "dataset,version,metric,mode,a,a"])
def test_a_header_without_models_is_refused(write, header):
    with pytest.raises(InputError, match=re.escape(f":1: the columns are {header}; they must be")):
        read(write(header + "\n"))


def test_a_model_is_never_named_by_an_option(write):
    with pytest.raises(InputError, match="--model says nothing about a file of opencompass"):
        read_benchmark_results(write(SUMMARY), ALIASES, ImportChoices(Reading(None, (), "x")))
