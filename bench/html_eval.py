"""F1 of an extractor on two public sets of annotated web pages, each scored as its publisher scores it.

`scrapinghub`: the article-extraction benchmark (github.com/scrapinghub/article-extraction-benchmark, evaluate.py).
Precision and recall of each page over its 4-shingles of words as a multiset, averaged over the pages; F1 of the two
averages. `trafilatura`: strings that must and must not be in the text (github.com/adbar/trafilatura,
tests/eval_gate.py), white space made one; F1 over all strings together. `non_utf8` is scored as `trafilatura` is.
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
SETS = ("scrapinghub", "trafilatura")

# Bytes of a page in, its main text out; None or "" where there is none.
Extractor = Callable[[bytes], str | None]

_WORD = re.compile(r"\w+")
_SHINGLE_WORDS = 4


@dataclass(frozen=True, slots=True)
class AnnotatedPage:
    """A page and what is known of its main text: all of it, or strings that are and are not in it."""

    name: str
    content: bytes
    article: str | None
    included: tuple[str, ...]
    excluded: tuple[str, ...]


def read_pages(name: str, data: Path = DATA) -> list[AnnotatedPage]:
    """Read one set of `html_eval`."""
    folder = data / "html_eval" / name
    if name == "scrapinghub":
        truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
        return [_page(folder, f"{key}.html.gz", article=item["articleBody"]) for key, item in truth.items()]
    truth = json.loads((folder / "evaldata.json").read_text(encoding="utf-8"))
    return [_page(folder, key, included=item["with"], excluded=item["without"]) for key, item in truth.items()]


def f1_of(pages: Sequence[AnnotatedPage], extract: Extractor) -> float:
    """Return the F1 of an extractor on one set."""
    texts = [extract(page.content) or "" for page in pages]
    if pages[0].article is None:
        return f1_of_strings(pages, texts)
    return f1_of_shingles([page.article or "" for page in pages], texts)


def f1_of_shingles(articles: Sequence[str], texts: Sequence[str]) -> float:
    """Score as the article-extraction benchmark does.

    >>> f1_of_shingles(["a b c d e"], ["a b c d"])
    0.6666666666666666
    """
    precisions, recalls = [], []
    for article, text in zip(articles, texts, strict=True):
        wanted, found = _shingles(article), _shingles(text)
        shared = (wanted & found).total()
        if found:
            precisions.append(shared / found.total())
        if wanted:
            recalls.append(shared / wanted.total())
    return _f1(mean(precisions), mean(recalls)) if precisions and recalls else 0.0


def f1_of_strings(pages: Sequence[AnnotatedPage], texts: Sequence[str]) -> float:
    """Score as trafilatura does."""
    right = wrong = missing = 0
    for page, text in zip(pages, texts, strict=True):
        one_line = _one_line(text)
        found = sum(_one_line(part) in one_line for part in page.included)
        right += found
        missing += len(page.included) - found
        wrong += sum(_one_line(part) in one_line for part in page.excluded) if text else 0
    return 2 * right / (2 * right + wrong + missing)


def _page(
    folder: Path, file: str, article: str | None = None, included: Sequence[str] = (), excluded: Sequence[str] = ()
) -> AnnotatedPage:
    content = gzip.decompress((folder / "html" / file).read_bytes())
    return AnnotatedPage(file, content, article, tuple(included), tuple(excluded))


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    runs = (tuple(words[start : start + _SHINGLE_WORDS]) for start in range(max(1, len(words) - _SHINGLE_WORDS + 1)))
    return Counter(run for run in runs if run)


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _one_line(text: str) -> str:
    return " ".join(text.split())
