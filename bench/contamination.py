"""Are planted benchmark items found, and are clean texts left alone? On real news, encyclopedia articles and Python.

Items are those of `bench/benchmark_items.py`, each planted into a page of every kind after every edit of
`curation/planting.py`. Beside ours stand the floors that were asked for. `--curve` prints what each length of run finds
and claims, of which a part stands in `curation/contamination.py`.
"""

import gzip
import json
import random
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bench.benchmark_items import CODE, PROSE, SHORT
from bench.figures import Figure, more_is_better, run_bench
from config import ContaminationSettings, load_settings
from curation.contamination import ReferenceIndex, find_leaks, index_references
from curation.planting import EDITS, Edit, edited, planted_into, renumbered, verbatim
from storage.errors import FreshpressError
from storage.records import ReferenceItem

DATA = Path(__file__).parents[2] / "shared" / "data" / "text"
KINDS = ("bbc_news", "wikipedia_english", "github_python")
PLANTED_WINDOW, OTHER_WINDOW = "20240801to20240815", "20240601to20240615"
SEED = 2404
FLOOR, EDITED_FLOOR, CLEAN_FLOOR = 0.95, 0.8, 0.995
# The curve: lengths of runs, edits, and how many passages of other files are looked for where they are not.
LENGTHS = (3, 4, 5, 6, 8, 13)
DRAWS = 5
PASSAGE_COUNTS = {"words": 3000, "identifiers": 1500}
PASSAGE_WORDS = (20, 39)


def measure(is_quick: bool) -> Iterator[Figure]:
    """Yield what is found of every edit, and what share of every kind of text is left alone."""
    settings = load_settings().curation.contamination
    index = index_references(_items(), settings)
    pages = {kind: _texts(kind, PLANTED_WINDOW)[:: 4 if is_quick else 1] for kind in KINDS}
    for name, edit in EDITS.items():
        floor = EDITED_FLOOR if edit is edited else FLOOR
        yield more_is_better(f"found_{name}", "share", _found(pages, edit, index), "floor", floor, 1.0)
    for kind, texts in pages.items():
        clean = sum(not find_leaks(text, index) for text in texts) / len(texts)
        yield more_is_better(f"clean_{kind}", "share", clean, "floor", CLEAN_FLOOR, 1.0)


def curve() -> Iterator[str]:
    """Yield lines: what runs of every length find of edited items, and claim of passages that are not there."""
    settings = load_settings().curation.contamination
    yield "unit         run  verbatim  renumbered  edited  1 in 10  claimed"
    for unit, texts in (("words", PROSE), ("identifiers", CODE)):
        passages = list(_passages(unit, random.Random(SEED)))
        pages = [
            text for kind in KINDS for text in _texts(kind, PLANTED_WINDOW) if (kind == KINDS[2]) == (unit != "words")
        ]
        repeated = _claimed(passages, pages, settings.model_copy(update={f"ngram_{unit}": 13, "max_overlap": 0.01}))
        for length in LENGTHS:
            chosen = settings.model_copy(update={f"ngram_{unit}": length})
            shares = [_recall(texts, edit, chosen) for edit in (verbatim, renumbered, edited, _one_in_ten)]
            claimed = len(_claimed(passages, pages, chosen) - repeated)
            yield f"{unit:12} {length:3} " + "  ".join(f"{share:8.2f}" for share in shares) + f"  {claimed:7}"


def _found(pages: dict[str, list[str]], edit: Edit, index: ReferenceIndex) -> float:
    """Return the share of items that are found on one page of every kind each, seeded."""
    draw = random.Random(SEED)
    is_found = []
    for item in _items():
        for texts in pages.values():
            page = planted_into(draw.choice(texts), edit(item.text, draw), draw)
            is_found.append(any(leak.item == f"reference:{item.name}/{item.item}" for leak in find_leaks(page, index)))
    return sum(is_found) / len(is_found)


def _recall(texts: Sequence[str], edit: Edit, settings: ContaminationSettings) -> float:
    draw = random.Random(SEED)
    index = index_references((ReferenceItem("r", str(number), text) for number, text in enumerate(texts)), settings)
    is_found = [
        any(leak.item == f"reference:r/{number}" for leak in find_leaks(edit(text, draw), index))
        for _ in range(DRAWS)
        for number, text in enumerate(texts)
    ]
    return sum(is_found) / len(is_found)


def _claimed(passages: Sequence[str], pages: Iterable[str], settings: ContaminationSettings) -> set[str]:
    """Return the passages that are claimed of pages of another fortnight."""
    index = index_references((ReferenceItem("r", str(n), text) for n, text in enumerate(passages)), settings)
    return {leak.item for page in pages for leak in find_leaks(page, index)}


def _passages(unit: str, draw: random.Random) -> Iterator[str]:
    """Yield passages that begin with a sentence, or with a statement that says what follows."""
    kinds, start = (
        (KINDS[:2], r"[.!?]\s+") if unit == "words" else (KINDS[2:], r"(?m)^ *(?=def |class |import |from |@)")
    )
    texts = [text for kind in kinds for text in _texts(kind, OTHER_WINDOW)]
    count = 0
    while count < PASSAGE_COUNTS[unit]:
        text = draw.choice(texts)
        starts = [found.end() for found in re.finditer(start, text)] or [0]
        rest = text[draw.choice(starts) :]
        words = [found.end() for found in re.finditer(r"\w+", rest)]
        wanted = draw.randint(*PASSAGE_WORDS)
        if len(words) >= wanted:
            count += 1
            yield rest[: words[wanted - 1]]


def _one_in_ten(text: str, draw: random.Random) -> str:
    return edited(text, draw, every=10)


def _items() -> list[ReferenceItem]:
    named = (("prose", PROSE), ("code", CODE), ("short", SHORT))
    return [ReferenceItem(name, str(number), text) for name, texts in named for number, text in enumerate(texts)]


def _texts(kind: str, window: str) -> list[str]:
    path = DATA / f"{kind}_{window}.jsonl.gz"
    if not path.exists():
        raise FreshpressError(f"{path} is missing; this bench reads the real texts beside the checkout.")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


if __name__ == "__main__":
    if sys.argv[1:] == ["--curve"]:
        for line in curve():
            print(line)
        sys.exit(0)
    sys.exit(run_bench(measure, __doc__ or "", sys.argv[1:]))
