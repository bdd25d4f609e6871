"""What a paper must hold to be worth scoring: enough words, and formulas, as the pairing with mathematics needs."""

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


def judge_paper(text: str, settings: QualitySettings) -> Rejection | None:
    """Return the first rule's rejection, or None for a paper worth scoring."""
    return few_words(text, settings) or few_formulas(text, settings)


def few_words(text: str, settings: QualitySettings) -> Rejection | None:
    """Ours: a paper below 200 words is a stub, a withdrawal notice or a failed reading."""
    return falls_short("too_few_paper_words", len(text.split()), settings.min_paper_words)


def few_formulas(text: str, settings: QualitySettings) -> Rejection | None:
    """Ours: with fewer than three formulas a paper says nothing about mathematics."""
    return falls_short("few_formulas", count_formulas(text), settings.min_formulas)


def count_formulas(text: str) -> int:
    r"""Count the formulas of Markdown or TeX, in line and displayed.

    >>> count_formulas("Let $x$ and $$y$$ cost 5\\$ each.")
    2
    """
    return sum(1 for _ in _FORMULA.finditer(text))
