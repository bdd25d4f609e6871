"""Which crawls cover a window, and which files they have."""

import gzip
import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from crawler.collinfo import Crawl, choose_crawls, paths_url, read_collinfo, read_paths
from crawler.reasons import Skipped


def crawls_in(*entries: object) -> list[Crawl | Skipped]:
    found = read_collinfo(json.dumps(entries).encode())
    assert found is not None
    return found


def test_recorded_collinfo_is_read(shared_data: Path) -> None:
    line = (shared_data / "commoncrawl" / "cdx" / "cdxtoolkit-test_cc-test_get_cc_endpoints.jsonl").read_text()
    crawls = read_collinfo(json.loads(line.splitlines()[0])["response_text"].encode())
    assert crawls is not None
    assert len(crawls) > 100
    assert all(isinstance(crawl, Crawl) for crawl in crawls)
    known = [crawl for crawl in crawls if isinstance(crawl, Crawl)]
    assert names(known, date(2025, 7, 1)) == ["CC-MAIN-2025-33", "CC-MAIN-2025-30"]
    assert names(known, date(2025, 8, 15)) == ["CC-MAIN-2025-33"]
    assert names(known, date(2025, 8, 16)) == []
    # Crawls of 2025 are newer, but more than a year away.
    assert names(known, date(2023, 1, 1)) == ["CC-MAIN-2023-50", "CC-MAIN-2023-40"]


def test_a_crawl_far_after_the_window_is_better_than_none() -> None:
    far, farther = (Crawl(f"CC-MAIN-{year}-05", date(year, 1, 30), date(year, 2, 12)) for year in (2029, 2030))
    near = Crawl("CC-MAIN-2027-40", date(2027, 10, 2), date(2027, 10, 15))
    assert names([far, near, farther], date(2026, 10, 1)) == ["CC-MAIN-2027-40"]
    assert names([far, farther], date(2026, 10, 1)) == ["CC-MAIN-2030-05", "CC-MAIN-2029-05"]


def names(crawls: list[Crawl], since: date) -> list[str]:
    """Return the two that are chosen for a window of a month or so."""
    return [crawl.name for crawl in choose_crawls(crawls, since, since + timedelta(days=31), 2)]


@pytest.mark.parametrize(
    ("name", "first_on", "last_on"),
    [
        ("CC-MAIN-2024-22", date(2024, 5, 27), date(2024, 6, 10)),
        ("CC-MAIN-2012", date(2012, 1, 1), date(2012, 12, 31)),
        ("CC-MAIN-2009-2010", date(2010, 1, 1), date(2010, 12, 31)),
    ],
)
def test_a_crawl_without_dates_is_dated_by_its_name(name: str, first_on: date, last_on: date) -> None:
    assert crawls_in({"id": name}) == [Crawl(name, first_on, last_on)]


@pytest.mark.parametrize("entry", [3, {}, {"id": "../x"}, {"id": "CC-MAIN-2024-99"}, {"id": "CC-NEWS"}])
def test_an_entry_that_makes_no_sense_is_a_row(entry: object) -> None:
    (found,) = crawls_in(entry)
    assert isinstance(found, Skipped)
    assert found.reason == "malformed_item"


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"null"])
def test_an_answer_that_is_no_list_is_told(body: bytes) -> None:
    assert read_collinfo(body) is None


def test_paths_are_read_packed_or_not(shared_data: Path) -> None:
    body = (shared_data / "commoncrawl" / "paths" / "CC-MAIN-2024-22.warc.paths.gz").read_bytes()
    packed, plain = read_paths(body), read_paths(gzip.decompress(body))
    assert packed == plain
    assert packed is not None
    assert len(packed) == 300
    assert read_paths(body[:-20]) is None


def test_a_path_that_leads_elsewhere_is_a_row() -> None:
    found = read_paths(b"crawl-data/a.warc.gz\n\n../../etc/passwd\n/etc/passwd\nhttp://evil/x\n")
    assert found is not None
    assert [item if isinstance(item, str) else item.reason for item in found] == [
        "crawl-data/a.warc.gz",
        "malformed_item",
        "malformed_item",
        "malformed_item",
    ]
    assert paths_url("https://d/", Crawl("CC-MAIN-2024-22", date(2024, 1, 1), date(2024, 1, 2))) == (
        "https://d/crawl-data/CC-MAIN-2024-22/warc.paths.gz"
    )


@pytest.mark.parametrize("name", ["CC-MAIN-0000", "CC-MAIN-9999-52", "CC-MAIN-2026-60", "\ud800", "x" * 200, ""])
def test_a_crawl_that_no_calendar_knows_is_a_row(name: str) -> None:
    (entry,) = read_collinfo(json.dumps([{"id": name}]).encode()) or []
    assert isinstance(entry, Skipped)
    assert entry.reason == "malformed_item"
    entry.item.encode()


def test_entries_of_other_shapes_stay_apart() -> None:
    entries = read_collinfo(b'[1, null, {}, {"id": 7}, {"id": ["a"]}, "x"]') or []
    assert len({entry.item for entry in entries if isinstance(entry, Skipped)}) == 6


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(bytes(70_000_000), 1),
        gzip.compress(b"\n" * 70_000_000, 1),
        gzip.compress(b"a\n" * 510_000, 1),
        gzip.compress(b"! no path\n" * 2_000),
        b"a" * 20_000,
        gzip.compress(b"crawl-data/x.warc.gz\n")[:-1],
    ],
    ids=[
        "a bomb without lines",
        "a bomb of lines",
        "a bomb of paths",
        "another kind of list",
        "one endless line",
        "cut short",
    ],
)
def test_what_is_no_list_of_paths_is_not_unpacked_to_its_end(body: bytes) -> None:
    assert read_paths(body) is None
