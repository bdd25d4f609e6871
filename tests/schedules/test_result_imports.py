"""Imports of results into a lake: at once or not at all, twice is once, and what changes is said."""

import pytest

from analysis.benchmark_imports import ImportChoices
from schedules.result_imports import import_benchmarks, import_compression
from schedules.workspace import create_workspace
from storage import lake, rows
from storage.errors import InputError
from storage.records import BenchmarkResult, CompressionResult, LanguageModel

BENCHMARKS = """\
model,benchmark,area,value,scale,shots,setting,source,reported_by
a,MMLU,knowledge,45,100,5,acc,,me
b,MMLU,knowledge,0.5,1,5,acc,,me
"""
COMPRESSION = """\
model,source,corpus,bits_per_character,protocol,reported_by
a,github,python,0.4,paper,me
"""


@pytest.fixture
def workspace(tmp_path):
    made, _ = create_workspace(tmp_path / "home", "tests@example.org")
    models = [LanguageModel(name, name, None, None, None, None, None, "base", None, False) for name in "ab"]
    lake.write(made.home, "models", lambda writing: rows.insert(writing, models, LanguageModel))
    return made


@pytest.fixture
def write(tmp_path):
    def write_file(text):
        (tmp_path / "results.csv").write_text(text)
        return tmp_path / "results.csv"

    return write_file


def held(workspace, record_type):
    with lake.reading(workspace.home) as connection:
        return rows.select(connection, record_type)


def test_an_import_says_how_each_benchmark_was_read(workspace, write, capsys):
    assert import_benchmarks(workspace, write(BENCHMARKS), ImportChoices()) == 2
    assert capsys.readouterr().err.splitlines() == [
        "knowledge: MMLU (acc), 2 models",
        "2 benchmark results imported: 2 new, 0 replaced, 0 as they were",
    ]


def test_twice_is_once(workspace, write, capsys):
    for _ in range(2):
        import_benchmarks(workspace, write(BENCHMARKS), ImportChoices())
        import_compression(workspace, write(COMPRESSION))
    assert len(held(workspace, BenchmarkResult)) == 2
    assert len(held(workspace, CompressionResult)) == 1
    said = capsys.readouterr().err.splitlines()
    assert "2 benchmark results imported: 0 new, 0 replaced, 2 as they were" in said
    assert "1 compression results imported: 0 new, 0 replaced, 1 as they were" in said


def test_a_changed_value_takes_the_place_of_the_old_one_and_is_said(workspace, write, capsys):
    import_benchmarks(workspace, write(BENCHMARKS), ImportChoices())
    import_compression(workspace, write(COMPRESSION))
    import_benchmarks(
        workspace, write(BENCHMARKS.replace("0.5", "0.6").replace("acc,,me", "acc,Table 1,me")), ImportChoices()
    )
    import_compression(workspace, write(COMPRESSION.replace("0.4", "0.5")))
    said = capsys.readouterr().err.splitlines()
    assert "replaced: MMLU (acc) of a, by me: another source or area" in said
    assert "replaced: MMLU (acc) of b, by me: 0.5 → 0.6" in said
    assert "replaced: github (python) of a, by me: 0.4 → 0.5" in said
    assert "2 benchmark results imported: 0 new, 2 replaced, 0 as they were" in said
    assert [(r.model_id, r.value, r.source) for r in held(workspace, BenchmarkResult)] == [
        ("a", 0.45, "Table 1"),
        ("b", 0.6, "Table 1"),
    ]


def test_one_bad_row_keeps_all_out(workspace, write):
    with pytest.raises(InputError, match=r"results\.csv:4: value is '2'"):
        import_benchmarks(workspace, write(BENCHMARKS + "a,GSM8K,math,2,1,5,acc,,me\n"), ImportChoices())
    with pytest.raises(InputError, match="the model 'c' is not registered"):
        import_benchmarks(workspace, write(BENCHMARKS + "c,GSM8K,math,0.2,1,5,acc,,me\n"), ImportChoices())
    assert held(workspace, BenchmarkResult) == []


def test_what_is_left_out_is_said(workspace, write, capsys):
    path = write(BENCHMARKS + "c,GSM8K,math,0.2,1,5,acc,,me\n")
    import_benchmarks(workspace, path, ImportChoices(skips_unknown_models=True))
    import_compression(workspace, write(COMPRESSION + "c,github,python,1,paper,me\n"), skips_unknown_models=True)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "left out: model c: not registered (1 results)"
    assert "left out: model c: not registered" in said
    assert len(held(workspace, BenchmarkResult)) == 2
