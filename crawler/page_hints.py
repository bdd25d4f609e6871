"""Quick looks at the bytes of a page: is it HTML, does it ask to be left alone, what language is it in.

They come before anything expensive, on a few thousand bytes; curation decides again on the extracted text.
"""

import html
import re
from collections.abc import Iterator

import py3langid
from w3lib.encoding import resolve_encoding

_HEAD_BYTES = 65_536
# The detector's time grows with the sample, its answer hardly does.
_SAMPLE_CHARS = 1_200
# Below this many letters chance words decide.
_MIN_SAMPLE_CHARS = 200

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
_META = re.compile(rb"<meta\s[^<>]*>", re.IGNORECASE)
_ROBOTS_NAME = re.compile(rb"""\bname\s*=\s*["']?\s*(robots|ccbot)\b""", re.IGNORECASE)
_CONTENT = re.compile(rb"""\bcontent\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.IGNORECASE)
_KEEP_OUT = frozenset({"noindex", "none", "noai"})
_LANG = re.compile(rb"""<html\s[^<>]*?\blang\s*=\s*["']?\s*([A-Za-z]{2,3})\b""", re.IGNORECASE)
# Python also calls escapes, host names and compression "encodings"; no page is written in those.
_WEB_CODEC = re.compile(r"(ascii|utf-8|utf-16|cp\d|iso8859|iso2022|euc|gb|big5|shift_jis|koi8|mac-|tis-620).*")
_INVISIBLE = frozenset({"script", "style", "noscript", "template", "svg", "head"})
_TAG = re.compile(r"<(/?)([A-Za-z]*)[^<>]*>")


def media_type(stated: str, body: bytes) -> str:
    """Return the media type: what the bytes show, else what the header states."""
    for magic, shown in _OTHER_MAGIC:
        if body.startswith(magic):
            return shown
    mime = stated.partition(";")[0].strip().lower()
    is_vague = mime in ("", "text/plain", "application/octet-stream", "application/unknown")
    return "text/html" if is_vague and _HTML_START.search(body[:1024]) else mime or "unknown"


def robots_wish(header: str, body: bytes) -> str | None:
    """Return the word with which a page asks to be left out, from its X-Robots-Tag or its robots meta element."""
    for part in header.split(","):
        agent, _, words = part.rpartition(":")
        # A wish may be addressed to one robot: "googlebot: noindex".
        if agent.strip().lower() in ("", "*", "ccbot") and words.strip().lower() in _KEEP_OUT:
            return words.strip().lower()
    for element in _META.findall(body[:_HEAD_BYTES]):
        content = _CONTENT.search(element)
        if content and _ROBOTS_NAME.search(element):
            stated = b"".join(group or b"" for group in content.groups()).decode("latin-1").lower()
            if found := _KEEP_OUT.intersection(re.split(r"[\s,]+", stated)):
                return min(found)
    return None


def language(body: bytes, charset: str | None) -> str | None:
    """Return the language of the visible text, of a short one what the page states, or None when nobody can say."""
    sample = _visible_sample(body[: 4 * _HEAD_BYTES], charset)
    if sum(map(str.isalpha, sample)) >= _MIN_SAMPLE_CHARS:
        return str(py3langid.classify(sample)[0])
    stated = _LANG.search(body[:_HEAD_BYTES])
    return stated[1].decode("ascii").lower() if stated else None


def _visible_sample(body: bytes, charset: str | None) -> str:
    codec = resolve_encoding(charset or "utf-8") or ""
    text = body.decode(codec if _WEB_CODEC.fullmatch(codec) else "utf-8", "replace")
    words: list[str] = []
    char_count = 0
    for piece in _visible_pieces(text):
        found = html.unescape(piece).split()
        words += found
        char_count += sum(map(len, found)) + len(found)
        if char_count >= _SAMPLE_CHARS:
            break
    return " ".join(words)[:_SAMPLE_CHARS]


def _visible_pieces(text: str) -> Iterator[str]:
    """Yield the text between tags, not that inside elements nobody sees."""
    at, hidden_in = 0, ""
    for tag in _TAG.finditer(text):
        name = tag[2].lower()
        if not hidden_in:
            yield text[at : tag.start()]
            hidden_in = name if name in _INVISIBLE and not tag[1] else ""
        elif tag[1] and name == hidden_in:
            hidden_in = ""
        at = tag.end()
    if not hidden_in:
        yield text[at:]
