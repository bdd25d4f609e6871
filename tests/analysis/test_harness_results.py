"""Results of lm-evaluation-harness: which metric counts, what groups stand for, and a file it wrote itself."""

import importlib.util
import json
from dataclasses import replace

import pytest

from analysis.benchmark_formats.claims import Skipped
from analysis.benchmark_formats.recognition import Reading
from analysis.benchmark_imports import ImportChoices, read_benchmark_results
from storage.errors import InputError
from storage.records import BenchmarkResult
from tests.conftest import require
from tests.scoring import tiny

ALIASES = {"org/model": "org/model@abc", "org/model@abc": "org/model@abc", "checkpoint": "checkpoint@1"}
# As release 0.4.13 writes it, cut to a few tasks.
DOCUMENT = {
    "results": {
        "hellaswag": {
            "name": "hellaswag", "alias": "hellaswag", "sample_len": 10042, "acc,none": 0.57, "acc_stderr,none": 0.005,
            "acc_norm,none": 0.76, "acc_norm_stderr,none": 0.004,
        },
        "gsm8k": {
            "alias": "gsm8k", "exact_match,strict-match": 0.13, "exact_match_stderr,strict-match": 0.01,
            "exact_match,flexible-extract": 0.15, "exact_match_stderr,flexible-extract": 0.01,
        },
        "mmlu": {"alias": "mmlu", "acc,none": 0.45, "acc_stderr,none": 0.004, "sample_count": {"acc,none": 14042}},
        "mmlu_stem": {"alias": " - stem", "acc,none": 0.4, "acc_stderr,none": "N/A"},
        "mmlu_astronomy": {"alias": "  - astronomy", "acc,none": 0.5, "acc_stderr,none": 0.04},
    },
    "group_subtasks": {"mmlu": ["mmlu_stem"], "mmlu_stem": ["mmlu_astronomy"], "hellaswag": []},
    "configs": {}, "versions": {"hellaswag": 1.0}, "n-shot": {"hellaswag": 10, "gsm8k": 5, "mmlu": 5},
    "higher_is_better": {"hellaswag": {"acc": True, "acc_norm": True}, "gsm8k": {"exact_match": True}},
    "config": {"model": "hf", "model_args": "pretrained=org/model,dtype=float16", "model_sha": "", "limit": None},
    "date": 1795282479.1, "lm_eval_version": "0.4.13", "model_name": "org/model", "chat_template": None,
}  # fmt: skip


@pytest.fixture
def write(tmp_path):
    def write_file(document, name="results_2026-11-21T17-34-42.json"):
        path = tmp_path / name
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return path

    return write_file


def read(path, *metrics, aliases=ALIASES, model=None, **choices):
    return read_benchmark_results(path, aliases, ImportChoices(Reading(None, metrics, model), **choices))


def settings(imported):
    return {result.benchmark: (result.setting, result.value) for result in imported.results}


def with_task(name, measures, **changes):
    return DOCUMENT | {"results": {name: measures}, "group_subtasks": {}} | changes


def test_each_task_becomes_a_row_by_the_metric_of_the_table(write):
    imported = read(write(DOCUMENT))
    assert settings(imported) == {
        "hellaswag": ("acc_norm, 10-shot", 0.76),
        "gsm8k": ("exact_match,strict-match, 5-shot", 0.13),
        "mmlu": ("acc, 5-shot", 0.45),
    }
    assert imported.results[0] == BenchmarkResult(
        "org/model@abc", "hellaswag", "acc_norm, 10-shot", "lm-evaluation-harness", "knowledge", 0.76, 10,
        "lm-evaluation-harness 0.4.13, task version 1.0, 2026-11-21, results_2026-11-21T17-34-42.json",
    )  # fmt: skip


def test_a_group_of_a_known_area_stands_for_its_tasks(write):
    assert read(write(DOCUMENT)).skipped == (
        Skipped("task mmlu_stem", "its group mmlu stands for it"),
        Skipped("task mmlu_astronomy", "its group mmlu stands for it"),
    )


def test_of_a_group_of_no_known_area_the_tasks_count(write):
    group = {"suite": {"acc,none": 0.3}, "arc_easy": {"acc,none": 0.4, "acc_norm,none": 0.5}}
    path = write(DOCUMENT | {"results": group, "group_subtasks": {"suite": ["arc_easy"]}})
    imported = read(path)
    assert settings(imported) == {"arc_easy": ("acc_norm", 0.5)}
    assert imported.skipped == (Skipped("group suite", "its area is not known; its tasks count (--area names one)"),)
    assert settings(read(path, areas=("suite=math",))) == {"suite": ("acc", 0.3)}


def test_the_metric_can_be_named_for_all_tasks_or_for_one(write):
    path = write(DOCUMENT)
    assert settings(read(path, "acc"))["hellaswag"] == ("acc, 10-shot", 0.57)
    assert settings(read(path, "acc"))["gsm8k"][0] == "exact_match,strict-match, 5-shot"
    asked = settings(read(path, "exact_match,flexible-extract", "hellaswag=acc"))
    assert asked["gsm8k"] == ("exact_match,flexible-extract, 5-shot", 0.15)
    assert asked["hellaswag"][1] == 0.57
    with pytest.raises(InputError, match="no task that is imported has the metric 'f1'"):
        read(path, "f1")


def test_what_the_rule_leaves_open_is_asked_for(write):
    two = with_task("gsm8k_cot", {"exact_match,one": 0.1, "exact_match,two": 0.2})
    with pytest.raises(InputError, match=r"results\.gsm8k_cot: which of 'exact_match,one', 'exact_match,two' counts"):
        read(write(two))
    assert settings(read(write(two), "exact_match,two"))["gsm8k_cot"][1] == 0.2
    strange = with_task("mbpp", {"style,none": 0.1, "length,none": 0.2})
    with pytest.raises(InputError, match=r"results\.mbpp: which of style, length counts\? Say so with --metric"):
        read(write(strange))


def test_part_of_a_benchmark_and_a_chat_template_are_settings_of_their_own(write):
    config = DOCUMENT["config"] | {"limit": 100.0}
    path = write(DOCUMENT | {"config": config, "chat_template": "{% for m in messages %}"})
    assert settings(read(path))["mmlu"][0] == "acc, 5-shot, limit 100, chat template"


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"model_name": None}, "org/model@abc"),
        ({"config": {"model_sha": "abc", "model_args": None}}, "org/model@abc"),
        ({"model_name": None, "config": {"model_args": {"pretrained": "org/model", "dtype": "x"}}}, "org/model@abc"),
        ({"model_name": "/runs/5/checkpoint"}, "checkpoint@1"),
        ({"model_name": None, "config": {"model_args": "peft=org/model,pretrained=other/base"}}, "org/model@abc"),
    ],
)
def test_a_model_is_known_by_revision_name_or_folder(write, changes, names):
    assert {result.model_id for result in read(write(DOCUMENT | changes)).results} == {names}


def test_the_model_can_be_named(write):
    nameless = write(DOCUMENT | {"model_name": None, "config": {"model_args": None}})
    with pytest.raises(InputError, match=r"neither model_name nor config\.model_args says which model this is"):
        read(nameless)
    assert {result.model_id for result in read(nameless, model="checkpoint").results} == {"checkpoint@1"}


def test_an_unknown_model_is_refused_by_its_task(write):
    with pytest.raises(InputError, match=r"results\.hellaswag: the model 'org/other' is not registered \(did you mean"):
        read(write(DOCUMENT | {"model_name": "org/other"}))


@pytest.mark.parametrize(
    ("task", "measures", "said"),
    [
        ("hellaswag", {"acc_norm,none": 76.0}, "results.hellaswag.acc_norm is 76.0, it must be a number from 0 to 1"),
        ("hellaswag", {"acc_norm,none": float("nan")}, "results.hellaswag.acc_norm is nan, it must be a number"),
        ("hellaswag", {"acc_norm,none": "N/A"}, "results.hellaswag.acc_norm is 'N/A', it must be a number"),
        ("hellaswag", {"acc_norm,none": True}, "results.hellaswag.acc_norm,none is True, which is no metric"),
        ("hellaswag", {"acc_norm,none": 0.5, "note": [1]}, "results.hellaswag.note is [1], which is no metric"),
        ("hellaswag", 0.5, "results.hellaswag is 0.5, it must be an object of metrics"),
        ("my_task", {"acc,none": 0.5}, "results.my_task: no table of areas knows 'my_task'; say --area my_task=math"),
    ],
)  # fmt: skip
def test_bad_entries_are_refused_by_their_path(write, task, measures, said):
    path = write(with_task(task, measures))
    with pytest.raises(InputError) as refused:
        read(path)
    assert str(refused.value).startswith(f"{path}: {said}")


def test_a_metric_of_which_less_is_better_is_no_result(write):
    document = with_task("pile", {"word_perplexity,none": 0.5}, higher_is_better={"pile": {"word_perplexity": False}})
    with pytest.raises(InputError, match=r"which of word_perplexity counts"):
        read(write(document), areas=("pile=knowledge",))
    with pytest.raises(InputError, match=r"results\.pile\.word_perplexity: of this metric less is better"):
        read(write(document), "word_perplexity", areas=("pile=knowledge",))


def test_benchmarks_of_no_area_are_listed_and_unknown_ones_only_when_asked(write):
    path = write(DOCUMENT | {"results": {"ifeval": {"acc,none": 0.5}, "mine": {"acc,none": 0.5}}, "group_subtasks": {}})
    with pytest.raises(InputError, match="no table of areas knows 'mine'; say --area mine=math"):
        read(path)
    imported = read(path, skips_unknown_benchmarks=True)
    assert imported.results == ()
    assert imported.skipped == (
        Skipped("benchmark ifeval", "of none of the three areas (arXiv:2311.07911: following of instructions)"),
        Skipped("benchmark mine", "its area is not known (--area names it)"),
    )


def test_a_table_of_areas_of_the_user_goes_before_the_shipped_one(write, tmp_path):
    areas = tmp_path / "areas.csv"
    areas.write_text("benchmark,area\nHellaSwag,coding\nGSM8K,none\nMMLU,math\n")
    results = read(write(DOCUMENT), areas_file=areas, areas=("mmlu=knowledge",)).results
    assert {result.benchmark: result.area for result in results} == {"hellaswag": "coding", "mmlu": "knowledge"}
    with pytest.raises(InputError, match="--area 'mmlu=vision' is not BENCHMARK=AREA with an area of knowledge"):
        read(write(DOCUMENT), areas=("mmlu=vision",))


def test_files_of_the_first_releases_have_no_filters(write):
    document = {
        "results": {"hellaswag": {"acc": 0.5, "acc_stderr": 0.1, "acc_norm": 0.6, "acc_norm_stderr": 0.1}},
        "versions": {"hellaswag": 0},
        "config": {"model": "hf-causal", "model_args": "pretrained=org/model", "num_fewshot": 10, "limit": None},
    }
    assert settings(read(write(document))) == {"hellaswag": ("acc_norm, 10-shot", 0.6)}


def test_the_reporter_can_be_named(write):
    assert {result.reported_by for result in read(write(DOCUMENT), reported_by="me").results} == {"me"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"results": {', ":1: this is not JSON (Expecting property name"),
        ('{"a": 1}', " is JSON, but neither a result of lm-evaluation-harness"),
        ("[]", " is JSON, but neither"),
        ("[" * 100_000, " is JSON nested too deeply"),
        ('{"results": {}}\n{"results"', ":2: this is not JSON"),
    ],
)
def test_other_json_is_refused(write, text, said):
    path = write(text)
    with pytest.raises(InputError) as refused:
        read(path)
    assert str(refused.value).startswith(f"{path}{said}")


def test_a_forced_format_that_the_file_has_not_is_refused(write):
    with pytest.raises(InputError, match="is JSON, which is no file of opencompass"):
        read_benchmark_results(write(DOCUMENT), ALIASES, ImportChoices(Reading("opencompass")))


@pytest.mark.slow
def test_a_file_that_the_harness_wrote_is_read(tmp_path, monkeypatch):
    """The harness itself evaluates a tiny model on tasks of its own kinds and writes the file."""
    require(importlib.util.find_spec("lm_eval") is not None, "lm-eval (pip install -c constraints.txt -e '.[dev]')")
    written = evaluated_by_the_harness(tmp_path, monkeypatch)
    document = json.loads(written.read_text())
    imported = read(written, aliases={"tiny-model": "tiny-model@1"}, areas=("sums=math",))
    by_name = {result.benchmark: result for result in imported.results}
    assert by_name.keys() == {"sums", "gsm8k"}
    assert by_name["sums"].value == document["groups"]["sums"]["acc,none"]
    assert by_name["gsm8k"].value == document["results"]["gsm8k"]["exact_match,strict-match"]
    assert (by_name["gsm8k"].setting, by_name["gsm8k"].shots) == ("exact_match,strict-match, 0-shot, limit 3", 0)
    assert {skipped.what for skipped in imported.skipped} == {"task sums_small", "task sums_large"}
    assert replace(by_name["sums"], value=0.0, source=None) == BenchmarkResult(
        "tiny-model@1", "sums", "acc, 0-shot, limit 3", "lm-evaluation-harness", "math", 0.0, 0, None
    )


MULTIPLE_CHOICE = """\
output_type: multiple_choice
doc_to_target: gold
doc_to_choice: "{{options}}"
metric_list: [{metric: acc}, {metric: acc_norm}]
"""
GENERATED = """\
output_type: generate_until
doc_to_target: "{{options[0]}}"
generation_kwargs: {max_gen_toks: 4, until: ["x"]}
metric_list: [{metric: exact_match}]
filter_list:
  - {name: strict-match, filter: [{function: take_first}]}
  - {name: flexible-extract, filter: [{function: regex, regex_pattern: "([0-9]+)"}, {function: take_first}]}
"""


def evaluated_by_the_harness(folder, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(folder / "cache"))
    import lm_eval
    from lm_eval.loggers import EvaluationTracker
    from lm_eval.tasks import TaskManager

    tiny.save(tiny.network("llama"), tiny.byte_tokenizer(), folder / "tiny-model")
    items = folder / "items.jsonl"
    sums = [(1, 2), (3, 4), (5, 6), (2, 2)]
    items.write_text(
        "".join(
            json.dumps({"q": f"{a} + {b} =", "options": [f"{a + b}", f"{a * b}"], "gold": 0}) + "\n" for a, b in sums
        )
    )
    tasks = folder / "tasks"
    tasks.mkdir()
    for name, kind in (("sums_small", MULTIPLE_CHOICE), ("sums_large", MULTIPLE_CHOICE), ("gsm8k", GENERATED)):
        (tasks / f"{name}.yaml").write_text(
            f"task: {name}\ndataset_path: json\ndataset_kwargs: {{data_files: {{test: {items}}}}}\ntest_split: test\n"
            f'doc_to_text: "{{{{q}}}}"\nmetadata: {{version: 1.0}}\n{kind}'
        )
    (tasks / "sums.yaml").write_text(
        "group: sums\ntask: [sums_small, sums_large]\naggregate_metric_list: [{metric: acc, weight_by_size: true}]\n"
        "metadata: {version: 1.0}\n"
    )
    tracker = EvaluationTracker(output_path=str(folder / "out"))
    found = lm_eval.simple_evaluate(
        model="hf", model_args=f"pretrained={folder / 'tiny-model'},dtype=float32,max_length=64", limit=3,
        tasks=["sums", "gsm8k"], task_manager=TaskManager(include_path=str(tasks), include_defaults=False),
        device="cpu", batch_size=2, evaluation_tracker=tracker, bootstrap_iters=10, num_fewshot=0,
    )  # fmt: skip
    tracker.save_results_aggregated(results=found, samples=found.pop("samples", None))
    (written,) = (folder / "out").rglob("results_*.json")
    return written
