"""How often and how late a request is asked again, and when a source is left alone."""

import asyncio
import json
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadFailedError
from scrapy.http import Response

from config import CrawlerSettings, load_settings
from crawler.common_crawl import CommonCrawlSpider
from crawler.logbook import Logbook
from crawler.patience import Answer, MissedError, Patience
from crawler.spec import CrawlSpec
from storage.errors import CrawlError
from tests.crawler.loopback import SINCE, UNTIL, Asked, Reply, changed
from tests.crawler.scripted import run_spider
from tests.crawler.test_answers import recorded_answers

URL = "https://api.github.com/search/repositories?q=secret"
OK = Response(URL, 200, body=b"{}")


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let no test wait; return the seconds that it would have."""
    seconds_waited: list[float] = []

    async def sleep(seconds: float) -> None:
        seconds_waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return seconds_waited


class Asking:
    """A source that answers as scripted, asked with these settings."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.settings = changed(load_settings().crawler, **settings)
        self.logbook = Logbook(CrawlSpec("github", SINCE, UNTIL, folder, 1, self.settings), lambda progress: None)
        self.asked = 0

    def fetch(self, *answers: Response | Exception, denial_passes: bool = False) -> Answer:
        async def download(request: Request) -> Response:
            self.asked += 1
            answer = answers[min(self.asked, len(answers)) - 1]
            if isinstance(answer, Exception):
                raise answer
            return answer

        patience = Patience(download, self.settings, self.logbook)
        return asyncio.run(patience.fetch(URL, slot="search", max_bytes=1000, denial_passes=denial_passes))


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_failure_is_asked_again_after_waits_that_double(status: int, tmp_path: Path, waited: list[float]) -> None:
    asking = Asking(tmp_path, retry_count=4, retry_wait_seconds=2.0)
    assert asking.fetch(*[Response(URL, status)] * 4, OK).body == b"{}"
    assert waited == [2.0, 4.0, 8.0, 16.0]


def test_waits_grow_no_longer_than_the_longest_and_do_not_end_the_crawl(tmp_path: Path, waited: list[float]) -> None:
    asking = Asking(tmp_path, retry_count=2000, retry_wait_seconds=2.0, longest_wait_seconds=10.0)
    with pytest.raises(MissedError, match="answered 503, 2001 times"):
        asking.fetch(Response(URL, 503))
    assert waited[:4] == [2.0, 4.0, 8.0, 10.0]
    assert set(waited[3:]) == {10.0}


def test_a_broken_connection_is_asked_again_and_then_missed(tmp_path: Path, waited: list[float]) -> None:
    asking = Asking(tmp_path, retry_count=2)
    with pytest.raises(MissedError, match=r"repositories broke the connection, 3 times$") as raised:
        asking.fetch(DownloadFailedError("no bytes"))
    assert not raised.value.is_denial
    assert "secret" not in str(raised.value)
    assert len(waited) == 2


def test_a_limit_that_names_no_end_is_waited_for_a_minute_and_then_longer(tmp_path: Path, waited: list[float]) -> None:
    limit = Response(URL, 403, body=b'{"message": "You have exceeded a secondary rate limit."}')
    Asking(tmp_path, retry_wait_seconds=2.0).fetch(limit, limit, limit, OK)
    assert waited == [60.0, 120.0, 240.0]


def test_a_limit_that_names_its_end_is_waited_for_until_then(tmp_path: Path, waited: list[float]) -> None:
    named = Response(URL, 429, headers={"Retry-After": "17"})
    asking = Asking(tmp_path, retry_wait_seconds=2.0)
    asking.fetch(named, named, OK)
    assert waited == [17.0, 17.0]


def test_a_source_that_asks_for_more_than_the_longest_wait_ends_the_crawl(tmp_path: Path, waited: list[float]) -> None:
    asking = Asking(tmp_path, longest_wait_seconds=100.0)
    with pytest.raises(CrawlError, match=r"asks to wait 101 s, longer than longest_wait_seconds = 100; run it again"):
        asking.fetch(Response(URL, 503, headers={"Retry-After": "101"}))
    assert (asking.asked, waited) == (1, [])


def test_a_denial_is_not_asked_again_but_where_it_says_too_fast(tmp_path: Path, waited: list[float]) -> None:
    asking = Asking(tmp_path)
    with pytest.raises(MissedError, match="answered 403") as raised:
        asking.fetch(Response(URL, 403))
    assert raised.value.is_denial
    assert (asking.asked, waited) == (1, [])
    assert Asking(tmp_path, retry_wait_seconds=2.0).fetch(Response(URL, 403), OK, denial_passes=True).status == 200
    assert waited == [2.0]


def test_recorded_limits_are_waited_out(tmp_path: Path, shared_data: Path, waited: list[float]) -> None:
    folder = shared_data / "github" / "replay"
    for name in ("AuthenticatedRateLimitExceeded", "RateLimitExceeded"):
        status, headers, body = recorded_answers(folder / f"SpecificExceptions.test{name}.jsonl")[-1]
        assert status == 403
        limited = Response(URL, status, headers=dict(headers), body=body)
        assert Asking(tmp_path).fetch(limited, OK).status == 200
    assert waited == [60.0, 60.0]


# --- Common Crawl: "503 means slow down, then empty replies", "403 for everything" -------------------------


@pytest.fixture
def spec(settings: CrawlerSettings, tmp_path: Path) -> CrawlSpec:
    return CrawlSpec("common_crawl", SINCE, UNTIL, tmp_path, 1, changed(settings, retry_count=4))


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(b"Slow Down", 503), "answered 503"),
        (Reply(b"<Error>AccessDenied</Error>", 403), "answered 403"),
        (Reply(b"", 206, {"Content-Range": "bytes 0-0/1000"}), "answered an empty range"),
    ],
)
def test_common_crawl_is_left_alone_when_a_file_stays_refused(
    reply: Reply, why: str, spec: CrawlSpec, waited: list[float]
) -> None:
    asked: list[Asked] = []

    def answer(one: Asked) -> Reply:
        asked.append(one)
        return common_crawl_listing(one) or reply

    with pytest.raises(CrawlError, match=rf"1 of 1 units are missing \(\S+ from byte 0: \S+ {why}, 5 times\)"):
        run_spider(CommonCrawlSpider, spec, answer)
    # Two requests for the listing, five for the first of three files, none for the others.
    assert len(asked) == 2 + 5
    assert waited == pytest.approx([0.02, 0.04, 0.08, 0.16])


@pytest.mark.parametrize("status", [403, 503])
def test_common_crawl_is_left_alone_when_its_listing_stays_refused(
    status: int, spec: CrawlSpec, waited: list[float]
) -> None:
    with pytest.raises(CrawlError, match=rf"collinfo\.json answered {status}, 5 times$"):
        run_spider(CommonCrawlSpider, spec, lambda asked: Reply(b"", status))
    assert len(waited) == 4


def common_crawl_listing(asked: Asked) -> Reply | None:
    if asked.path == "/collinfo.json":
        crawl = {"id": "CC-MAIN-2026-45", "from": "2026-10-20T00:00:00", "to": "2026-11-02T00:00:00"}
        return Reply(json.dumps([crawl]).encode())
    if asked.path.endswith("/warc.paths.gz"):
        return Reply(b"".join(b"crawl-data/CC-MAIN-2026-45/%d.warc.gz\n" % n for n in range(3)))
    return None
