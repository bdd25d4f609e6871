"""From a landed document to its text, by source. A failure is a reason, never an exception."""

from lxml.html import HtmlElement

from config import CurationSettings
from curation.extract_code import extract_code
from curation.extract_tex import extract_eprint
from curation.extract_web import extract_page, parse_page
from curation.outcomes import Extracted, Rejection
from curation.visible_text import judge_visible, visible_text
from storage.errors import InputError
from storage.records import RawDocument

KINDS = {"github": "source_file", "arxiv": "paper", "common_crawl": "web_page"}


def open_page(raw: RawDocument) -> HtmlElement | None:
    """Parse a web page once, for its dates and its text; other sources have none."""
    return parse_page(raw.content, raw.content_type) if raw.source == "common_crawl" else None


def extract(raw: RawDocument, page: HtmlElement | None, settings: CurationSettings) -> Extracted | Rejection:
    """Return the text of a landed document, or why there is none."""
    extracted = _extracted(raw, page, settings)
    if isinstance(extracted, Extracted) and not _is_unicode(extracted):
        return Rejection("undecodable", "a lone surrogate")
    return extracted


def _extracted(raw: RawDocument, page: HtmlElement | None, settings: CurationSettings) -> Extracted | Rejection:
    if raw.source == "common_crawl":
        return _extracted_page(page, settings)
    if raw.source == "arxiv":
        return extract_eprint(raw.content, raw.title, settings.extraction)
    if raw.source == "github":
        return extract_code(raw.content, raw.title)
    raise InputError(f"{raw.document_id} is from {raw.source!r}, which is none of {', '.join(KINDS)}.")


def _extracted_page(page: HtmlElement | None, settings: CurationSettings) -> Extracted | Rejection:
    """Extract a page, unless what is seen of it says that no text of it can pass."""
    if page is None:
        return Rejection("no_text", "not HTML")
    visible = visible_text(page)
    return judge_visible(visible, settings) or extract_page(page, visible, settings.extraction)


def _is_unicode(extracted: Extracted) -> bool:
    """Tell whether it can be written as UTF-8; half of a UTF-16 pair can be in a string and in no file and no hash."""
    try:
        f"{extracted.text}{extracted.title}".encode()
    except UnicodeEncodeError:
        return False
    return True
