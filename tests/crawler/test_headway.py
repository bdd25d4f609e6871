"""What a running crawl says of itself: its waits by cause, and when it will be done."""

from pathlib import Path

import pytest

from config import CrawlerSettings
from crawler import headway
from crawler.github import GithubSpider
from crawler.headway import Headway, wait_cause
from crawler.logbook import Logbook
from crawler.spec import CrawlProgress, CrawlSpec
from storage.records import CrawlUnit
from tests.crawler.loopback import SINCE, UNTIL, Reply, changed
from tests.crawler.scripted import run_spider
from tests.crawler.test_logbook import serve
from tests.storage.builders import make


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a clock that stands still until a test moves it on."""
    now = [100.0]
    monkeypatch.setattr(headway.time, "monotonic", lambda: now[0])
    return now


def test_the_time_left_is_by_this_runs_rate_to_the_budget_or_the_end_of_the_plan(clock: list[float]) -> None:
    made = Headway()
    clock[0] += 30
    made.begin_units()
    assert made.seconds_left(900, 9) is None
    clock[0] += 10
    made.count(make(CrawlUnit, content_bytes=300))
    assert made.seconds_left(900, 9) == 30.0
    assert made.seconds_left(9000, 9) == 90.0
    assert made.seconds_left(9000, None) == 300.0
    assert made.seconds_left(-5, 9) == 0.0


def test_without_a_landed_byte_the_plan_alone_says_when_it_ends(clock: list[float]) -> None:
    made = Headway()
    clock[0] += 10
    made.count(make(CrawlUnit, content_bytes=0))
    assert made.seconds_left(900, 4) == 40.0
    assert made.seconds_left(900, None) is None


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("answered 403 (rate limit)", "rate limit"),
        ("answered 429 (rate limit)", "rate limit"),
        ("has spent its rate limit", "rate limit"),
        ("answered 503", "503"),
        ("gave no answer in time", "gave no answer in time"),
    ],
)
def test_waits_are_summed_under_what_the_source_said(reason: str, cause: str) -> None:
    assert wait_cause(reason) == cause


def test_a_crawl_tells_what_it_waits_for_and_when_it_will_end(settings: CrawlerSettings, tmp_path: Path) -> None:
    spec = CrawlSpec("github", SINCE, UNTIL, tmp_path, settings.seed, changed(settings, retry_wait_seconds=0.01))
    serve_now, refused = serve(4), iter([Reply(b"", 429), Reply(b"", 503)])
    told: list[CrawlProgress] = []
    run_spider(
        GithubSpider,
        spec,
        lambda asked: serve_now(asked) if asked.path == "/search/repositories" else next(refused, serve_now(asked)),
        told.append,
    )
    assert told[-1].note == "complete"
    assert {cause: round(seconds, 2) for cause, seconds in told[-1].waits.items()} == {"rate limit": 0.3, "503": 0.02}
    assert told[-1].wait_seconds == pytest.approx(0.32)
    planned = next(index for index, progress in enumerate(told) if progress.note == "planned")
    assert all(progress.seconds_left is None for progress in told[: planned + 1])
    settled = [progress for progress in told[planned:] if progress.note.startswith("owner/")]
    assert len(settled) == 4
    assert all(progress.seconds_left is not None for progress in settled)
    assert settled[-1].seconds_left == 0.0


def test_a_file_of_many_segments_is_no_unit_that_is_left(settings: CrawlerSettings, tmp_path: Path) -> None:
    spec = CrawlSpec("common_crawl", SINCE, UNTIL, tmp_path, settings.seed, settings)
    told: list[CrawlProgress] = []
    logbook = Logbook(spec, told.append)
    logbook.write_plan([{"unit": "one.warc.gz"}], [])
    for n in range(3):
        logbook.settle(f"one.warc.gz#{n}-{n + 1}/9", n + 1, [])
    assert told[-1].seconds_left is None
