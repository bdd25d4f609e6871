"""A loopback origin, settings that point at it, and crawls into a folder of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from config import CrawlerSettings, load_settings
from tests.crawler.loopback import Crawls, Origin


@pytest.fixture
def origin() -> Iterator[Origin]:
    server = Origin()
    yield server
    server.close()


@pytest.fixture
def settings(origin: Origin) -> CrawlerSettings:
    """Settings that point at the origin and wait for next to nothing."""
    values = load_settings().crawler.model_dump()
    values |= {"timeout_seconds": 10.0, "retry_count": 2, "retry_wait_seconds": 0.02, "longest_wait_seconds": 5.0}
    values["contact"] = "crawl-test@example.org"
    values["github"] |= {"api_url": origin.url, "search_delay_seconds": 0.0, "archive_delay_seconds": 0.0}
    values["arxiv"] |= {"oai_url": f"{origin.url}/oai", "source_url": f"{origin.url}/e-print", "delay_seconds": 0.0}
    values["common_crawl"] |= {
        "collinfo_url": f"{origin.url}/collinfo.json",
        "data_url": origin.url,
        "segment_bytes": 65_536,
        "languages": [],
        "delay_seconds": 0.0,
    }
    return CrawlerSettings.model_validate(values)


@pytest.fixture
def crawls(tmp_path: Path) -> Crawls:
    return Crawls(tmp_path / "landing")
