"""Small benchmarks of the demo: which of four continuations is the true one, for text that no model was trained on.

The wrong ones hold the same words in another order, so that even tiny models tell some of them apart. There is one
benchmark per area. They are written as JSON lines, so that they also serve as reference sets that a fresh text must not
repeat. What a model scores on them is measured in `demo/cloze.py`.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from demo import corpora
from storage.records import content_id

ITEM_COUNT = 200
CONTEXT_CHARS = 60
ANSWER_CHARS = 60
FEWEST_WORDS = 6
DISTRACTOR_COUNT = 3


@dataclass(frozen=True)
class Item:
    """One question: which of the options continues the context."""

    name: str
    context: str
    options: tuple[str, ...]
    answer: int

    @property
    def text(self) -> str:
        """Return what a text would hold that repeats this item."""
        return self.context + self.options[self.answer]


@dataclass(frozen=True)
class Benchmark:
    """A set of questions about one area."""

    name: str
    area: str
    items: tuple[Item, ...]


def make_benchmarks() -> list[Benchmark]:
    """Make the three benchmarks, always the same ones."""
    return [
        Benchmark("demo-manual-cloze", "knowledge", tuple(_items("knowledge", _manual_passages()))),
        Benchmark("demo-code-cloze", "coding", tuple(_items("coding", _code_passages()))),
        Benchmark("demo-formula-cloze", "math", tuple(_items("math", _formula_passages()))),
    ]


def write_references(benchmarks: Iterable[Benchmark], folder: Path) -> dict[str, Path]:
    """Write one JSON-lines file per benchmark, name → path, as `freshpress references add` reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for benchmark in benchmarks:
        lines = (
            json.dumps({"id": item.name, "text": item.text, "options": item.options, "answer": item.answer})
            for item in benchmark.items
        )
        paths[benchmark.name] = folder / f"{benchmark.name}.jsonl"
        paths[benchmark.name].write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paths


def _manual_passages() -> Iterator[str]:
    yield from corpora.benchmark_paragraphs()
    for text in corpora.readmes(corpora.BENCHMARK_READMES):
        yield from corpora.paragraphs(text)


def _code_passages() -> Iterator[str]:
    for package in corpora.BENCHMARK_PACKAGES:
        for source in corpora.source_files(package, range(2_000, 40_000), 20).values():
            # From the middle of a file, past imports and licence.
            lines = source.decode().splitlines(keepends=True)
            yield from ("".join(lines[at : at + 14]) for at in range(30, len(lines) - 14, 40))


def _formula_passages() -> Iterator[str]:
    for package in corpora.BENCHMARK_MATHEMATICS:
        for _, text in corpora.docstrings(package):
            yield from (one for one in re.split(r"\n\s*\n", text) if re.search(r"math|\\frac|\\sum|\$|=", one))


def _items(area: str, passages: Iterable[str]) -> Iterator[Item]:
    cut = dict.fromkeys(found for passage in passages if (found := _cut(passage)))
    chosen = sorted(cut, key=lambda pair: content_id(area, *pair))[:ITEM_COUNT]
    for number, (context, answer) in enumerate(chosen):
        others = _disordered(answer)
        position = number % (DISTRACTOR_COUNT + 1)
        options = (*others[:position], answer, *others[position:])
        yield Item(f"{area}-{number:03d}", context, options, position)


def _cut(passage: str) -> tuple[str, str] | None:
    """Cut a passage into a context and what follows it, both at white space."""
    context = f".{{{CONTEXT_CHARS},{CONTEXT_CHARS + 40}}}?"
    answer = f"\\s.{{{ANSWER_CHARS},{ANSWER_CHARS + 30}}}?"
    match = re.match(rf"(?s)({context})({answer})\s", passage)
    return (match[1], match[2]) if match and len(match[2].split()) >= FEWEST_WORDS else None


def _disordered(answer: str) -> list[str]:
    """Put the words of an answer, each with the white space before it, into other orders: one that is nearly right."""
    words = re.findall(r"\s*\S+", answer)
    middle = len(words) // 2
    shuffled = [
        sorted(range(len(words)), key=lambda place: content_id(answer, str(seed), str(place)))
        for seed in range(DISTRACTOR_COUNT - 1)
    ]
    return ["".join(words[middle:] + words[:middle]), *("".join(words[place] for place in order) for order in shuffled)]
