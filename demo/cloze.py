"""Measure a model on the demo's benchmarks with plain torch: it chooses the option it finds most likely."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils.logging import disable_progress_bar

from demo.benchmarks import Benchmark, Item

REPORTED_BY = "freshpress demo"
COLUMNS = ("model", "benchmark", "area", "value", "scale", "shots", "setting", "source", "reported_by")
ITEMS_PER_BATCH = 8


def measure(folder: Path, benchmarks: Iterable[Benchmark]) -> dict[str, float]:
    """Return the share of right choices per benchmark for a model saved as a Hugging Face folder."""
    disable_progress_bar()  # type: ignore[no-untyped-call]  # it would cut through the demo's own
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return {benchmark.name: _accuracy(model, tokenizer, benchmark.items) for benchmark in benchmarks}


def write_results(path: Path, benchmarks: Iterable[Benchmark], accuracies: dict[str, dict[str, float]]) -> None:
    """Write model → benchmark → accuracy as a CSV file that `freshpress benchmarks import` reads."""
    areas = {benchmark.name: benchmark.area for benchmark in benchmarks}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for model, results in accuracies.items():
            for name, value in results.items():
                fixed = (1, 0, "option mean log-likelihood", "demo/cloze.py", REPORTED_BY)
                writer.writerow((model, name, areas[name], f"{value:.6f}", *fixed))


@torch.inference_mode()
def _accuracy(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, items: Sequence[Item]) -> float:
    right = 0
    alike = sorted(items, key=lambda item: len(item.text))  # of about one length, so that little is padding
    for start in range(0, len(alike), ITEMS_PER_BATCH):
        batch = alike[start : start + ITEMS_PER_BATCH]
        scores = _mean_log_probabilities(model, tokenizer, batch)
        answers = torch.tensor([item.answer for item in batch])
        right += int((scores.argmax(dim=1) == answers).sum())
    return right / len(items)


def _mean_log_probabilities(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, items: Sequence[Item]
) -> torch.Tensor:
    """Return one row per item and one column per option; padding on the right is neither seen nor counted."""
    rows = []
    for item in items:
        context = [tokenizer.bos_token_id, *tokenizer.encode(item.context, add_special_tokens=False)]
        rows += [(context, tokenizer.encode(option, add_special_tokens=False)) for option in item.options]
    longest = max(len(context) + len(option) for context, option in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    is_asked = torch.zeros(len(rows), longest, dtype=torch.bool)
    for row, (context, option) in enumerate(rows):
        end = len(context) + len(option)
        ids[row, :end] = torch.tensor(context + option)
        is_asked[row, len(context) : end] = True
    logits = model(input_ids=ids).logits[:, :-1][is_asked[:, 1:]]
    log_probabilities = torch.zeros(len(rows), longest)
    log_probabilities[is_asked] = -cross_entropy(logits, ids[is_asked], reduction="none")
    return (log_probabilities.sum(dim=1) / is_asked.sum(dim=1)).view(len(items), -1)
