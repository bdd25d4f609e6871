"""Web pages as text: the one door to trafilatura.

The call is trafilatura's own balanced default, so its published F1 holds: no favouring of precision or recall, tables
kept, links, images and formatting dropped. Comments are left out because they are other texts by other people.
Nothing is fetched, and no state is kept between pages (`deduplicate` stays off: it would make a page's text depend on
the pages before it). Fast mode skips the comparison with two other extractors, which changes one page in seven and
saves a third of the time; `[curation.extraction] web_mode` says when it is trusted.
"""

import logging
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version

import trafilatura
from lxml.html import HtmlElement
from trafilatura.metadata import extract_title
from trafilatura.utils import detect_encoding, load_html
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom

from config import ExtractionSettings
from curation.outcomes import Extracted, Rejection
from curation.visible_text import VisibleText, looks_wrong
from storage.web_encodings import is_web_encoding

EXTRACTOR, EXTRACTOR_VERSION = "trafilatura", version("trafilatura")
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def parse_page(content: bytes, content_type: str) -> HtmlElement | None:
    """Parse the page once, for its dates and its text; None when it is not HTML."""
    _quieten_library()
    text = decode_page(content, content_type)
    try:
        page = load_html(text)
    except (ValueError, TypeError, AssertionError, RecursionError):
        return None
    return page if isinstance(page, HtmlElement) else None


def extract_page(page: HtmlElement, visible: VisibleText, settings: ExtractionSettings) -> Extracted | Rejection:
    """Return the main text of a parsed page."""
    try:
        text = _main_text(page, visible, settings)
        title = extract_title(page)
    except Exception as error:  # noqa: BLE001 - a parser on hostile input may fail anyhow; the verdict names the error
        return Rejection("no_text", type(error).__name__)
    return Extracted(text, title, EXTRACTOR, EXTRACTOR_VERSION) if text else Rejection("no_text")


def decode_page(content: bytes, content_type: str) -> str:
    """Decode by the first character set that fits every byte, else by the declared one with replacement marks.

    UTF-8 is tried before what is declared: other text is never valid UTF-8 by chance, while half the web's servers
    declare iso-8859-1 for everything. Labels mean what browsers take them for (iso-8859-1 is Windows-1252).
    """
    declared = list(_declared_encodings(content, content_type))
    for encoding in [*filter(_is_seven_bit, declared), "utf-8", *declared]:
        try:
            return content.decode(encoding).removeprefix("\ufeff")
        except UnicodeError:
            continue
    likely = declared or [guess for guess in detect_encoding(content) if is_web_encoding(guess)]
    return content.decode((likely or ["cp1252"])[0], errors="replace").removeprefix("\ufeff")


def _main_text(page: HtmlElement, visible: VisibleText, settings: ExtractionSettings) -> str:
    if settings.web_mode == "fast_first" and visible.is_article:
        text = _call(page, is_fast=True)
        if not looks_wrong(text, visible):
            return text
    return _call(page, is_fast=False)


def _call(page: HtmlElement, *, is_fast: bool) -> str:
    text = trafilatura.extract(page, fast=is_fast, include_comments=False, include_tables=True, deduplicate=False)
    return _CONTROL_CHARACTERS.sub("", text or "").strip()


@cache
def _quieten_library() -> None:
    # A page that cannot be read is a verdict with its reason; the library's own lines would only repeat it.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


def _declared_encodings(content: bytes, content_type: str) -> Iterator[str]:
    """Yield what the byte order mark, the Content-Type header and the meta tag say, in this order."""
    for encoding in (
        read_bom(content)[0],
        http_content_type_encoding(content_type),
        html_body_declared_encoding(content),
    ):
        if encoding is not None and is_web_encoding(encoding):
            yield encoding


def _is_seven_bit(encoding: str) -> bool:
    # These write everything in ASCII bytes, so that they would pass for UTF-8.
    return encoding.startswith(("iso2022", "hz"))
