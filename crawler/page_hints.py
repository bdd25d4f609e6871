"""Quick looks at the bytes of a page: is it HTML, does it ask to be left alone. They come before anything expensive."""

import re
from collections.abc import Iterable

from crawler.patterns import any_case

_HEAD_BYTES = 65_536

_HTML_START = re.compile(rb"<(!doctype\s+html|html|head|body|title|meta)\b", re.IGNORECASE)
_OTHER_MAGIC = (
    (b"%PDF", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x89PNG", "image/png"),
    (b"GIF8", "image/gif"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x1f\x8b", "application/gzip"),
)
# No pattern here may look past the next "<": pages that never close a tag would cost the square of their length.
_META = re.compile(any_case(b"<meta") + rb"\s[^<>]*+>")
_ROBOTS_NAME = re.compile(rb"""\bname\s*=\s*["']?\s*(robots|ccbot)\b""")
_CONTENT = re.compile(rb"""\bcontent\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""")
_KEEP_OUT = frozenset({"noindex", "none", "noai"})


def media_type(stated: str, body: bytes) -> str:
    """Return the media type: what the bytes show, else what the header states."""
    for magic, shown in _OTHER_MAGIC:
        if body.startswith(magic):
            return shown
    mime = stated.partition(";")[0].strip().lower()
    is_vague = mime in ("", "text/plain", "application/octet-stream", "application/unknown")
    return "text/html" if is_vague and _HTML_START.search(body[:1024]) else mime or "unknown"


def is_page(media_type: str) -> bool:
    """Tell whether this is what a page is written in."""
    return media_type in ("text/html", "application/xhtml+xml")


def robots_wish(header: str, body: bytes) -> str | None:
    """Return the word with which a page asks to be left out, from its X-Robots-Tag or its robots meta element."""
    for part in header.split(","):
        agent, _, words = part.rpartition(":")
        # A wish may be addressed to one robot: "googlebot: noindex".
        if agent.strip().lower() in ("", "*", "ccbot") and words.strip().lower() in _KEEP_OUT:
            return words.strip().lower()
    elements = b"".join(_META.findall(body, 0, _HEAD_BYTES)).lower().split(b"<")
    return _meta_wish(element for element in elements if b"robots" in element or b"ccbot" in element)


def _meta_wish(elements: Iterable[bytes]) -> str | None:
    for element in elements:
        content = _CONTENT.search(element)
        if content and _ROBOTS_NAME.search(element):
            stated = b"".join(group or b"" for group in content.groups()).decode("latin-1")
            if found := _KEEP_OUT.intersection(re.split(r"[\s,]+", stated)):
                return min(found)
    return None
