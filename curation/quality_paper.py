"""What a paper must hold to be worth scoring: enough prose beside formulas and bibliography, and enough formulas."""

import re

from config import QualitySettings
from curation.outcomes import Rejection, falls_short

_FORMULA = re.compile(
    r"\$\$.+?\$\$|(?<![\\$])\$(?!\$)(?:[^$\\]|\\.)+\$"
    # A line break with a length, \\[2pt], opens no formula; from one start no further than to the next one.
    r"|(?<!\\)\\\[(?:[^\\]|\\[^\[\]])++\\\]|(?<!\\)\\\((?:[^\\]|\\[^()])++\\\)"
    r"|\\begin\{(?:equation|align|gather|eqnarray|multline|displaymath)\*?\}",
    re.DOTALL,
)
_PARAGRAPH = re.compile(r"\n\s*\n")
_WORD = re.compile(r"[^\W\d_]{2,}")
# An entry names a year and, as sentences do not, initials before a name, a volume in bold, pages or a repository.
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_ENTRY_MARK = re.compile(
    r"\b[A-Z]\. ?(?:-?[A-Z]\. ?)*[A-Z][\w'-]+|\*\*\d+\*\*|\bpp?\. ?\d"
    r"|\barXiv\b|\b[Dd][Oo][Ii]\b|\bISBN\b|\b[Vv]ol\. ?\d"
)
_ENTRY_MAX_WORDS = 80


def judge_paper(text: str, settings: QualitySettings) -> Rejection | None:
    """Return the first rule's rejection, or None for a paper worth scoring."""
    return few_words(text, settings) or few_formulas(text, settings)


def few_words(text: str, settings: QualitySettings) -> Rejection | None:
    """Ours: a paper with fewer than 200 words of prose is a stub, a withdrawal notice, a list or a failed reading."""
    return falls_short("too_few_paper_words", count_prose_words(text), settings.min_paper_words)


def few_formulas(text: str, settings: QualitySettings) -> Rejection | None:
    """Ours: with fewer than three formulas a paper says nothing about mathematics."""
    return falls_short("few_formulas", count_formulas(text), settings.min_formulas)


def count_prose_words(text: str) -> int:
    r"""Count the words outside formulas and the entries of a bibliography.

    >>> count_prose_words("We show that $x + y$ is small.\n\nE. Noether, *Ideale*, Math. Ann. **83** (1921).")
    5
    """
    prose = _FORMULA.sub(" ", text)
    return sum(_count_words(paragraph) for paragraph in _PARAGRAPH.split(prose) if not is_entry(paragraph))


def is_entry(paragraph: str) -> bool:
    """Tell whether a paragraph reads as an entry of a bibliography."""
    if len(paragraph.split()) > _ENTRY_MAX_WORDS:
        return False
    return _YEAR.search(paragraph) is not None and _ENTRY_MARK.search(paragraph) is not None


def _count_words(paragraph: str) -> int:
    return sum(1 for _ in _WORD.finditer(paragraph))


def count_formulas(text: str) -> int:
    r"""Count the formulas of Markdown or TeX, in line and displayed.

    >>> count_formulas("Let $x$ and $$y$$ cost 5\\$ each.")
    2
    """
    return sum(1 for _ in _FORMULA.finditer(text))
