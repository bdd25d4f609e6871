"""Media type, robots wishes and language of a page."""

import time

import pytest

from crawler.page_hints import language, media_type, robots_wish

ENGLISH = (
    "<p>The committee will meet on Thursday to discuss the budget for the coming year and the new library.</p>" * 4
)
GERMAN = "<p>Der Ausschuss trifft sich am Donnerstag, um über den Haushalt des nächsten Jahres zu beraten.</p>" * 4


@pytest.mark.parametrize(
    ("stated", "body", "expected"),
    [
        ("text/html; charset=utf-8", b"<html>", "text/html"),
        ("TEXT/HTML", b"<html>", "text/html"),
        ("", b"\n<!DOCTYPE html><html>", "text/html"),
        ("text/plain", b"<html><body>", "text/html"),
        ("text/plain", b"plain words", "text/plain"),
        ("", b"plain words", "unknown"),
        ("text/html", b"%PDF-1.4", "application/pdf"),
        ("text/css", b"body {}", "text/css"),
    ],
)
def test_bytes_count_before_the_header(stated: str, body: bytes, expected: str) -> None:
    assert media_type(stated, body) == expected


@pytest.mark.parametrize(
    ("header", "body", "wish"),
    [
        ("", b'<meta name="robots" content="noindex, follow">', "noindex"),
        ("", b"<META CONTENT='NOAI, noimageai' NAME=ROBOTS>", "noai"),
        ("", b'<meta name="robots" content="index,follow">', None),
        ("", b'<meta name="description" content="noindex">', None),
        ("", b'<meta name="googlebot" content="noindex">', None),
        ("noindex, nofollow", b"", "noindex"),
        ("none", b"", "none"),
        ("googlebot: noindex", b"", None),
        ("ccbot: noindex", b"", "noindex"),
        ("max-snippet: 20", b"", None),
    ],
)
def test_a_wish_to_be_left_out_is_heard(header: str, body: bytes, wish: str | None) -> None:
    assert robots_wish(header, body) == wish


def test_the_visible_text_decides_against_what_the_page_states() -> None:
    page = (
        f'<html lang="en"><head><title>{ENGLISH}</title></head><body><script>{ENGLISH}</script>{GERMAN}</body></html>'
    )
    assert language(page.encode(), "utf-8") == "de"
    assert language(page.encode("latin-1"), "iso-8859-1") == "de"
    assert language(f'<html lang="de">{ENGLISH}'.encode(), None) == "en"


def test_a_short_text_is_taken_at_its_word() -> None:
    assert language(b'<html lang="fr-CA"><body>Oui</body></html>', None) == "fr"
    assert language(b"<html><body>Oui</body></html>", None) is None


@pytest.mark.parametrize(
    "charset",
    ["x-klingon", "undefined", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf-7", "hex", "zlib", "é"],
)
def test_a_charset_no_page_is_written_in_is_no_charset(charset: str) -> None:
    page = b"<p>\\udc80 \\x</p>" + ENGLISH.encode() + b"\xff"
    assert language(page, charset) == language(page, "utf-8") == "en"


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("windows-1251", "cp1251"), ("koi8-r", "koi8-r"), ("iso-8859-5", "iso8859-5"), ("maccyrillic", "mac-cyrillic"),
        ("utf-16le", "utf-16-le"), ("utf8", "utf-8"),
    ],
)  # fmt: skip
def test_a_charset_of_the_web_is_understood(charset: str, codec: str) -> None:
    russian = "<p>Комитет соберётся в четверг, чтобы обсудить бюджет на следующий год и новую библиотеку.</p>" * 5
    assert language(russian.encode(codec), charset) == "ru"


@pytest.mark.parametrize("piece", [b"<script>", b"<meta ", b"<html ", b"<", b"<!--", b"<a"])
def test_pages_that_never_close_a_tag_take_no_time(piece: bytes) -> None:
    page = piece * (400_000 // len(piece))
    began = time.monotonic()
    language(page, None)
    robots_wish("", page)
    assert time.monotonic() - began < 2
