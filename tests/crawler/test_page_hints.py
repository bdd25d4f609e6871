"""Media type and robots wishes of a page."""

import time

import pytest

from crawler.page_hints import media_type, robots_wish


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
        ("", b'<MeTa NaMe="RoBoTs" CoNtEnT="NoIndex">', "noindex"),
        ("", b'<html><body><p>late</p><meta name="robots" content="noindex">', "noindex"),
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


@pytest.mark.parametrize("piece", [b"<meta ", b"<meta name=robots ", b"<meta name=robots content=x>", b"<", b"<!--"])
def test_pages_that_never_close_a_tag_take_no_time(piece: bytes) -> None:
    page = piece * (2_000_000 // len(piece))
    began = time.process_time()
    assert robots_wish("", page) is None
    assert time.process_time() - began < 2
