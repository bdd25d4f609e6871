"""A file that answered before and then does not is a hole, and never the end of the file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from config import CrawlerSettings
from crawler.common_crawl import CommonCrawlSpider
from crawler.spec import CrawlSpec
from storage.errors import CrawlError
from tests.crawler.loopback import SINCE, UNTIL, Asked, Origin, Reply, changed
from tests.crawler.scripted import run_of, run_spider
from tests.crawler.test_common_crawl import PATHS, dated, serve, serve_range, warc

# One record is longer than a segment, so that its rest is asked for.
LONG = dated(1, b"".join(b"%d " % (n * n) for n in range(30_000))) + dated(2)


@pytest.fixture
def spec(settings: CrawlerSettings, tmp_path: Path) -> CrawlSpec:
    settings = changed(settings, retry_count=0)
    return CrawlSpec("common_crawl", SINCE, UNTIL, tmp_path, settings.seed, settings)


def later(reply: Reply) -> Callable[[Asked, bytes], Reply]:
    """Answer the beginning of a file as it is, and everything after it so."""
    return lambda asked, body: serve_range(asked, body) if asked.headers["range"].startswith("bytes=0-") else reply


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=404), "was refused in the middle of a record: gone"),
        (Reply(status=416), r"ends at byte \d+, but had \d+ bytes before"),
        (Reply(status=416, headers={"Content-Range": f"bytes */{len(LONG)}"}), r"refused the range from byte \d+ of"),
        (Reply(b"", 206), "answered an empty range"),
        (Reply(b"short"), "but had"),
    ],
)
def test_a_record_whose_rest_is_not_answered_is_a_hole_that_the_next_run_fills(
    origin: Origin, spec: CrawlSpec, reply: Reply, reason: str
) -> None:
    files = {"crawl-data/x.warc": LONG}
    serve(origin, files, later(reply))
    with pytest.raises(CrawlError, match=rf"x\.warc from byte \d+: .*{reason}"):
        crawl(spec, origin)
    assert not run_of(spec).is_complete
    serve(origin, files)
    crawl(spec, origin)
    run = run_of(spec)
    assert (run.is_complete, run.landed_count) == (True, 2)


@pytest.mark.parametrize("reply", [Reply(status=416), Reply(b"short")])
def test_a_file_that_ends_before_the_size_it_had_is_a_hole(origin: Origin, spec: CrawlSpec, reply: Reply) -> None:
    files = {PATHS["a"]: warc(*range(1500))}
    serve(origin, files, later(reply))
    with pytest.raises(CrawlError, match="but had"):
        crawl(spec, origin)
    serve(origin, files)
    crawl(spec, origin)
    assert run_of(spec).landed_count == 1500


def crawl(spec: CrawlSpec, origin: Origin) -> None:
    run_spider(CommonCrawlSpider, spec, origin.answer)
