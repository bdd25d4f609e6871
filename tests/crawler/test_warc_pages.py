"""WARC records to pages and ledger rows."""

import gzip
from datetime import datetime
from pathlib import Path

import pytest

from config import CommonCrawlSettings, load_settings
from crawler.reasons import Skipped
from crawler.warc_frames import Frame, cut
from crawler.warc_pages import PageOrigin, read_frame
from storage.records import RawDocument

SETTINGS = CommonCrawlSettings.model_validate(load_settings().crawler.common_crawl.model_dump() | {"languages": []})
ORIGIN = PageOrigin("crawl-data/a b.warc.gz", "unit", "run")
HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body>Hello</body></html>"


def read(content: bytes, *headers: str, kind: str = "response", **changes: object) -> RawDocument | Skipped | None:
    defaults = ["WARC-Target-URI: https://blog.example.co.uk/a", "WARC-Date: 2026-10-07T08:09:10Z"]
    given = {line.split(":")[0] for line in headers}
    lines = [f"WARC-Type: {kind}", "Content-Type: application/http; msgtype=response", *headers]
    lines += [line for line in defaults if line.split(":")[0] not in given]
    data = "\r\n".join(["WARC/1.0", *lines, f"Content-Length: {len(content)}"]).encode() + b"\r\n\r\n" + content
    settings = CommonCrawlSettings.model_validate(SETTINGS.model_dump() | changes)
    return read_frame(Frame(1000, 250, data), 3, ORIGIN, settings)


def test_a_page_lands_with_where_it_is_from() -> None:
    page = read(HTTP.replace(b"\r\n\r\n", b"\r\nLast-Modified: Tue, 06 Oct 2026 00:00:00 GMT\r\n\r\n", 1))
    assert isinstance(page, RawDocument)
    assert page.content == b"<html><body>Hello</body></html>"
    assert page.content_type == "text/html; charset=utf-8"
    assert page.url == "https://blog.example.co.uk/a"
    assert page.cluster_key == "example.co.uk"
    assert page.locator == "warc:crawl-data/a%20b.warc.gz?offset=1000&length=250"
    assert page.fetched_at == datetime(2026, 10, 7, 8, 9, 10)
    assert page.last_modified_at == datetime(2026, 10, 6)
    assert page.position == 3


def test_the_archives_digest_is_the_revision_else_ours() -> None:
    stated = read(HTTP, "WARC-Payload-Digest: sha1:ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    computed = read(HTTP)
    assert isinstance(stated, RawDocument)
    assert isinstance(computed, RawDocument)
    assert stated.revision == "sha1:ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    # `openssl sha1 -binary | base32` says this of the body.
    assert computed.revision == "sha1:3FVPQ3BBVZ22AV4CLU3NH5BBJNKSOTA4"


def test_an_address_in_angle_brackets_is_the_address() -> None:
    page = read(HTTP, "WARC-Target-URI: <https://example.org/>")
    assert isinstance(page, RawDocument)
    assert page.url == "https://example.org/"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (b"Transfer-Encoding: chunked", b"5\r\n<html\r\n9\r\n>Hello\r\n!\r\n0\r\n\r\n"),
        (b"Content-Encoding: gzip", gzip.compress(b"<html>Hello\r\n!")),
        # Taken apart already, with the header left behind.
        (b"Transfer-Encoding: chunked", b"<html>Hello\r\n!"),
        (b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip", gzip.compress(b"<html>Hello\r\n!")),
        (b"Content-Encoding: gzip", b"<html>Hello\r\n!"),
    ],
)
def test_a_body_is_decoded_as_it_is_and_not_as_it_is_called(headers: bytes, body: bytes) -> None:
    page = read(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + headers + b"\r\n\r\n" + body)
    assert isinstance(page, RawDocument)
    assert page.content == b"<html>Hello\r\n!"


@pytest.mark.parametrize(
    ("content", "headers", "changes", "reason"),
    [
        (HTTP.replace(b"200 OK", b"301 Moved"), (), {}, "http_status"),
        (HTTP.replace(b"text/html", b"image/png"), (), {}, "media_type"),
        (HTTP.split(b"<html>", maxsplit=1)[0], (), {}, "empty"),
        (HTTP + b"x" * 200, (), {"max_page_bytes": 100}, "too_large"),
        (HTTP.replace(b"<html>", b"<html><meta name=robots content=noindex>"), (), {}, "no_robots"),
        (HTTP.replace(b"<html>", b"<html lang=de>"), (), {"languages": ["en"]}, "other_language"),
        (b"not http at all", (), {}, "unreadable_http"),
        (HTTP, ("WARC-Target-URI: dns:example.org",), {}, "malformed_item"),
        (HTTP, ("WARC-Target-URI: http://[broken/",), {}, "malformed_item"),
        (HTTP, ("WARC-Date: yesterday",), {}, "malformed_item"),
        (HTTP, ("WARC-Date: 0001-01-01T00:00:00+14:00",), {}, "malformed_item"),
    ],
)
def test_a_page_that_does_not_land_has_its_reason(
    content: bytes, headers: tuple[str, ...], changes: dict[str, object], reason: str
) -> None:
    found = read(content, *headers, **changes)
    assert isinstance(found, Skipped)
    assert found.reason == reason


@pytest.mark.parametrize(
    ("kind", "reason"), [("revisit", "revisit"), ("resource", "record_type"), ("conversion", "record_type")]
)
def test_records_that_are_no_answers_are_rows(kind: str, reason: str) -> None:
    found = read(HTTP, kind=kind)
    assert isinstance(found, Skipped)
    assert found.reason == reason


@pytest.mark.parametrize("kind", ["request", "metadata", "warcinfo"])
def test_bookkeeping_is_no_item(kind: str) -> None:
    assert read(HTTP, kind=kind) is None


def test_a_defect_that_nobody_foresaw_costs_one_record_and_names_itself(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("no such luck")

    monkeypatch.setattr("crawler.warc_pages.robots_wish", fail)
    assert read(HTTP) == Skipped("crawl-data/a b.warc.gz@1000", "unreadable_member", "KeyError")
    assert "no such luck" in caplog.text


@pytest.mark.parametrize("charset", ["undefined", "idna", "punycode", "unicode_escape", "klingon", '"', ""])
def test_no_charset_keeps_a_page_from_landing(charset: str) -> None:
    page = read(HTTP.replace(b"charset=utf-8", f"charset={charset}".encode()), languages=["en"])
    assert isinstance(page, RawDocument)


@pytest.mark.parametrize(
    "stated",
    [b"Fri, 31 Dec 9999 23:59:59 -1200", b"Fri, 01 Jan 2038 00:00:00 GMT", b"Thu, 01 Jan 1970 00:00:00 GMT", b"soon"],
)
def test_a_made_up_modification_date_is_none(stated: bytes) -> None:
    page = read(HTTP.replace(b"\r\n\r\n", b"\r\nLast-Modified: " + stated + b"\r\n\r\n", 1))
    assert isinstance(page, RawDocument)
    assert page.last_modified_at is None


def test_a_packed_body_that_grows_past_the_limit_is_too_large() -> None:
    body = gzip.compress(b"<html>" + b"a" * 10_000_000)
    found = read(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n" + body)
    assert isinstance(found, Skipped)
    assert found.reason == "too_large"


def test_real_files_land_the_pages_they_hold(shared_data: Path) -> None:
    expected = {
        "resiliparse-cc.warc.gz": 16,
        "whirlwind-cc-2024.warc.gz": 1,
        "jwarc-cc-single.warc.gz": 1,
        "dolma-sample-0000.warc.gz": 22,
    }
    for name, count in expected.items():
        data = (shared_data / "commoncrawl" / "warc" / name).read_bytes()
        frames = cut(data, 0, is_end=True, max_bytes=1 << 26).frames
        items = [read_frame(frame, n, ORIGIN, SETTINGS) for n, frame in enumerate(frames)]
        pages = [item for item in items if isinstance(item, RawDocument)]
        wanted_out = [item for item in items if isinstance(item, Skipped) and item.reason == "no_robots"]
        assert (name, len(pages) + len(wanted_out)) == (name, count)
        assert all(b"<" in page.content for page in pages)
