"""What does each length of run find of edited items, and what does it claim of pages that hold none of them?

`python -m bench.contamination_curve` prints the table of which a part stands in `curation/contamination.py`. The items
that no page holds are passages and sentences of the same kinds of text, of another fortnight.
"""

import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from bench.benchmark_items import CODE, PROSE, SHORT
from config import ContaminationSettings, load_settings
from curation.contamination import find_leaks, index_references
from curation.planting import Edit, edited, renumbered, verbatim
from curation.reference_units import is_code
from curation.shingles import words_of
from storage.errors import FreshpressError
from storage.records import ReferenceItem

DATA = Path(__file__).parents[2] / "shared" / "data" / "text"
KINDS = ("bbc_news", "wikipedia_english", "github_python")
PAGES_WINDOW, OTHER_WINDOW = "20240801to20240815", "20240601to20240615"
SEED = 2404
DRAWS = 20
ITEMS = {"words": PROSE, "identifiers": CODE, "characters": SHORT}
# Lengths of runs of each unit, and shares from which on an item is found.
LENGTHS = {"words": (3, 4, 5, 8, 13), "identifiers": (3, 4, 5, 8, 13), "characters": (6, 8, 10)}
LIMITS = {"words": (0.45, 0.5, 0.55), "identifiers": (0.45, 0.5, 0.55), "characters": (0.6, 0.67, 0.7)}
_LENGTH_KEYS = {"words": "ngram_words", "identifiers": "ngram_identifiers", "characters": "ngram_chars"}
_LIMIT_KEYS = {"words": "max_overlap", "identifiers": "max_identifier_overlap", "characters": "max_char_overlap"}
_PASSAGES, _PASSAGE_WORDS = 3000, (20, 39)
_SENTENCES, _SENTENCE_WORDS = 4000, (5, 12)
# What counts as the same when an item is looked for in the texts of its own fortnight, and in the pages.
_LOOSE = {"max_overlap": 0.4, "max_identifier_overlap": 0.4, "ngram_chars": 6, "max_char_overlap": 0.6}
_LONG = {"ngram_words": 13, "ngram_identifiers": 13, "max_overlap": 0.01, "max_identifier_overlap": 0.01}
_WHOLE = {"max_char_overlap": 1.0}
_STARTS = {"words": r"[.!?]\s+", "identifiers": r"(?m)^ *(?=def |class |import |from |@)"}


def curve() -> Iterator[str]:
    """Yield lines: what runs of every length find of edited items, and on how many pages they claim another's."""
    settings = load_settings().curation.contamination
    yield "unit         run  limit  verbatim  renumbered  edited  1 in 10  1 word  claimed pages  of"
    for unit, items in ITEMS.items():
        pages = pages_for(unit)
        others = foreign_items(unit, pages)
        for length in LENGTHS[unit]:
            for limit in LIMITS[unit]:
                chosen = settings.model_copy(update={_LENGTH_KEYS[unit]: length, _LIMIT_KEYS[unit]: limit})
                edits = (verbatim, renumbered, edited, one_in_ten, one_word)
                shares = "  ".join(f"{recall(items, edit, chosen):8.2f}" for edit in edits)
                claimed = len(claims(others, pages, chosen))
                yield f"{unit:12} {length:3}  {limit:5}  {shares}  {claimed:13}  {len(pages)}"


def recall(items: Sequence[str], edit: Edit, settings: ContaminationSettings) -> float:
    """Return the share of items that are found after an edit, each drawn anew so many times."""
    draw = random.Random(SEED)
    index = index_references(_references(items), settings)
    is_found = [
        any(leak.item == f"reference:r/{number}" for leak in find_leaks(edit(text, draw), index))
        for _ in range(DRAWS)
        for number, text in enumerate(items)
    ]
    return sum(is_found) / len(is_found)


def one_in_ten(text: str, draw: random.Random) -> str:
    """Return the text with its numbers and one word in ten replaced."""
    return edited(text, draw, every=10)


def one_word(text: str, draw: random.Random) -> str:
    """Return the text with its numbers and one of its words replaced."""
    return edited(text, draw, every=len(words_of(text)))


def pages_for(unit: str) -> list[str]:
    """Return the pages on which items of a unit would stand: code, prose, or both."""
    return [
        text
        for kind in KINDS
        if unit == "characters" or (kind == "github_python") == (unit == "identifiers")
        for text in texts_of(kind, PAGES_WINDOW)
    ]


def foreign_items(unit: str, pages: Sequence[str]) -> list[str]:
    """Return passages, or short sentences, of which one text of their fortnight alone holds much and no page a row.

    What many texts hold, a licence or a list of imports, is nobody's; 13 words or a sentence in a row are no chance.
    """
    draw = random.Random(SEED)
    is_short = unit == "characters"
    texts = [text for kind in KINDS if (kind == "github_python") == (unit == "identifiers")
             for text in texts_of(kind, OTHER_WINDOW)]  # fmt: skip
    drawn = _sentences(texts, draw) if is_short else list(_passages(unit, texts, draw))
    settings = load_settings().curation.contamination
    holders = Counter(_found(drawn, texts, settings.model_copy(update=_LOOSE)))
    repeated = set(_found(drawn, pages, settings.model_copy(update=_WHOLE if is_short else _LONG)))
    names = [(f"reference:r/{number}", text) for number, text in enumerate(drawn)]
    return [text for name, text in names if holders[name] < 2 and name not in repeated]


def claims(items: Sequence[str], pages: Iterable[str], settings: ContaminationSettings) -> list[int]:
    """Return the numbers of the pages on which one of the items is found."""
    index = index_references(_references(items), settings)
    return [number for number, page in enumerate(pages) if find_leaks(page, index)]


@cache
def texts_of(kind: str, window: str) -> tuple[str, ...]:
    """Return the real texts of one kind and fortnight."""
    path = DATA / f"{kind}_{window}.jsonl.gz"
    if not path.exists():
        raise FreshpressError(f"{path} is missing; this bench reads the real texts beside the checkout.")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return tuple(json.loads(line)["text"] for line in lines)


def _passages(unit: str, texts: Sequence[str], draw: random.Random) -> Iterator[str]:
    """Yield passages that begin with a sentence, or with a statement that says what follows."""
    count = 0
    while count < _PASSAGES:
        text = draw.choice(texts)
        starts = [found.end() for found in re.finditer(_STARTS[unit], text)] or [0]
        rest = text[draw.choice(starts) :]
        words = [found.end() for found in re.finditer(r"\w+", rest)]
        wanted = draw.randint(*_PASSAGE_WORDS)
        if len(words) >= wanted:
            count += 1
            yield rest[: words[wanted - 1]]


def _sentences(texts: Sequence[str], draw: random.Random) -> list[str]:
    fewest, most = _SENTENCE_WORDS
    sentences = [
        sentence
        for text in texts
        for sentence in re.split(r"(?<=[.!?])\s+", text)
        if fewest <= len(words_of(sentence)) <= most and not is_code(sentence)
    ]
    draw.shuffle(sentences)
    return list(dict.fromkeys(sentences))[:_SENTENCES]


def _found(items: Sequence[str], texts: Iterable[str], settings: ContaminationSettings) -> Iterator[str]:
    index = index_references(_references(items), settings)
    return (leak.item for text in texts for leak in find_leaks(text, index))


def _references(texts: Iterable[str]) -> list[ReferenceItem]:
    return [ReferenceItem("r", str(number), text) for number, text in enumerate(texts)]


if __name__ == "__main__":
    for line in curve():
        print(line, flush=True)
