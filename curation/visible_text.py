"""What a reader could see of a parsed page, measured in a thirtieth of the time that extraction takes.

It is worth its time twice: a page that cannot pass is not extracted at all, and one that is plainly an article is read
by the extractor's fast mode alone.
"""

from dataclasses import dataclass

from lxml.etree import XPath
from lxml.html import HtmlElement

from config import CurationSettings
from curation.language import surely_other_language
from curation.outcomes import Rejection, falls_short

# "descendant" and not "//": libxml2 sorts what "//" finds, which took a second on pages of a megabyte.
_TEXTS = XPath("descendant-or-self::text()[not(parent::script or parent::style)]", smart_strings=False)
_PARAGRAPH_TEXTS = XPath("descendant::p/text()", smart_strings=False)
_PARAGRAPH_COUNT = XPath("count(descendant::p)")
_TABLE_COUNT = XPath("count(descendant::table)")
# Text that trafilatura finds where no reader sees it: schema.org's articleBody, Discourse's preloaded posts.
_EMBEDDED = XPath("descendant::script[@type='application/ld+json'] | descendant::*[@id='data-preloaded']")

# Text this long is no menu: what a page is about, its language too, stands in its longest passages. Where these are too
# few to tell a language by, as in scripts that need fewer characters, all text is asked.
_PASSAGE_CHARS = 30
_MIN_SAMPLE_CHARS = 300
_SAMPLE_CHARS = 3_000

# An article: this much of what is seen stands in paragraphs, and paragraphs outnumber tables.
_MIN_PARAGRAPH_SHARE = 0.25
# A fast result looks wrong when it is short, or little of what is seen and not long (trafilatura's own bound of what
# it tries again). On 205 real pages the fast mode read 29 other than the careful one; with these limits none of the 89
# that are left to it.
_MIN_FAST_CHARS = 500
_MIN_FAST_SHARE = 0.2
_LONG_CHARS = 3_000


@dataclass(frozen=True, slots=True)
class VisibleText:
    """The sizes of what is seen, and a sample of its longest passages."""

    word_count: int
    char_count: int
    sample: str
    is_article: bool
    has_embedded_text: bool


def visible_text(page: HtmlElement) -> VisibleText:
    """Measure what is seen of a page."""
    texts = _TEXTS(page)
    # Joined by spaces, since pages without white space between elements would count as one word.
    words = " ".join(texts).split()
    char_count = len(" ".join(words))
    return VisibleText(
        word_count=len(words),
        char_count=char_count,
        sample=_sample(texts, words),
        is_article=_is_article(page, char_count),
        has_embedded_text=bool(_EMBEDDED(page)),
    )


def judge_visible(visible: VisibleText, settings: CurationSettings) -> Rejection | None:
    """Reject a page whose text cannot pass, whatever an extractor chooses of it: too few words, another language."""
    few = falls_short("too_few_words", visible.word_count, settings.quality.min_words)
    return few if few and not visible.has_embedded_text else _judge_language(visible, settings)


def looks_wrong(text: str, visible: VisibleText) -> bool:
    """Tell whether the fast mode's result asks for the careful one."""
    return len(text) < max(_MIN_FAST_CHARS, min(_MIN_FAST_SHARE * visible.char_count, _LONG_CHARS))


def _judge_language(visible: VisibleText, settings: CurationSettings) -> Rejection | None:
    if len(visible.sample) < settings.language_min_chars:
        return None
    language = surely_other_language(visible.sample, settings.languages)
    return Rejection("other_language", language, ",".join(settings.languages)) if language else None


def _sample(texts: list[str], words: list[str]) -> str:
    passages = [passage for text in texts if len(passage := text.strip()) >= _PASSAGE_CHARS]
    passages.sort(key=len, reverse=True)
    longest = " ".join(passages[: _SAMPLE_CHARS // _PASSAGE_CHARS])
    return (longest if len(longest) >= _MIN_SAMPLE_CHARS else " ".join(words))[:_SAMPLE_CHARS]


def _is_article(page: HtmlElement, char_count: int) -> bool:
    paragraph_chars = sum(map(len, _PARAGRAPH_TEXTS(page)))
    return paragraph_chars >= _MIN_PARAGRAPH_SHARE * char_count and _PARAGRAPH_COUNT(page) > _TABLE_COUNT(page)
