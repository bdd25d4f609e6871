"""Policy: how fast the crawlers go by default, and what they say of themselves."""

from datetime import date
from pathlib import Path

import pytest
from scrapy.settings import Settings
from scrapy.utils.conf import build_component_list

from config import load_settings
from crawler.hops import AllowedHops, SoundRedirects
from crawler.pace import OnePace
from crawler.politeness import BodiesAsStored, scrapy_settings, user_agent
from crawler.spec import CrawlSpec
from crawler.stated_limits import pauses
from tests.crawler.loopback import changed

SCRAPYS = "scrapy.downloadermiddlewares"
SETTINGS = load_settings().crawler


def spec(source: str, tmp_path: Path) -> CrawlSpec:
    return CrawlSpec(source, date(2026, 10, 1), date(2026, 11, 1), tmp_path, 1, SETTINGS)


@pytest.mark.parametrize("source", ["github", "arxiv", "common_crawl"])
def test_pauses_are_never_shortened_by_chance_and_connections_are_single(source: str, tmp_path: Path) -> None:
    settings = scrapy_settings(spec(source, tmp_path))
    for name, seconds in pauses(spec(source, tmp_path).source_settings).items():
        assert settings["DOWNLOAD_SLOTS"][name] == {"concurrency": 1, "delay": seconds, "jitter": 0.0}
    assert settings["DOWNLOAD_DELAY"] == max(pauses(spec(source, tmp_path).source_settings).values())
    assert settings["DOWNLOAD_DELAY_JITTER"] == 0.0
    assert settings["CONCURRENT_REQUESTS"] == 1
    assert settings["DOWNLOAD_VERIFY_CERTIFICATES"] is True
    for switch in (
        "COOKIES_ENABLED",
        "REFERER_ENABLED",
        "TELNETCONSOLE_ENABLED",
        "REMOTE_CONTROL_ENABLED",
        "HTTPCACHE_ENABLED",
    ):
        assert settings[switch] is False


@pytest.mark.parametrize("source", ["github", "arxiv", "common_crawl"])
def test_where_a_request_goes_is_asked_first_and_its_turn_is_awaited_last(source: str, tmp_path: Path) -> None:
    settings = Settings(scrapy_settings(spec(source, tmp_path)))
    order = build_component_list(settings.get_component_priority_dict_with_base("DOWNLOADER_MIDDLEWARES"))
    assert order.index(AllowedHops) < order.index(f"{SCRAPYS}.robotstxt.RobotsTxtMiddleware")
    assert order[-1] is OnePace
    # Ours stand in the places of these.
    assert {SoundRedirects, BodiesAsStored} <= set(order)
    assert not {
        f"{SCRAPYS}.redirect.RedirectMiddleware",
        f"{SCRAPYS}.httpcompression.HttpCompressionMiddleware",
    } & set(order)


@pytest.mark.parametrize("source", ["github", "arxiv", "common_crawl"])
def test_robots_are_obeyed_as_the_source_is_configured(source: str, tmp_path: Path) -> None:
    of_default = spec(source, tmp_path)
    obedient = CrawlSpec(
        source, of_default.since, of_default.until, tmp_path, 1, changed(SETTINGS, source, obey_robots=True)
    )
    assert scrapy_settings(of_default)["ROBOTSTXT_OBEY"] is False
    assert scrapy_settings(obedient)["ROBOTSTXT_OBEY"] is True


def test_the_user_agent_says_who_and_where() -> None:
    assert user_agent("me@example.org").startswith("freshpress/")
    assert user_agent("me@example.org").endswith(" (+me@example.org)")


def test_a_specification_survives_json_and_holds_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_canary")
    text = spec("github", tmp_path).to_json()
    assert CrawlSpec.from_json(text) == spec("github", tmp_path)
    assert "ghp_canary" not in text


def test_only_what_decides_what_lands_ties_a_crawl_to_its_settings(tmp_path: Path) -> None:
    first = spec("github", tmp_path)

    def hash_with(**changes: object) -> str:
        settings = changed(SETTINGS, "github", **changes)
        return CrawlSpec("github", first.since, first.until, tmp_path, 1, settings).settings_hash

    assert hash_with(api_url="http://127.0.0.1:1", budget_bytes=5, search_delay_seconds=0.0) == first.settings_hash
    assert hash_with(min_stars=50) != first.settings_hash
    assert hash_with(languages=["Rust"]) != first.settings_hash
