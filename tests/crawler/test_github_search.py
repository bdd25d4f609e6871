"""Windows, queries and items of the repository search."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import GithubSettings, load_settings
from crawler.github_search import Instants, Repository, identity, read_item, read_page, search_url, tarball_url
from crawler.reasons import Skipped
from tests.crawler.loopback import repository_item

SETTINGS = load_settings().crawler.github
OCTOBER = Instants.of_window(date(2026, 10, 1), date(2026, 11, 1))


def test_a_half_open_window_of_days_ends_with_its_last_second() -> None:
    assert str(OCTOBER) == "2026-10-01T00:00:00Z..2026-10-31T23:59:59Z"


@given(st.datetimes(datetime(2008, 1, 1), datetime(2030, 1, 1)), st.integers(1, 10**8))
def test_halves_share_nothing_and_leave_nothing_out(first: datetime, seconds: int) -> None:
    first = first.replace(microsecond=0)
    last = first + timedelta(seconds=seconds)
    halves = Instants(first, last).halves()
    assert halves is not None
    left, right = halves
    assert (left.first, right.last) == (first, last)
    assert right.first - left.last == timedelta(seconds=1)
    assert left.first <= left.last
    assert right.first <= right.last


def test_a_single_second_cannot_be_halved() -> None:
    assert Instants(OCTOBER.first, OCTOBER.first).halves() is None


def test_a_query_names_every_condition() -> None:
    query = parse_qs(urlsplit(search_url("https://api.github.com", "Jupyter Notebook", OCTOBER, SETTINGS, 3)).query)
    instants = "2026-10-01T00:00:00Z..2026-10-31T23:59:59Z"
    assert query["q"] == [f'language:"Jupyter Notebook" created:{instants} fork:false archived:false stars:>=5']
    assert query["page"] == ["3"]
    assert query["per_page"] == ["100"]


def test_a_branch_name_cannot_leave_its_place() -> None:
    repository = Repository("o/n", "https://github.com/o/n", "feature/a b?c#d", "2026-10-05T12:00:00", None, 1)
    assert tarball_url("https://api.github.com/", repository) == (
        "https://api.github.com/repos/o/n/tarball/feature/a%20b%3Fc%23d"
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fork": True}, "fork"),
        ({"archived": True}, "archived"),
        ({"created_at": "2026-09-30T23:59:59Z"}, "created_outside_window"),
        ({"created_at": "2026-11-01T00:00:00Z"}, "created_outside_window"),
        ({"created_at": "2026-11-01T01:00:00+02:00"}, None),
        ({"created_at": "soon"}, "malformed_item"),
        ({"license": None}, "licence_not_accepted"),
        ({"license": {"key": "gpl-3.0", "spdx_id": "GPL-3.0"}}, "licence_not_accepted"),
        ({"stargazers_count": 4}, "too_few_stars"),
        ({"stargazers_count": None}, None),
        ({"default_branch": None}, None),
        ({"created_at": "0001-01-01T00:00:00+14:00"}, "malformed_item"),
        ({"full_name": "no-owner"}, "malformed_item"),
        ({"full_name": "../.."}, "malformed_item"),
        ({}, None),
    ],
)
def test_the_servers_word_is_checked(changes: dict[str, object], reason: str | None) -> None:
    settings = GithubSettings.model_validate(SETTINGS.model_dump() | {"licences": ["mit", "apache-2.0"]})
    found = read_item(repository_item("owner/name", **changes), OCTOBER, settings)
    assert (found.reason if isinstance(found, Skipped) else None) == reason


def test_an_item_needs_a_name_and_a_time_and_the_rest_has_a_stand_in() -> None:
    bare = {"full_name": "owner/name", "created_at": "2026-10-05T12:00:00Z"}
    repository = Repository("owner/name", "https://github.com/owner/name", None, "2026-10-05T12:00:00", None, None)
    assert read_item(bare, OCTOBER, SETTINGS) == repository
    assert read_item(bare | {"html_url": "http://[broken", "license": "MIT"}, OCTOBER, SETTINGS) == repository
    assert tarball_url("https://api.github.com", repository) == "https://api.github.com/repos/owner/name/tarball"


@pytest.mark.parametrize("item", [None, 3, "text", [], {"full_name": {"a": 1}}])
def test_an_item_of_another_shape_is_malformed(item: object) -> None:
    found = read_item(item, OCTOBER, SETTINGS)
    assert isinstance(found, Skipped)
    assert found.reason == "malformed_item"


NO_PAGES = (
    *(b"", b"<html>", b"[]", b"null", b'{"items": 3, "total_count": 1}', b"[" * 100_000),
    *(b'{"items": {"a": 1}, "total_count": 1}', b'{"items": "ab", "total_count": 2}', b'{"total_count": 0}'),
    *(b'{"items": [], "total_count": %s}' % count for count in (b"1e400", b"-1", b"true", b'"7"', b"null")),
)


@pytest.mark.parametrize("body", NO_PAGES)
def test_an_answer_that_is_no_search_result_is_told(body: bytes) -> None:
    assert read_page(body) is None


def test_recorded_search_answers_are_read(shared_data: Path) -> None:
    lines = (shared_data / "github" / "replay" / "Search.testSearchRepos.jsonl").read_text().splitlines()
    all_time = Instants.of_window(date(2000, 1, 1), date(2026, 11, 1))
    for line in lines:
        page = read_page(json.loads(line)["response"]["body"].encode())
        assert page is not None
        assert page.total_count == 2723
        found = [read_item(item, all_time, SETTINGS) for item in page.items]
        assert all(isinstance(item, Repository) for item in found)
        assert all(item.created_at < "2014-03-04" for item in found if isinstance(item, Repository))


def test_recorded_incomplete_answers_say_so(shared_data: Path) -> None:
    path = shared_data / "github" / "replay" / "PaginatedList.testSearchWithIncompleteResults.jsonl"
    pages = [read_page(json.loads(line)["response"]["body"].encode()) for line in path.read_text().splitlines()]
    assert pages
    assert all(page is not None and page.is_incomplete for page in pages)


@pytest.mark.parametrize(
    "changes",
    [
        {"default_branch": "\ud800"},
        {"default_branch": "x" * 300},
        {"default_branch": "a\0b"},
        {"license": {"spdx_id": "\ud800"}},
        {"license": {"spdx_id": ["MIT"]}},
        {"html_url": "https://github.com/" + "x" * 1_000},
        {"stargazers_count": True},
    ],
)
def test_a_field_that_cannot_be_what_it_says_has_its_stand_in(changes: dict[str, object]) -> None:
    bare = {"full_name": "owner/name", "created_at": "2026-10-05T12:00:00Z"}
    assert read_item(bare | changes, OCTOBER, SETTINGS) == read_item(bare, OCTOBER, SETTINGS)


@pytest.mark.parametrize("name", ["./.", "../a", "a/..", "owner/" + "n" * 101, "ow\u0131er/name"])
def test_a_name_that_leads_elsewhere_is_malformed(name: str) -> None:
    found = read_item(repository_item(name), OCTOBER, SETTINGS)
    assert isinstance(found, Skipped)
    assert found.reason == "malformed_item"


def test_dots_inside_a_name_lead_nowhere() -> None:
    assert isinstance(read_item(repository_item("owner/what..why"), OCTOBER, SETTINGS), Repository)


def test_items_without_number_and_name_stay_apart() -> None:
    items: list[object] = [{}, {"id": None}, {"id": [1]}, {"full_name": {"a": 1}}, None, "text", [], {"a": "x" * 300}]
    items += [{"a": "x" * 300 + "y"}, {"id": 7}, {"full_name": "owner/name"}]
    assert len({identity(item) for item in items}) == len(items)
    rows = [read_item(item, OCTOBER, SETTINGS) for item in items]
    assert len({row.item for row in rows if isinstance(row, Skipped)}) == len(items)
    assert identity({"id": 7, "full_name": "old/name"}) == identity({"id": 7, "full_name": "new/name"})
