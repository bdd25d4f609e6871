"""Are planted benchmark items found, and are clean texts left alone? On real news, encyclopedia articles and Python.

Items are those of `bench/benchmark_items.py`, each planted into a page of every kind after every edit of
`curation/planting.py`, and edited harder: one word in ten of the longer ones, one word of the short ones. Pages are
clean of these items, and of passages and sentences of another fortnight, which are as many as a large benchmark has.
Beside ours stand the floors that were asked for. `python -m bench.contamination_curve` prints what other runs would do.
"""

import random
import sys
from collections.abc import Iterator

from bench.benchmark_items import CODE, PROSE, SHORT
from bench.contamination_curve import (
    ITEMS,
    KINDS,
    PAGES_WINDOW,
    SEED,
    claims,
    foreign_items,
    one_in_ten,
    one_word,
    pages_for,
    recall,
    texts_of,
)
from bench.figures import Figure, more_is_better, run_bench
from config import ContaminationSettings, load_settings
from curation.contamination import ReferenceIndex, find_leaks, index_references
from curation.planting import EDITS, Edit, edited, planted_into
from storage.records import ReferenceItem

FLOOR, EDITED_FLOOR, CLEAN_FLOOR = 0.95, 0.8, 0.995


def measure(is_quick: bool) -> Iterator[Figure]:
    """Yield what is found of every edit, and what share of every kind of text is left alone."""
    settings = load_settings().curation.contamination
    every = 4 if is_quick else 1
    index = index_references(_items(), settings)
    pages = {kind: texts_of(kind, PAGES_WINDOW)[::every] for kind in KINDS}
    for name, edit in EDITS.items():
        floor = EDITED_FLOOR if edit is edited else FLOOR
        yield more_is_better(f"found_{name}", "share", _found(pages, edit, index), "floor", floor, 1.0)
    yield from _harder_edits(settings)
    for kind, texts in pages.items():
        clean = sum(not find_leaks(text, index) for text in texts) / len(texts)
        yield more_is_better(f"clean_{kind}", "share", clean, "floor", CLEAN_FLOOR, 1.0)
    for unit in ITEMS:
        others = pages_for(unit)
        claimed = len(claims(foreign_items(unit, others), others, settings))
        yield more_is_better(f"clean_of_{unit}", "share", 1 - claimed / len(others), "floor", CLEAN_FLOOR, 1.0)


def _harder_edits(settings: ContaminationSettings) -> Iterator[Figure]:
    harder = (("one_in_ten_prose", PROSE, one_in_ten), ("one_in_ten_code", CODE, one_in_ten),
              ("one_word_short", SHORT, one_word))  # fmt: skip
    for name, texts, edit in harder:
        share = recall(texts, edit, settings)
        yield more_is_better(f"found_{name}", "share", share, "floor", EDITED_FLOOR, 1.0)


def _found(pages: dict[str, tuple[str, ...]], edit: Edit, index: ReferenceIndex) -> float:
    """Return the share of items that are found on one page of every kind each, seeded."""
    draw = random.Random(SEED)
    is_found = []
    for item in _items():
        for texts in pages.values():
            page = planted_into(draw.choice(texts), edit(item.text, draw), draw)
            is_found.append(any(leak.item == f"reference:{item.name}/{item.item}" for leak in find_leaks(page, index)))
    return sum(is_found) / len(is_found)


def _items() -> list[ReferenceItem]:
    named = (("prose", PROSE), ("code", CODE), ("short", SHORT))
    return [ReferenceItem(name, str(number), text) for name, texts in named for number, text in enumerate(texts)]


if __name__ == "__main__":
    sys.exit(run_bench(measure, __doc__ or "", sys.argv[1:]))
