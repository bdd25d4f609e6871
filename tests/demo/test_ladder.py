"""The ladder: ordinary model folders, a lossless tokenizer, and models that get better while they are trained."""

import csv
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from demo.benchmarks import make_benchmarks
from demo.cloze import COLUMNS, measure, write_results
from demo.ladder import CONTEXT_TOKENS, Family, Rung, build_ladder

FAMILIES = (Family("demo-llama", 4e-3, (1, 2)), Family("demo-neox", 8e-3, (2,)))


@pytest.fixture(scope="module")
def ladder(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Rung], list[tuple[str, int, int]]]:
    told: list[tuple[str, int, int]] = []
    folder = tmp_path_factory.mktemp("ladder")
    return build_ladder(folder, FAMILIES, lambda what, done, total: told.append((what, done, total))), told


def test_every_rung_is_an_ordinary_model_folder(ladder) -> None:
    rungs, told = ladder
    assert [rung.name for rung in rungs] == ["demo-llama-0001", "demo-llama-0002", "demo-neox-0002"]
    for rung in rungs:
        names = {path.name for path in rung.folder.iterdir()}
        assert {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"} <= names
        model = AutoModelForCausalLM.from_pretrained(rung.folder)
        assert model.config.max_position_embeddings == CONTEXT_TOKENS
        assert sum(parameter.numel() for parameter in model.parameters()) == rung.parameter_count
    assert [(done, total) for _, done, total in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert {what for what, _, _ in told} == {
        f"{name}, step {n}" for name in ("demo-llama", "demo-neox") for n in (1, 2)
    }


def test_a_rung_differs_from_the_one_below(ladder) -> None:
    first, second = (AutoModelForCausalLM.from_pretrained(rung.folder).state_dict() for rung in ladder[0][:2])
    assert any(not torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize(
    "text", ["def f(x):\n\treturn  x\n", "größer: 漢字 🙂\r\n", "<s> and </s>", " leading\n\n\n", "\x00\x7f"]
)
def test_the_tokenizer_gives_back_every_text(ladder, text: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(ladder[0][0].folder)
    tokens = tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)
    assert tokenizer.decode(tokens) == text
    assert (tokenizer.bos_token, tokenizer.eos_token) == ("<s>", "</s>")


def test_encoding_adds_no_tokens_unasked(ladder) -> None:
    tokenizer = AutoTokenizer.from_pretrained(ladder[0][0].folder)
    assert tokenizer.encode("abc def") == tokenizer.encode("abc def", add_special_tokens=False)


def test_results_are_written_as_they_are_imported(ladder, tmp_path: Path) -> None:
    benchmarks = [type(b)(b.name, b.area, b.items[:8]) for b in make_benchmarks()]
    accuracies = measure(ladder[0][0].folder, benchmarks)
    write_results(tmp_path / "results.csv", benchmarks, {"demo-llama-0001": accuracies})
    with (tmp_path / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert {row["area"] for row in rows} == {"knowledge", "coding", "math"}
    assert all(float(row["value"]) in {number / 8 for number in range(9)} for row in rows)


@pytest.mark.slow
def test_training_lowers_the_loss(tmp_path: Path) -> None:
    rungs = build_ladder(tmp_path, [Family("demo-neox", 8e-3, (4, 40))])
    tokenizer = AutoTokenizer.from_pretrained(rungs[0].folder)
    text = "for name in names:\n    print(name)\nThe value of the function is a number. " * 5
    ids = torch.tensor([tokenizer.encode(text)])
    losses = [AutoModelForCausalLM.from_pretrained(r.folder)(input_ids=ids, labels=ids).loss.item() for r in rungs]
    assert losses[1] < losses[0] - 0.3


@pytest.mark.slow
def test_the_same_ladder_is_built_twice(ladder, tmp_path: Path) -> None:
    again = build_ladder(tmp_path, FAMILIES)
    for rung, twin in zip(ladder[0], again, strict=True):
        weights, others = (AutoModelForCausalLM.from_pretrained(one.folder).state_dict() for one in (rung, twin))
        assert all(torch.allclose(weights[name], others[name], atol=1e-5) for name in weights)
        assert (rung.folder / "tokenizer.json").read_bytes() == (twin.folder / "tokenizer.json").read_bytes()
