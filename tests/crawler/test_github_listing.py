"""The search: windows are halved until they show everything, and what cannot be shown is a row."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import cycle
from pathlib import Path

import pytest

from config import CrawlerSettings
from crawler.github import GithubSpider
from crawler.spec import CrawlSpec
from storage import landing
from tests.crawler.loopback import SINCE, UNTIL, Asked, Reply, changed, repository_item, search_answer, tarball
from tests.crawler.scripted import run_of, run_spider, unit_names

Items = list[dict[str, object]]


@pytest.fixture
def spec(settings: CrawlerSettings, tmp_path: Path) -> CrawlSpec:
    return CrawlSpec("github", SINCE, UNTIL, tmp_path, settings.seed, settings)


def listing(search: Callable[[Asked, str, str], Reply]) -> Callable[[Asked], Reply]:
    """Answer the search by its window, and every tarball."""

    def answer(asked: Asked) -> Reply:
        if asked.path != "/search/repositories":
            return Reply(tarball({"a.py": asked.path.encode()}))
        first, last = re.search(r"created:(\S+)\.\.(\S+) ", asked.query["q"]).groups()  # type: ignore[union-attr]
        return search(asked, first, last)

    return answer


def searches(asked: list[Asked]) -> list[Asked]:
    return [one for one in asked if one.path == "/search/repositories"]


def rows(spec: CrawlSpec, reason: str) -> list[tuple[str, str | None, str | None]]:
    return [
        (row.item, row.measured_value, row.limit_value)
        for row in landing.read_ledger(spec.folder)
        if row.reason == reason
    ]


def born_on(*days: int) -> Items:
    return [repository_item(f"owner/n{day:02d}", created_at=f"2026-10-{day:02d}T00:00:00Z") for day in days]


def within(items: Items, first: str, last: str) -> Items:
    return [item for item in items if first <= str(item["created_at"]) <= last]


def test_windows_are_halved_until_the_search_shows_everything_once(spec: CrawlSpec) -> None:
    born = born_on(*range(1, 32))

    def search(asked: Asked, first: str, last: str) -> Reply:
        items = within(born, first, last)
        # 200 times as many as there are: more than 1,000 as long as more than five are in the window.
        total = len(items) * 200 if len(items) > 5 else len(items)
        page, size = int(asked.query["page"]), 2
        return search_answer(items[(page - 1) * size : page * size], total, incomplete=len(items) == 4)

    asked = searches(run_spider(GithubSpider, spec, listing(search)))
    assert run_of(spec).is_complete
    assert sorted(unit_names(spec)) == sorted(str(item["full_name"]) for item in born)
    assert rows(spec, "listed_short") == []
    # Only what was incomplete is asked for again.
    pages = Counter((one.query["q"], one.query["page"]) for one in asked)
    assert set(pages.values()) == {1, 3}
    assert "fork:false archived:false stars:>=5" in asked[0].query["q"]
    assert asked[0].query["q"].startswith("language:Python created:2026-10-01T00:00:00Z..2026-10-31T23:59:59Z")


def test_what_is_created_at_the_border_of_two_windows_is_in_one_of_them(spec: CrawlSpec) -> None:
    instants = ["2026-10-01T00:00:00Z", "2026-10-31T23:59:59Z", "2026-11-01T00:00:00Z", "2026-11-30T23:59:59Z"]
    born = [repository_item(f"owner/n{n}", created_at=instant) for n, instant in enumerate(instants)]
    after = replace(spec, since=UNTIL, until=date(2026, 12, 1))
    for window in (spec, after):
        run_spider(GithubSpider, window, listing(lambda asked, first, last: search_answer(within(born, first, last))))
        # What is not asked for is not met, either.
        assert rows(window, "created_outside_window") == []
    assert sorted(unit_names(spec)) == ["owner/n0", "owner/n1"]
    assert sorted(unit_names(after)) == ["owner/n2", "owner/n3"]


def test_a_second_in_which_too_many_were_created_shows_what_it_shows(spec: CrawlSpec) -> None:
    crowd = [repository_item(f"owner/n{n}", created_at="2026-10-05T12:00:00Z") for n in range(1500)]

    def search(asked: Asked, first: str, last: str) -> Reply:
        found, page = within(crowd, first, last), int(asked.query["page"])
        return search_answer(found[(page - 1) * 100 : page * 100], len(found)) if page <= 10 else Reply(status=422)

    spec = CrawlSpec("github", SINCE, UNTIL, spec.landing_dir, 1, changed(spec.settings, "github", budget_bytes=1))
    run_spider(GithubSpider, spec, listing(search))
    assert run_of(spec).is_complete
    plan = landing.read_plan(spec.folder)
    assert plan is not None
    assert len(plan.entries) == 1000
    instant = "2026-10-05T12:00:00Z"
    assert rows(spec, "listed_short") == [(f"Python {instant}..{instant}", "1000", "1500")]


def test_a_window_that_stays_incomplete_ends_as_a_row_with_what_it_shows(spec: CrawlSpec) -> None:
    born = born_on(5, 20)

    def search(asked: Asked, first: str, last: str) -> Reply:
        items = within(born, first, last)
        return search_answer(items, incomplete=first <= "2026-10-05T00:00:00Z" <= last)

    asked = searches(run_spider(GithubSpider, spec, listing(search)))
    assert sorted(unit_names(spec)) == ["owner/n05", "owner/n20"]
    ((item, measured, limit),) = rows(spec, "listed_short")
    assert (measured, limit) == ("1", "at least 1")
    assert item.startswith(("Python 2026-10-05T00:00:00Z..2026-10-05T00:", "Python 2026-10-04T23:"))
    assert len(asked) < 60


def test_a_later_page_that_is_incomplete_halves_the_window_too(spec: CrawlSpec) -> None:
    born = born_on(1, 2, 30, 31)

    def search(asked: Asked, first: str, last: str) -> Reply:
        items, page = within(born, first, last), int(asked.query["page"])
        return search_answer(items[(page - 1) * 2 : page * 2], len(items), incomplete=len(items) == 4 and page == 2)

    run_spider(GithubSpider, spec, listing(search))
    assert len(unit_names(spec)) == 4
    assert rows(spec, "listed_short") == []


def test_an_incomplete_answer_that_passes_costs_no_halving(spec: CrawlSpec) -> None:
    moods = iter([True, True, False])
    search = listing(lambda asked, first, last: search_answer(born_on(5), incomplete=next(moods)))
    asked = searches(run_spider(GithubSpider, spec, search))
    assert len({one.query["q"] for one in asked}) == 1
    assert rows(spec, "listed_short") == []


def test_what_is_counted_and_never_shown_is_a_row_of_the_hour_it_is_in(spec: CrawlSpec) -> None:
    born, phantom = born_on(3, 20), "2026-10-17T13:30:00Z"

    def search(asked: Asked, first: str, last: str) -> Reply:
        items = within(born, first, last) if asked.query["page"] == "1" else []
        return search_answer(items, len(within(born, first, last)) + (first <= phantom <= last))

    asked = searches(run_spider(GithubSpider, spec, listing(search)))
    assert len(unit_names(spec)) == 2
    ((item, measured, limit),) = rows(spec, "listed_short")
    assert item.startswith("Python 2026-10-17T1")
    assert (measured, limit) == ("0", "1")
    assert len(asked) < 100


@pytest.mark.parametrize(
    ("name", "total", "most_searches"), [("Search.testSearchRepos", 2723, 8), ("made up and incomplete", 70, 20)]
)
def test_a_server_that_ignores_the_window_is_not_searched_for_ever(
    spec: CrawlSpec, shared_data: Path, name: str, total: int, most_searches: int
) -> None:
    replies = recorded(shared_data / "github" / "replay" / f"{name}.jsonl") if "." in name else made_up(total)
    spec = CrawlSpec("github", date(2000, 1, 1), UNTIL, spec.landing_dir, 1, spec.settings)
    asked = searches(run_spider(GithubSpider, spec, listing(lambda asked, first, last: next(replies))))
    assert run_of(spec).is_complete
    assert unit_names(spec)
    ((_, measured, limit),) = rows(spec, "listed_short")
    assert int(measured or 0) > 0
    assert str(total) in str(limit)
    assert len(asked) <= most_searches


def recorded(path: Path) -> Iterator[Reply]:
    return cycle([Reply(json.loads(line)["response"]["body"].encode()) for line in path.read_text().splitlines()])


def made_up(total: int) -> Iterator[Reply]:
    return cycle([search_answer(born_on(5, 6), total, incomplete=True)])
