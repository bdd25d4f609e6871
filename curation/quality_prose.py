"""What a web page must look like to be worth scoring: the published rules of Gopher, C4 and FineWeb.

Each rule is a function that returns None or a rejection; `RULES` gives their order, cheap and general first. Left out
is what would change a text rather than judge it (C4 drops lines without a full stop, and those that name javascript or
cookies), C4's list of bad words, which is kept elsewhere, and Gopher's rules of paragraphs: in extracted pages a line
is a paragraph.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from config import QualitySettings
from curation.outcomes import Rejection, exceeds, falls_short, plain, reaches, reaches_down
from curation.repetition import WordRuns

# Gopher, appendix A.1.1.
STOP_WORDS = frozenset({"the", "be", "to", "of", "and", "that", "have", "with"})
BULLETS = ("•", "‣", "▪", "●", "-", "*", "–")
ELLIPSES = ("...", "…")
# FineWeb, section 3.6: what ends a sentence, with the closing quotation mark after it.
TERMINAL_PUNCTUATION = (".", "!", "?", '"', "”", "…", "。")
# Sizes of the runs of words in Gopher's table A1, to which the limits of the settings belong in order.
TOP_RUN_WORDS = (2, 3, 4)
DUPLICATE_RUN_WORDS = (5, 6, 7, 8, 9, 10)

_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*(?=\s|$)|。")


@dataclass(frozen=True)
class Prose:
    """A page taken apart once for all rules: its words, and its lines that hold something."""

    text: str
    words: list[str]
    lines: list[str]

    @cached_property
    def runs(self) -> WordRuns:
        """Its runs of words, case and punctuation aside, made where a rule asks for them."""
        return WordRuns(_WORD.findall(self.text.lower()))


Rule = Callable[[Prose, QualitySettings], Rejection | None]


def judge_prose(text: str, settings: QualitySettings) -> Rejection | None:
    """Return the first rule's rejection, or None for a page worth scoring."""
    prose = take_apart(text)
    return next((rejection for rule in RULES if (rejection := rule(prose, settings)) is not None), None)


def take_apart(text: str) -> Prose:
    """Return the words and the lines that the rules look at."""
    return Prose(text, text.split(), [line.strip() for line in text.splitlines() if line.strip()])


def few_words(prose: Prose, settings: QualitySettings) -> Rejection | None:
    """Gopher (arXiv:2112.11446, appendix A.1.1): at least 50 words."""
    return falls_short("too_few_words", len(prose.words), settings.min_words)


def many_words(prose: Prose, settings: QualitySettings) -> Rejection | None:
    """Gopher: at most 100,000 words."""
    return exceeds("too_many_words", len(prose.words), settings.max_words)


def word_length(prose: Prose, settings: QualitySettings) -> Rejection | None:
    """Gopher: a mean word of 3 to 10 characters."""
    mean = _share(sum(map(len, prose.words)), len(prose.words))
    if settings.min_mean_word_chars <= mean <= settings.max_mean_word_chars:
        return None
    limits = f"{plain(settings.min_mean_word_chars)}..{plain(settings.max_mean_word_chars)}"
    return Rejection("mean_word_length", plain(mean), limits)


def symbols(prose: Prose, settings: QualitySettings) -> Rejection | None:
    """Gopher: fewer than 0.1 hash signs, and fewer than 0.1 ellipses, per word."""
    hashes = prose.text.count("#")
    ellipses = sum(prose.text.count(mark) for mark in ELLIPSES)
    return exceeds("symbol_ratio", _share(max(hashes, ellipses), len(prose.words)), settings.max_symbol_word_ratio)


def bullets(prose: Prose, settings: QualitySettings) -> Rejection | None:
    """Gopher: less than 90 % of the lines start with a bullet."""
    count = sum(line.startswith(BULLETS) for line in prose.lines)
    return exceeds("bullet_lines", _share(count, len(prose.lines)), settings.max_bullet_line_share)


def ellipses(prose: Prose, settings: QualitySettings) -> Rejection | None:
    """Gopher: less than 30 % of the lines end with an ellipsis."""
    count = sum(line.endswith(ELLIPSES) for line in prose.lines)
    return exceeds("ellipsis_lines", _share(count, len(prose.lines)), settings.max_ellipsis_line_share)


def alphabetic_words(prose: Prose, settings: QualitySettings) -> Rejection | None:
    """Gopher: at least 80 % of the words hold a letter."""
    count = sum(any(map(str.isalpha, word)) for word in prose.words)
    return falls_short("few_alphabetic_words", _share(count, len(prose.words)), settings.min_alphabetic_word_share)


def stop_words(prose: Prose, settings: QualitySettings) -> Rejection | None:
    """Gopher: at least two of eight words that no English prose does without."""
    found = STOP_WORDS.intersection(word.lower() for word in prose.words)
    return falls_short("few_stop_words", len(found), settings.min_stop_words)


def duplicate_lines(prose: Prose, settings: QualitySettings) -> Rejection | None:
    """Gopher (table A1): at most 30 % of the lines repeat an earlier one."""
    repeated = len(prose.lines) - len(set(prose.lines))
    return exceeds("duplicate_lines", _share(repeated, len(prose.lines)), settings.max_duplicate_line_share)


def duplicate_line_chars(prose: Prose, settings: QualitySettings) -> Rejection | None:
    """FineWeb (section 3.6), stricter than Gopher's 20 %: under 10 % of the characters in lines that repeat another."""
    chars = sum(map(len, prose.lines))
    repeated = chars - sum(map(len, set(prose.lines)))
    return reaches("duplicate_line_chars", _share(repeated, chars), settings.max_duplicate_line_char_share)


def top_runs(prose: Prose, settings: QualitySettings) -> Rejection | None:
    """Gopher (table A1): the most frequent run of 2, 3 and 4 words has at most 20, 18 and 16 % of the characters."""
    limits = zip(TOP_RUN_WORDS, settings.max_top_run_char_shares, strict=True)
    found = (exceeds("top_runs", prose.runs.top_share(size), limit) for size, limit in limits)
    return next((rejection for rejection in found if rejection is not None), None)


def duplicate_runs(prose: Prose, settings: QualitySettings) -> Rejection | None:
    """Gopher (table A1): runs of 5 to 10 words that stood before have at most 15 to 10 % of the characters."""
    limits = zip(DUPLICATE_RUN_WORDS, settings.max_duplicate_run_char_shares, strict=True)
    found = (exceeds("duplicate_runs", prose.runs.repeated_share(size), limit) for size, limit in limits)
    return next((rejection for rejection in found if rejection is not None), None)


def few_sentences(prose: Prose, settings: QualitySettings) -> Rejection | None:
    """C4 (arXiv:1910.10683, section 2.2, and its code): at least five sentences."""
    return falls_short("few_sentences", sum(1 for _ in _SENTENCE_END.finditer(prose.text)), settings.min_sentences)


def lorem_ipsum(prose: Prose, settings: QualitySettings) -> Rejection | None:
    """C4 (arXiv:1910.10683, section 2.2): no page with "lorem ipsum"."""
    is_found = settings.forbid_lorem_ipsum and "lorem ipsum" in prose.text.lower()
    return Rejection("lorem_ipsum") if is_found else None


def curly_bracket(prose: Prose, settings: QualitySettings) -> Rejection | None:
    """C4: no page with "{", which stands in program code and hardly in prose."""
    return Rejection("curly_bracket") if settings.forbid_curly_bracket and "{" in prose.text else None


def terminal_punctuation(prose: Prose, settings: QualitySettings) -> Rejection | None:
    """FineWeb (arXiv:2406.17557, section 3.6): more than 12 % of the lines end as sentences do."""
    share = _share(sum(line.endswith(TERMINAL_PUNCTUATION) for line in prose.lines), len(prose.lines))
    return reaches_down("few_terminal_punctuation", share, settings.min_terminal_punctuation_line_share)


def short_lines(prose: Prose, settings: QualitySettings) -> Rejection | None:
    """FineWeb: less than 67 % of the lines have fewer than 30 characters."""
    count = sum(len(line) < settings.short_line_chars for line in prose.lines)
    return reaches("short_lines", _share(count, len(prose.lines)), settings.max_short_line_share)


RULES: tuple[Rule, ...] = (
    few_words,
    many_words,
    word_length,
    symbols,
    bullets,
    ellipses,
    alphabetic_words,
    stop_words,
    duplicate_lines,
    duplicate_line_chars,
    lorem_ipsum,
    curly_bracket,
    terminal_punctuation,
    short_lines,
    few_sentences,
    top_runs,
    duplicate_runs,
)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
