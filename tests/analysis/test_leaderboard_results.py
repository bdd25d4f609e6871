"""The Open LLM Leaderboard as the hub gives it: both versions, every kind of file, models that stand there twice."""

import csv
import json

import pytest

from analysis.benchmark_formats.claims import Skipped
from analysis.benchmark_formats.recognition import Reading
from analysis.benchmark_imports import ImportChoices, read_benchmark_results
from storage.errors import InputError
from storage.parquet import write_columns
from storage.records import BenchmarkResult

ALIASES = {"org/model": "org/model@sha1", "org/model@sha1": "org/model@sha1", "org/other": "org/other@9"}
# The columns of open-llm-leaderboard/contents, in its order.
VERSION_2 = {
    "eval_name": "org_model_bfloat16", "Precision": "bfloat16", "Type": "🟢 pretrained", "T": "🟢",
    "Weight type": "Original", "Architecture": "LlamaForCausalLM",
    "Model": '<a href="https://huggingface.co/org/model">org/model</a>', "fullname": "org/model", "Model sha": "sha1",
    "Average ⬆️": 10.0, "Hub License": "apache-2.0", "Hub ❤️": 1, "#Params (B)": 7.0, "Available on the hub": True,
    "MoE": False, "Flagged": False, "Chat Template": True, "CO₂ cost (kg)": 1.2, "IFEval Raw": 0.5, "IFEval": 50.0,
    "BBH Raw": 0.4, "BBH": 20.0, "MATH Lvl 5 Raw": 0.3, "MATH Lvl 5": 30.0, "GPQA Raw": 0.25, "GPQA": 0.0,
    "MUSR Raw": 0.36, "MUSR": 4.0, "MMLU-PRO Raw": 0.37, "MMLU-PRO": 30.0, "Merged": False, "Official Providers": False,
    "Upload To Hub Date": "2024-04-13", "Submission Date": "2024-08-05", "Generation": 0, "Base Model": "org/model",
}  # fmt: skip
# Those of open-llm-leaderboard-old/contents.
VERSION_1 = {
    "eval_name": "org_model_float16", "Precision": "torch.float16", "Type": "pretrained", "T": "🟢",
    "Weight type": "Original", "Architecture": "LlamaForCausalLM", "Model": "org/model", "fullname": "org/model",
    "Model sha": "sha1", "Average ⬆️": 50.0, "Hub License": "mit", "Hub ❤️": 3, "#Params (B)": 7.0,
    "Available on the hub": True, "Merged": False, "MoE": False, "Flagged": False, "date": "2023-10-16T12:25:18Z",
    "Chat Template": False, "ARC": 53.1, "HellaSwag": 78.6, "MMLU": 46.9, "TruthfulQA": 38.8, "Winogrande": 74.0,
    "GSM8K": 14.5, "Maintainers Choice": False,
}  # fmt: skip
AREAS_2 = {"MATH Lvl 5": ("math", 0.3), "GPQA": ("knowledge", 0.25), "MMLU-PRO": ("knowledge", 0.37)}


def as_csv(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def as_parquet(path, rows):
    write_columns(path, {name: [row[name] for row in rows] for name in rows[0]})


def as_page(path, rows):
    page = {"features": [], "rows": [{"row_idx": n, "row": row, "truncated_cells": []} for n, row in enumerate(rows)]}
    path.write_text(json.dumps(page | {"num_rows_total": len(rows)}))


def as_records(path, rows):
    path.write_text(json.dumps(rows))


def as_lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


WRITERS = [as_csv, as_parquet, as_page, as_records, as_lines]


@pytest.fixture
def write(tmp_path):
    def write_file(*rows, writer=as_parquet):
        writer(tmp_path / "train-00000-of-00001.file", list(rows))
        return tmp_path / "train-00000-of-00001.file"

    return write_file


def read(path, **choices):
    return read_benchmark_results(path, ALIASES, ImportChoices(**choices))


@pytest.mark.parametrize("writer", WRITERS)
def test_version_2_is_read_from_every_kind_of_file(write, writer):
    results = read(write(VERSION_2, writer=writer)).results
    assert {result.benchmark: (result.area, result.value) for result in results} == AREAS_2
    assert results[-1] == BenchmarkResult(
        "org/model@sha1", "MMLU-PRO", "raw, 5-shot", "open-llm-leaderboard v2", "knowledge", 0.37, 5,
        "train-00000-of-00001.file, revision sha1, bfloat16",
    )  # fmt: skip


@pytest.mark.parametrize("writer", WRITERS)
def test_version_1_is_in_percent(write, writer):
    imported = read(write(VERSION_1, writer=writer))
    assert {(r.benchmark, r.setting, r.area, round(r.value, 9)) for r in imported.results} == {
        ("ARC", "acc_norm, 25-shot", "knowledge", 0.531), ("HellaSwag", "acc_norm, 10-shot", "knowledge", 0.786),
        ("MMLU", "acc, 5-shot", "knowledge", 0.469), ("Winogrande", "acc, 5-shot", "knowledge", 0.74),
        ("GSM8K", "acc, 5-shot", "math", 0.145),
    }  # fmt: skip
    assert {result.reported_by for result in imported.results} == {"open-llm-leaderboard v1"}
    assert [skipped.what for skipped in imported.skipped] == ["benchmark TruthfulQA"]


def test_without_the_raw_columns_the_normalised_ones_are_another_setting(write):
    row = {name: value for name, value in VERSION_2.items() if not name.endswith(" Raw")}
    results = read(write(row)).results
    assert {(r.benchmark, r.setting, r.value) for r in results} == {
        ("MATH Lvl 5", "normalised, 4-shot", 0.3), ("GPQA", "normalised, 0-shot", 0.0),
        ("MMLU-PRO", "normalised, 5-shot", 0.3),
    }  # fmt: skip


@pytest.mark.parametrize("writer", [as_csv, as_parquet, as_records])
def test_missing_results_and_flagged_models_are_listed(write, writer):
    flagged = VERSION_2 | {"fullname": "bad/model", "Flagged": True}
    imported = read(write(VERSION_2 | {"GPQA Raw": None}, flagged, writer=writer))
    assert {result.benchmark for result in imported.results} == {"MATH Lvl 5", "MMLU-PRO"}
    assert Skipped("GPQA of org/model", "it has no result") in imported.skipped
    assert Skipped("model bad/model", "flagged by the community") in imported.skipped


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        ({"Precision": "float16"}, {"Precision": "bfloat16"}, 0.2),
        ({"Model sha": "sha1", "Precision": "4bit"}, {"Model sha": "sha2"}, 0.1),
        ({"Submission Date": "2024-06-30"}, {"Submission Date": "2025-01-01"}, 0.2),
        ({"Submission Date": "2024-06-30"}, {"Submission Date": None}, 0.1),
    ],
    ids=["less rounded", "registered revision", "later", "dated"],
)
def test_of_rows_of_one_model_one_counts_and_the_others_are_listed(write, first, second, value):
    rows = [VERSION_2 | first | {"MMLU-PRO Raw": 0.1}, VERSION_2 | second | {"MMLU-PRO Raw": 0.2}]
    for ordered in (rows, rows[::-1]):
        imported = read(write(*ordered))
        assert {r.benchmark: r.value for r in imported.results}["MMLU-PRO"] == value
        assert sum("has the same model" in skipped.why for skipped in imported.skipped) == 1


def test_rows_that_nothing_tells_apart_are_refused(write):
    with pytest.raises(InputError, match=r"row 2: the row repeats .*row 1; keep one of them"):
        read(write(VERSION_2, VERSION_2))


def test_unknown_models_are_refused_or_left_out(write):
    path = write(VERSION_2, VERSION_2 | {"fullname": "org/Other", "Model sha": "x"})
    with pytest.raises(InputError, match=r"row 2: the model 'org/Other' is not registered \(did you mean 'org/other'"):
        read(path)
    imported = read(path, skips_unknown_models=True)
    assert {result.model_id for result in imported.results} == {"org/model@sha1"}
    assert Skipped("model org/Other", "not registered; did you mean 'org/other'? (3 results)") in imported.skipped


@pytest.mark.parametrize(
    ("writer", "changes", "said"),
    [
        (as_csv, {"GPQA Raw": 25.0}, ":2: GPQA Raw is '25.0', it must be from 0 to 1."),
        (as_parquet, {"GPQA Raw": 25.0}, ", row 1: GPQA Raw is '25.0', it must be from 0 to 1."),
        (as_records, {"GPQA Raw": "n/a"}, ", row 1: GPQA Raw is 'n/a', it must be a number from 0 to 1"),
        (as_parquet, {"fullname": ""}, ", row 1: fullname is '', it must not be empty."),
        (as_csv, {"My Own": 1}, ":1: unknown columns 'My Own'; drop them from the file."),
        (as_page, {"My Own": 1}, ", row 1: unknown columns 'My Own'; drop them from the file."),
        (as_csv, {"fullname": "a\x1b[1m"}, r":2: fullname is 'a\x1b[1m', it must be free of control characters"),
    ],
)
def test_bad_cells_and_columns_are_refused_with_their_row(write, writer, changes, said):
    path = write(VERSION_2 | changes, writer=writer)
    with pytest.raises(InputError) as refused:
        read(path)
    assert str(refused.value).startswith(f"{path}{said}")


def test_a_metric_cannot_be_chosen_where_there_is_one(write):
    with pytest.raises(InputError, match="--metric says nothing about a file of open-llm-leaderboard"):
        read(write(VERSION_2), reading=Reading(None, ("acc",)))


def test_parquet_of_anything_else_is_refused(tmp_path):
    write_columns(tmp_path / "x.parquet", {"a": [1]})
    with pytest.raises(InputError, match=r"x\.parquet, row 1: unknown columns 'a'"):
        read(tmp_path / "x.parquet")
