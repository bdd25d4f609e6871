"""The Common Crawl crawl over HTTP and from local files: lists, ranges, segments."""

import gzip
import json
import re
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from config import CrawlerSettings
from crawler.common_crawl import Segment
from crawler.reasons import REASONS
from storage import landing
from storage.errors import CrawlError
from tests.crawler.loopback import Asked, Crawls, Origin, Reply, assert_balanced, changed
from tests.crawler.test_warc_frames import record

# Each test starts processes.
pytestmark = pytest.mark.slow

PATHS = {"a": "crawl-data/CC-MAIN-2026-41/a.warc.gz", "b": "crawl-data/CC-MAIN-2026-41/b.warc.gz"}


def dated(n: int, body: bytes = b"") -> bytes:
    return record(n, body).replace(b"WARC-Type", b"WARC-Date: 2026-10-07T08:09:10Z\r\nWARC-Type")


def warc(*numbers: int) -> bytes:
    return b"".join(gzip.compress(dated(n, b"%d " % n + b"words " * 400)) for n in numbers)


def serve(origin: Origin, files: dict[str, bytes], part: Callable[[Asked, bytes], Reply] | None = None) -> None:
    """Answer collinfo, the list of files, and ranges of the files."""
    collinfo = [{"id": "CC-MAIN-2026-41", "from": "2026-10-05T00:00:00", "to": "2026-10-18T00:00:00"}]

    def answer(asked: Asked) -> Reply:
        if asked.path == "/collinfo.json":
            return Reply(json.dumps(collinfo).encode())
        if asked.path == "/crawl-data/CC-MAIN-2026-41/warc.paths.gz":
            return Reply(gzip.compress("\n".join(files).encode()))
        body = files.get(asked.path.removeprefix("/"))
        return Reply(status=404) if body is None else (part or serve_range)(asked, body)

    origin.answer = answer


def serve_range(asked: Asked, body: bytes) -> Reply:
    first, last = (int(n) for n in re.fullmatch(r"bytes=(\d+)-(\d+)", asked.headers["range"]).groups())  # type: ignore[union-attr]
    if first >= len(body):
        return Reply(status=416, headers={"Content-Range": f"bytes */{len(body)}"})
    piece = body[first : last + 1]
    stated = {"Content-Range": f"bytes {first}-{first + len(piece) - 1}/{len(body)}", "Content-Encoding": "gzip"}
    # Some servers call every .gz a gzip transfer coding: the range must not be unpacked for that.
    return Reply(piece, 206, stated)


def test_segments_follow_one_another_until_every_page_has_landed(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    files = {PATHS["a"]: warc(*range(600)), PATHS["b"]: warc(*range(600, 620))}
    serve(origin, files)
    run = crawls.run("common_crawl", settings)
    documents = crawls.documents("common_crawl")
    assert sorted(document.url for document in documents) == sorted(f"http://x.org/{n}" for n in range(620))
    assert run.is_complete
    units = [Segment.parse(unit.unit) for unit in landing.settled_units(crawls.folder("common_crawl"))[1:]]
    assert len(units) > 2
    for file, body in files.items():
        spans = [(unit.start, unit.end) for unit in units if unit.file == file]
        assert spans[0][0] == 0
        assert spans[-1][1] == len(body)
        assert all(earlier[1] == later[0] for earlier, later in pairwise(spans))
    assert_balanced(crawls.folder("common_crawl"))


def test_a_server_that_knows_no_ranges_gives_the_same_pages(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    serve(origin, {PATHS["a"]: warc(*range(600))}, lambda asked, body: Reply(body))
    crawls.run("common_crawl", settings)
    assert len(crawls.documents("common_crawl")) == 600
    assert sum(asked.path.endswith("a.warc.gz") for asked in origin.requests) == 1


def test_a_server_that_does_not_state_the_size_gives_the_same_pages(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    def part(asked: Asked, body: bytes) -> Reply:
        reply = serve_range(asked, body)
        reply.headers = {"Content-Range": reply.headers["Content-Range"].rpartition("/")[0] + "/*"}
        return reply

    serve(origin, {PATHS["a"]: warc(*range(600))}, part)
    crawls.run("common_crawl", settings)
    assert len(crawls.documents("common_crawl")) == 600
    assert_balanced(crawls.folder("common_crawl"))


def test_a_record_larger_than_a_segment_is_asked_for_to_its_end_or_given_up(
    origin: Origin, settings: CrawlerSettings, tmp_path: Path
) -> None:
    large = dated(1, b"".join(b"%d " % (n * n) for n in range(60_000)))
    serve(origin, {"crawl-data/x.warc": dated(0) + large + dated(2)})
    patient, hasty = Crawls(tmp_path / "patient"), Crawls(tmp_path / "hasty")
    patient.run("common_crawl", settings)
    assert [document.url[-1] for document in patient.documents("common_crawl")] == ["0", "1", "2"]
    hasty.run("common_crawl", changed(settings, "common_crawl", max_record_bytes=100_000))
    assert [document.url[-1] for document in hasty.documents("common_crawl")] == ["0", "2"]
    assert set(hasty.reasons("common_crawl").values()) == {"unreadable_member"}
    assert_balanced(hasty.folder("common_crawl"))


def test_the_same_capture_lands_once(origin: Origin, settings: CrawlerSettings, crawls: Crawls) -> None:
    serve(origin, {PATHS["a"]: warc(1, 2, 1)})
    crawls.run("common_crawl", settings)
    assert len(crawls.documents("common_crawl")) == 2
    assert crawls.reasons("common_crawl") == {"http://x.org/1": "already_landed"}


def test_a_hole_ends_the_crawl_and_the_next_run_goes_on_there(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    body = warc(*range(800))
    broken = True

    def part(asked: Asked, body: bytes) -> Reply:
        if broken and not asked.headers["range"].startswith("bytes=0-"):
            return Reply(b"", 206, {"Content-Range": f"bytes 0-0/{len(body)}"})
        return serve_range(asked, body)

    serve(origin, {PATHS["a"]: body}, part)
    with pytest.raises(
        CrawlError, match=r"a\.warc\.gz from byte \d+: .* answered bytes from 0 instead of \d+, 3 times"
    ):
        crawls.run("common_crawl", changed(settings, "common_crawl", segment_bytes=65_536))
    landed = len(crawls.documents("common_crawl"))
    assert 0 < landed < 800
    broken = False
    origin.requests.clear()
    crawls.run("common_crawl", settings)
    assert len(crawls.documents("common_crawl")) == 800
    assert not [asked for asked in origin.requests if asked.headers.get("range", "").startswith("bytes=0-")]


def test_no_crawl_after_the_window_is_no_empty_crawl(origin: Origin, settings: CrawlerSettings, crawls: Crawls) -> None:
    serve(origin, {})
    with pytest.raises(CrawlError, match="lists no crawl that ends after 2026-11-01"):
        crawls.run("common_crawl", settings, date(2026, 11, 1), date(2026, 12, 1))


def test_a_local_file_that_is_not_there_is_named(settings: CrawlerSettings, crawls: Crawls) -> None:
    with pytest.raises(CrawlError, match=r"warc_files names /nowhere/x\.warc\.gz, which is no file"):
        crawls.run("common_crawl", changed(settings, "common_crawl", warc_files=["/nowhere/x.warc.gz"]))


def test_every_real_file_is_accounted_for_in_segments_of_any_size(
    settings: CrawlerSettings, tmp_path: Path, shared_data: Path
) -> None:
    folders = [shared_data / "commoncrawl" / name for name in ("warc", "malformed", "wet", "wat")]
    files = [str(path) for folder in folders for path in sorted(folder.iterdir())]
    small, large = Crawls(tmp_path / "small"), Crawls(tmp_path / "large")
    local = changed(settings, "common_crawl", warc_files=files, budget_bytes=10**9)
    since, until = date(2000, 1, 1), date(2026, 11, 1)
    small.run("common_crawl", local, since, until)
    large.run("common_crawl", changed(local, "common_crawl", segment_bytes=10**7), since, until)
    for crawls in (small, large):
        assert_balanced(crawls.folder("common_crawl", since, until))
        units = landing.settled_units(crawls.folder("common_crawl", since, until))[1:]
        assert {Segment.parse(unit.unit).file for unit in units} == set(files)
    ids = [{d.document_id for d in crawls.documents("common_crawl", since, until)} for crawls in (small, large)]
    assert ids[0] == ids[1]
    assert len(ids[0]) > 140
    reasons = large.reasons("common_crawl", since, until)
    assert {reasons[file] for file in files if re.search(r"\.(arc|arc\.gz|lz4)$|inflate-error", file)} == {
        "unsupported_format"
    }
    assert set(reasons.values()) <= set(REASONS)
