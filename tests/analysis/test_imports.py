"""Imports: what a user's file may look like, and the one sentence that refuses it."""

import re
from datetime import date

import pytest

from analysis.benchmark_formats.claims import Skipped
from analysis.imports import read_benchmarks, read_compression, read_exclusions, read_models
from storage.errors import InputError
from storage.records import BenchmarkResult, CompressionResult, ModelAlias

ALIASES = {"Llama-1-7b": "huggyllama/llama-7b@1", "huggyllama/llama-7b@1": "huggyllama/llama-7b@1", "b": "b@1"}
BENCHMARKS = "model,benchmark,area,value,scale,shots,setting,source,reported_by\n"
COMPRESSION = "model,source,corpus,bits_per_character,protocol,reported_by\n"
MODELS = (
    "model,aliases,family,organisation,parameter_count,context_tokens,released_on,knowledge_cutoff_on,kind,location,"
    "source\n"
)
GOOD = 'Llama-1-7b,HellaSwag,knowledge,76.2,100,0,"acc_norm, harness",Table 4,paper\n'
GOOD_COMPRESSION = "b,github,python,0.379,paper,me\n"


@pytest.fixture
def write(tmp_path):
    def write_file(text: str | bytes):
        path = tmp_path / "file.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_file


def test_percent_and_fractions_come_out_in_0_to_1(write):
    path = write(BENCHMARKS + GOOD + "b,HellaSwag,knowledge,0.762,1,,,,me\n")
    assert read_benchmarks(path, ALIASES) == [
        BenchmarkResult(
            "huggyllama/llama-7b@1", "HellaSwag", "acc_norm, harness", "paper", "knowledge", 0.762, 0, "Table 4"
        ),
        BenchmarkResult("b@1", "HellaSwag", "", "me", "knowledge", 0.762, None, None),
    ]


def test_published_compression_is_read(write):
    results, skipped = read_compression(write(COMPRESSION + GOOD_COMPRESSION), ALIASES)
    assert results == [CompressionResult("b@1", "github", "python", 0.379, "paper", "me")]
    assert not skipped


def test_compression_of_unknown_models_is_refused_or_left_out_and_listed(write):
    path = write(COMPRESSION + GOOD_COMPRESSION + "llama-1-7B,github,python,0.4,paper,me\n")
    with pytest.raises(InputError, match=r":3: the model 'llama-1-7B' is not registered \(did you mean 'Llama-1-7b'"):
        read_compression(path, ALIASES)
    results, skipped = read_compression(path, ALIASES, skips_unknown_models=True)
    assert [result.model_id for result in results] == ["b@1"]
    assert skipped == [Skipped("model llama-1-7B", "not registered; did you mean 'Llama-1-7b'?")]


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf" + (BENCHMARKS + GOOD).encode(),
        (BENCHMARKS + GOOD).replace("\n", "\r\n"),
        "\n\n" + BENCHMARKS + "\n , \n,,\n" + GOOD + "\n\n",
        BENCHMARKS + GOOD.rstrip("\n"),
        BENCHMARKS.replace(",", " , ") + GOOD.replace(",knowledge,", ",  knowledge ,"),
    ],
    ids=["byte-order mark", "CRLF", "empty lines", "no line break at the end", "spaces"],
)
def test_harmless_differences_of_files_do_not_matter(write, text):
    (found,) = read_benchmarks(write(text), ALIASES)
    assert (found.benchmark, found.value) == ("HellaSwag", 0.762)


def test_columns_may_come_in_any_order(write):
    path = write("reported_by,protocol,bits_per_character,corpus,source,model\nme,paper,0.4,python,github,b\n")
    assert read_compression(path, ALIASES)[0][0].bits_per_character == 0.4


def benchmark_row(**cells: str) -> str:
    row = {
        "model": "b", "benchmark": "MBPP", "area": "coding", "value": "0.5", "scale": "1", "shots": "3", "setting": "",
        "source": "", "reported_by": "me",
    }  # fmt: skip
    return ",".join((row | cells).values()) + "\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (benchmark_row(area="vision"), "area is 'vision', it must be one of knowledge, coding, math."),
        (benchmark_row(value="51"), "value is '51', it must be from 0 to 1."),
        (benchmark_row(value="101", scale="100"), "value is '101', it must be from 0 to 100."),
        (benchmark_row(value="-0.1"), "value is '-0.1', it must be from 0 to 1."),
        (benchmark_row(value="nan"), "value is 'nan', it must be a number from 0 to 1"),
        (benchmark_row(value="1_0", scale="100"), "value is '1_0', it must be a number"),
        (benchmark_row(value="1e999"), "value is '1e999', it must be from 0 to 1."),
        (benchmark_row(value=""), "value is '', it must be a number"),
        (benchmark_row(value='"0,5"'), "value is '0,5', it must be a number from 0 to 1, written like 0.5."),
        (benchmark_row(scale="10"), "scale is '10', it must be one of 1, 100."),
        (benchmark_row(shots="-1"), "shots is '-1', it must be a whole number from 0 to 10000, or empty."),
        (benchmark_row(shots="2.5"), "shots is '2.5', it must be a whole number"),
        (benchmark_row(benchmark=""), "benchmark is '', it must not be empty."),
        (benchmark_row(reported_by=" "), "reported_by is '', it must not be empty."),
        (benchmark_row(model=""), "model is '', it must not be empty."),
        (benchmark_row(setting="\x1b[31m"), r"setting is '\x1b[31m', it must be free of control characters"),
        ("b,MBPP,coding\n", "the row has 3 cells, the header 9; quote commas."),
        (benchmark_row(setting="a,b"), "the row has 10 cells, the header 9; quote commas."),
        (GOOD, "the row repeats line 2; keep one of them."),
        (benchmark_row(setting='"a"b'), "this is not CSV"),
    ],
)
def test_a_bad_benchmark_row_is_refused_with_line_value_and_limit(write, row, said):
    path = write(BENCHMARKS + GOOD + "\n" + row)
    with pytest.raises(InputError, match=re.escape(f"{path}:4: {said}")):
        read_benchmarks(path, ALIASES)


def test_lines_are_counted_as_an_editor_counts_them(write):
    text = BENCHMARKS + 'b,"MB\nPP",coding,0.5,1,,,,me\n' + benchmark_row(value="7")
    with pytest.raises(InputError, match=r"file\.csv:2: benchmark is"):
        read_benchmarks(write(text), ALIASES)
    with pytest.raises(InputError, match=r"file\.csv:3: value is '7'"):
        read_benchmarks(write(text.replace("MB\nPP", "MBPP")), ALIASES)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("b,wikipedia,x,0.5,paper,me\n", "source is 'wikipedia', it must be one of github, arxiv, common_crawl."),
        ("b,arxiv,x,0,paper,me\n", "bits_per_character is '0', it must be above 0 and at most 32."),
        ("b,arxiv,x,33,paper,me\n", "bits_per_character is '33', it must be from 0 to 32."),
        ("b,arxiv,,1,paper,me\n", "corpus is '', it must not be empty."),
        ("b,arxiv,x,1,,me\n", "protocol is '', it must not be empty."),
        (GOOD_COMPRESSION.replace("0.379", "0.4"), "the row repeats line 2; keep one of them."),
    ],
)
def test_a_bad_compression_row_is_refused_with_line_value_and_limit(write, row, said):
    path = write(COMPRESSION + GOOD_COMPRESSION + row)
    with pytest.raises(InputError, match=re.escape(f"{path}:3: {said}")):
        read_compression(path, ALIASES)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (BENCHMARKS.replace("shots", "few_shots"), "unknown columns 'few_shots'; missing columns 'shots'; the columns"),
        (BENCHMARKS.replace(",scale", ""), "missing columns 'scale'; the columns must be model,benchmark,area"),
        (BENCHMARKS.replace("\n", ",note\n"), "unknown columns 'note'"),
        (BENCHMARKS.replace("\n", ",model\n"), "doubled columns 'model'"),
        (BENCHMARKS.replace(",", ";"), "unknown columns 'model;benchmark;"),
    ],
)
def test_other_columns_are_refused_by_name(write, header, said):
    with pytest.raises(InputError, match=re.escape(f"file.csv:1: {said}")):
        read_benchmarks(write(header + GOOD), ALIASES)


def test_unknown_models_are_listed_with_their_lines(write):
    path = write(BENCHMARKS + GOOD + "".join(benchmark_row(model=name) for name in ("Llama-1-7B", "x", "x")))
    with pytest.raises(InputError) as refused:
        read_benchmarks(path, ALIASES)
    assert str(refused.value) == (
        f"{path}:3: the model 'Llama-1-7B' is not registered (did you mean 'Llama-1-7b'?); neither are 'x' (line 4); "
        "register with `freshpress models add` or `freshpress models import`, or use a registered name, "
        "or leave them out with --skip-unknown-models."
    )


def test_every_unknown_model_is_named_with_what_comes_near(write):
    names = [f"unknown {at}" for at in range(9)] + ["llama-1-7B"]
    with pytest.raises(InputError) as refused:
        read_benchmarks(write(BENCHMARKS + "".join(benchmark_row(model=name) for name in names)), ALIASES)
    assert all(f"'{name}'" in str(refused.value) for name in names)
    assert "'llama-1-7B' (line 11; did you mean 'Llama-1-7b'?)" in str(refused.value)


def test_the_names_of_a_whole_leaderboard_are_counted(write):
    rows = "".join(benchmark_row(model=f"unknown {at}") for at in range(60))
    with pytest.raises(InputError, match=r"'unknown 50' \(line 52\) and 9 more; register"):
        read_benchmarks(write(BENCHMARKS + rows), ALIASES)


def test_an_exclusion_of_an_unknown_model_has_no_option_that_skips_it(write):
    with pytest.raises(InputError, match=r"or use a registered name\.$"):
        read_exclusions(write("area,model,reason,source\nmath,nobody,x,\n"), ALIASES)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "file.csv is empty; its first line must name the columns model,benchmark"),
        (b"\n\n", "file.csv is empty"),
        (BENCHMARKS.encode() + GOOD.encode() + b"b,caf\xe9", "file.csv:3: byte 0xe9 is not UTF-8"),
        (b"\xff\xfem\x00o\x00", "file.csv:1: byte 0xff is not UTF-8"),
    ],
)
def test_files_that_are_no_tables_are_refused(write, data, said):
    with pytest.raises(InputError, match=re.escape(said)):
        read_benchmarks(write(data), ALIASES)


def test_missing_files_and_folders_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"none\.csv cannot be read: No such file or directory"):
        read_benchmarks(tmp_path / "none.csv", ALIASES)
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read_benchmarks(tmp_path, ALIASES)


def test_a_table_without_rows_is_empty(write):
    assert read_benchmarks(write(BENCHMARKS), ALIASES) == []


# --- models -----------------------------------------------------------------------------------------------


def test_models_are_read_with_their_names(write):
    path = write(MODELS + "Llama-2-7b,meta/Llama-2-7b; L2,llama,Meta,7000000000,4096,2023-07-18,2022-09,base,,card\n")
    ((model,), names) = read_models(path)
    assert (model.model_id, model.family, model.parameter_count) == ("Llama-2-7b", "llama", 7_000_000_000)
    assert (model.released_on, model.knowledge_cutoff_on) == (date(2023, 7, 18), date(2022, 9, 30))
    assert not model.is_active  # nothing to score without weights
    assert [name.alias for name in names] == ["Llama-2-7b", "meta/Llama-2-7b", "L2"]


def test_a_model_with_weights_is_active(write):
    ((model,), _) = read_models(write(MODELS + "m,,f,,,,,,chat,/weights/m,\n"))
    assert (model.is_active, model.kind, model.location) == (True, "chat", "/weights/m")


def test_a_known_model_only_gains_names(write):
    path = write(MODELS + "paper name,hub/m,f,,,,,,base,,\n")
    models, names = read_models(path, {"hub/m": "hub/m@abc"})
    assert models == []
    assert names == [ModelAlias("paper name", "hub/m@abc")]


def test_a_row_that_names_two_known_models_is_refused(write):
    path = write(MODELS + "x,y,f,,,,,,base,,\n")
    with pytest.raises(
        InputError, match=r":2: model is 'x', it must name one model; with its aliases it names a and b"
    ):
        read_models(path, {"x": "a", "y": "b"})


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("m,,f,,,,2023-02-30,,base,,\n", "released_on is '2023-02-30', it must be a day like 2024-03-31"),
        ("m,,f,,,,,2023-13,base,,\n", "knowledge_cutoff_on is '2023-13', it must be a day"),
        ("m,,f,,,,,last year,base,,\n", "knowledge_cutoff_on is 'last year', it must be a day"),
        ("m,,f,,7e9,,,,base,,\n", "parameter_count is '7e9', it must be a whole number"),
        ("m,,f,,,0,,,base,,\n", "context_tokens is '0', it must be a whole number from 1"),
        ("m,,,,,,,,base,,\n", "family is '', it must not be empty."),
        ("m,,f,,,,,,codec,,\n", "kind is 'codec', it must be one of base, chat."),
        ("m,first,f,,,,,,base,,\n", "the name 'first' stands on line 2 already; keep one."),
    ],
)
def test_a_bad_model_row_is_refused_with_line_value_and_limit(write, row, said):
    path = write(MODELS + "first,,f,,,,,,base,,\n" + row)
    with pytest.raises(InputError, match=re.escape(f"{path}:3: {said}")):
        read_models(path)


def test_exclusions_name_area_and_reason(write):
    path = write("area,model,reason,source\nmath,b,trained on it,Figure 5\noverall,b,too,\n")
    found = [(row.area, row.model_id, row.reason, row.source) for row in read_exclusions(path, ALIASES)]
    assert found == [("math", "b@1", "trained on it", "Figure 5"), ("overall", "b@1", "too", None)]
    with pytest.raises(InputError, match=r":2: reason is '', it must not be empty"):
        read_exclusions(write("area,model,reason,source\nmath,b,,\n"), ALIASES)
