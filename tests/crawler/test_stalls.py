"""A download that stands still is given up after timeout_seconds; one that goes on has its whole time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.landed import run_crawl, settings_for
from bench.material import make_papers
from demo.faults import Fault
from demo.origin import Origin, serve
from storage.errors import CrawlError


@pytest.fixture
def origin() -> Iterator[Origin]:
    with serve(make_papers(1)) as running:
        yield running


def test_a_silent_server_is_not_waited_for_as_long_as_a_large_file_may_take(origin: Origin, tmp_path: Path) -> None:
    # A page of the list may have 100 MB and so much more than a minute; the test's own time limit would be passed.
    settings = settings_for(origin, "arxiv", timeout_seconds=0.3, retry_count=0)
    origin.misbehave(Fault("/oai", delay_seconds=300.0))
    with pytest.raises(CrawlError, match=r"/oai gave no answer in time, 1 times"):
        run_crawl(tmp_path, "arxiv", settings)


def test_a_slow_download_may_take_longer_than_the_longest_silence(origin: Origin, tmp_path: Path) -> None:
    # 3,000 bytes at a pause of more than 1 ms take six times as long as the silence that is allowed.
    settings = settings_for(origin, "arxiv", timeout_seconds=0.5, retry_count=0)
    origin.misbehave(Fault("/oai", drip_seconds=0.001))
    assert run_crawl(tmp_path, "arxiv", settings).landed_count == 1
