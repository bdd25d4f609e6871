"""What a crawl keeps, takes back and gives up, told without a process."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from config import CrawlerSettings
from crawler.github import GithubSpider
from crawler.logbook import MAX_DENIALS_IN_A_ROW, Logbook
from crawler.spec import CrawlSpec
from storage import landing
from storage.errors import ConfigError, CrawlError
from tests.crawler.loopback import SINCE, UNTIL, Asked, Reply, changed, repository_item, search_answer, tarball
from tests.crawler.scripted import run_of, run_spider, unit_names

DENIED, DOWN = Reply(b"{}", 400), Reply(b"", 503)


@pytest.fixture
def spec(settings: CrawlerSettings, tmp_path: Path) -> CrawlSpec:
    settings = changed(settings, retry_count=0)
    return CrawlSpec("github", SINCE, UNTIL, tmp_path, settings.seed, settings)


def with_budget(spec: CrawlSpec, budget_bytes: int) -> CrawlSpec:
    return replace(spec, settings=changed(spec.settings, "github", budget_bytes=budget_bytes))


def serve(count: int, failing: dict[str, Reply] | None = None) -> Callable[[Asked], Reply]:
    """Answer with so many repositories of 300 bytes each, but for those that fail."""
    files = {f"owner/n{n:02d}": {"a.py": b"x = %d\n" % n + b"# " * 147} for n in range(count)}

    def answer(asked: Asked) -> Reply:
        if asked.path == "/search/repositories":
            return search_answer([repository_item(name) for name in files])
        name = asked.path.removeprefix("/repos/").removesuffix("/tarball/main")
        return (failing or {}).get(name) or Reply(tarball(files[name]))

    return answer


def plan_of(spec: CrawlSpec) -> list[str]:
    plan = landing.read_plan(spec.folder)
    assert plan is not None
    return [entry["unit"] for entry in plan.entries]


def order_of(spec: CrawlSpec, tmp_path: Path, count: int) -> list[str]:
    """Return the plan order of so many repositories."""
    elsewhere = replace(spec, landing_dir=tmp_path / "order")
    run_spider(GithubSpider, elsewhere, serve(count))
    return plan_of(elsewhere)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("budget_bytes", [10**9, 1000, 1])
def test_a_complete_crawl_is_not_touched_whatever_the_budget_is_then(spec: CrawlSpec, budget_bytes: int) -> None:
    run_spider(GithubSpider, with_budget(spec, 1000), serve(9))
    before = contents(spec.folder)
    assert run_spider(GithubSpider, with_budget(spec, budget_bytes), serve(9)) == []
    assert contents(spec.folder) == before


def test_a_run_that_calls_itself_complete_and_lacks_a_unit_is_taken_up_again(spec: CrawlSpec) -> None:
    run_spider(GithubSpider, spec, serve(3))
    (spec.folder / "units" / "000002.json").unlink()
    assert not Logbook(spec, lambda progress: None).is_complete
    assert len(run_spider(GithubSpider, spec, serve(3))) == 1


def test_a_smaller_budget_takes_back_only_what_came_after_a_hole(spec: CrawlSpec, tmp_path: Path) -> None:
    order = order_of(spec, tmp_path, 9)
    with pytest.raises(CrawlError, match="1 of 9 units are missing"):
        run_spider(GithubSpider, spec, serve(9, {order[4]: DENIED}))
    assert len(unit_names(spec)) == 8
    run_spider(GithubSpider, with_budget(spec, 500), serve(9))
    assert unit_names(spec) == order[:4]
    assert run_of(spec).is_complete


def test_denials_and_old_holes_do_not_keep_a_crawl_from_what_is_new(spec: CrawlSpec, tmp_path: Path) -> None:
    order = order_of(spec, tmp_path, 12)
    denied = dict.fromkeys(order[1:5], DENIED)
    with pytest.raises(CrawlError, match="4 of 12 units are missing"):
        run_spider(GithubSpider, spec, serve(12, denied))
    assert len(unit_names(spec)) == 8
    # Units that fail apart from one another say nothing about the source either.
    apart = replace(spec, landing_dir=tmp_path / "apart")
    with pytest.raises(CrawlError, match="4 of 12 units are missing"):
        run_spider(GithubSpider, apart, serve(12, dict.fromkeys(order[1:9:2], DOWN)))
    for path in (apart.folder / "units").glob("0000*.json"):
        if int(path.stem) > 9:
            path.unlink()
    with pytest.raises(CrawlError, match="4 of 12 units are missing"):
        run_spider(GithubSpider, apart, serve(12, dict.fromkeys(order[1:9:2], DOWN)))
    assert len(unit_names(apart)) == 8


def test_the_same_lands_whatever_was_denied_on_the_way(spec: CrawlSpec, tmp_path: Path) -> None:
    thrifty = with_budget(spec, 1500)
    straight = replace(thrifty, landing_dir=tmp_path / "straight")
    run_spider(GithubSpider, straight, serve(12))
    with pytest.raises(CrawlError, match="4 of 9 units are missing"):
        run_spider(GithubSpider, thrifty, serve(12, dict.fromkeys(plan_of(straight)[:4], DENIED)))
    run_spider(GithubSpider, thrifty, serve(12))
    assert unit_names(thrifty) == unit_names(straight)
    assert len(unit_names(thrifty)) == 5


def test_a_source_that_is_down_or_denies_everything_is_left_alone(spec: CrawlSpec, tmp_path: Path) -> None:
    names = [f"owner/n{n:02d}" for n in range(40)]
    with pytest.raises(CrawlError, match=r"3 units failed in a row, at last .* answered 503"):
        run_spider(GithubSpider, spec, serve(40, dict.fromkeys(names, DOWN)))
    denying = replace(spec, landing_dir=tmp_path / "denying")
    with pytest.raises(CrawlError, match=f"{MAX_DENIALS_IN_A_ROW} units failed in a row, at last .* answered 400"):
        run_spider(GithubSpider, denying, serve(40, dict.fromkeys(names, DENIED)))


def test_other_settings_are_a_mistake_of_the_configuration_and_no_hole(spec: CrawlSpec) -> None:
    run_spider(GithubSpider, spec, serve(1))
    other = replace(spec, settings=changed(spec.settings, "github", file_endings=[".rs"]))
    with pytest.raises(ConfigError, match="begun with other settings"):
        run_spider(GithubSpider, other, serve(1))


def test_a_limit_without_an_end_is_waited_for_thirty_times_as_long(spec: CrawlSpec) -> None:
    patient = replace(spec, settings=changed(spec.settings, retry_count=1, retry_wait_seconds=0.01))
    limits = iter([Reply(b"", 429)])
    serve_now = serve(1)
    run_spider(
        GithubSpider,
        patient,
        lambda asked: serve_now(asked) if asked.path == "/search/repositories" else next(limits, serve_now(asked)),
    )
    assert run_of(patient).wait_seconds == pytest.approx(0.3)
