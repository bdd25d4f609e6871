"""Source files as text: decoded as Python itself would read them, line ends made one kind, notebooks as their code."""

import io
import tokenize

from curation import notebook
from curation.outcomes import Extracted, Rejection

EXTRACTOR, EXTRACTOR_VERSION = "source", "1"


def extract_code(content: bytes, title: str | None) -> Extracted | Rejection:
    r"""Decode a source file by its byte order mark, its PEP 263 cookie or else UTF-8.

    >>> extract_code(b"x = 1\r\n", "x.py").text
    'x = 1\n'
    """
    if b"\0" in content:
        return Rejection("undecodable", "NUL bytes")
    encoding = _declared_encoding(content)
    try:
        text = content.decode(encoding)
        text.encode()  # some codecs decode to lone surrogates, which no file and no table can hold
    except (UnicodeError, LookupError):
        return Rejection("undecodable", encoding)
    if (title or "").lower().endswith(notebook.ENDING):
        return _extract_notebook(text, title)
    return _extracted(text, title, EXTRACTOR, EXTRACTOR_VERSION)


def _extract_notebook(text: str, title: str | None) -> Extracted | Rejection:
    code = notebook.code_of(text)
    if code is None:
        return Rejection("no_text", "not a notebook")
    return _extracted(code, title, notebook.EXTRACTOR, notebook.EXTRACTOR_VERSION)


def _extracted(text: str, title: str | None, extractor: str, version: str) -> Extracted | Rejection:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Extracted(text, title, extractor, version) if text.strip() else Rejection("no_text")


def _declared_encoding(content: bytes) -> str:
    # Classic Mac line ends would hide a cookie in line one behind the whole file.
    head = content[:1024].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        return tokenize.detect_encoding(io.BytesIO(head).readline)[0]
    except SyntaxError:
        # An unknown cookie, or a first line that is not UTF-8: the decoding below decides and says so.
        return "utf-8"
