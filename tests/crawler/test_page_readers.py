"""Segments that are read ahead and in processes of their own land what they land without either."""

import asyncio
import gzip
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from config import CrawlerSettings, load_settings
from crawler import page_readers
from crawler.common_crawl import CommonCrawlSpider
from crawler.page_readers import PageReaders, Task
from crawler.reasons import Skipped
from crawler.segments import FetchedBytes, Segment, read_segment
from crawler.spec import CrawlSpec
from storage import landing
from storage.errors import CrawlError
from storage.records import RawDocument
from tests.crawler.loopback import SINCE, UNTIL, Asked, Origin, Reply, assert_balanced, changed
from tests.crawler.scripted import run_of, run_spider, unit_names
from tests.crawler.test_common_crawl import PATHS, dated, serve, serve_range, warc
from tests.crawler.test_warc_frames import record

LOCAL = load_settings().crawler.common_crawl.model_copy(update={"languages": [], "warc_files": ["x"]})


def spec_of(settings: CrawlerSettings, root: Path, **changes: object) -> CrawlSpec:
    settings = changed(changed(settings, "common_crawl", **changes), retry_count=2)
    return CrawlSpec("common_crawl", SINCE, UNTIL, root, settings.seed, settings)


def landed(spec: CrawlSpec) -> dict[int, tuple[str, int, int]]:
    units = landing.settled_units(spec.folder)
    return {unit.ordinal: (unit.unit, unit.landed_count, unit.content_bytes) for unit in units}


def nobody(asked: Asked) -> Reply:
    raise AssertionError(f"{asked.path} was asked for")


def fetched(data: bytes, *, is_end: bool = False) -> FetchedBytes:
    return FetchedBytes(data, "f", 100, None, is_end)


@pytest.mark.parametrize("size", [1, 3_000, 20_000])
def test_a_segment_is_named_after_where_it_ends_and_so_are_its_pages(size: int) -> None:
    data = b"".join(gzip.compress(dated(n, b"%d " % n + os.urandom(200))) for n in range(40))[:size]
    found = read_segment(fetched(data), "run", LOCAL)
    pages = [item for item in found.reading.items() if isinstance(item, RawDocument)]
    assert found.is_short is (size == 1)
    assert {page.unit for page in pages} == ({str(found.segment)} if pages else set())
    assert found.reading.document_ids == {page.document_id for page in pages}
    assert found.reading.content_bytes == sum(len(page.content) for page in pages)


def test_a_wrong_guess_of_the_end_is_put_right() -> None:
    # The end of the bytes is that of a record, which a look at the last beginning does not tell.
    data = b"".join(gzip.compress(dated(n)) for n in range(3))
    assert fetched(data).likely_segment().end < 100 + len(data)
    found = read_segment(fetched(data), "run", LOCAL)
    assert found.segment == Segment("f", 100, 100 + len(data), None)
    assert [item.unit for item in found.reading.items() if isinstance(item, RawDocument)] == [str(found.segment)] * 3


def test_the_same_page_twice_in_a_segment_is_one_and_a_row() -> None:
    data = gzip.compress(dated(1)) * 2
    items = list(read_segment(fetched(data, is_end=True), "run", LOCAL).reading.items())
    assert [type(item) for item in items] == [RawDocument, Skipped]
    assert items[1].reason == "already_landed"  # type: ignore[union-attr]


def test_a_process_reads_what_would_be_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = [Task(fetched(warc(*range(first, first + 20)), is_end=True), "run", LOCAL) for first in (0, 20, 40)]

    async def read() -> list[object]:
        with PageReaders() as readers:
            return [*await asyncio.gather(*(readers.read(task) for task in tasks)), await readers.read(tasks[0])]

    here = asyncio.run(read())
    monkeypatch.setattr(page_readers, "_WORTH_A_PROCESS_BYTES", 0)
    assert asyncio.run(read()) == here


def test_a_reader_that_breaks_down_ends_the_crawl_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_readers, "_WORTH_A_PROCESS_BYTES", 0)

    async def read() -> None:
        with PageReaders() as readers:
            readers._start()
            readers._idle += readers._all
            readers._all[0]._process.kill()
            await readers.read(Task(fetched(b""), "run", LOCAL))

    with pytest.raises(CrawlError, match=r"reads pages ended with status -9, .*run the crawl again"):
        asyncio.run(read())


def test_a_reader_ends_with_a_crawl_that_is_killed() -> None:
    program = (
        "import time; from crawler.page_readers import _Reader; "
        "print(_Reader()._process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as crawl:
        assert crawl.stdout is not None
        reader = int(crawl.stdout.readline())
        crawl.send_signal(signal.SIGKILL)
        crawl.wait()
    assert ended_within(reader, 30.0)


def ended_within(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("budget_bytes", [1, 300_000, 900_000, 10**9])
@pytest.mark.parametrize("in_processes", [False, True])
def test_what_lands_depends_on_plan_and_budget_alone(
    settings: CrawlerSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    budget_bytes: int,
    in_processes: bool,
) -> None:
    files = []
    for name, numbers in (("a", range(500)), ("b", range(500, 900)), ("c", range(450, 700))):
        files.append(tmp_path / f"{name}.warc.gz")
        files[-1].write_bytes(b"".join(gzip.compress(dated(n, os.urandom(300) + b"%d" % n)) for n in numbers))
    changes = {"warc_files": [str(file) for file in files], "budget_bytes": budget_bytes}
    ahead, alone = spec_of(settings, tmp_path / "ahead", **changes), spec_of(settings, tmp_path / "alone", **changes)
    with monkeypatch.context() as patch:
        patch.setattr(CommonCrawlSpider, "_look_ahead", lambda _: None)
        run_spider(CommonCrawlSpider, alone, nobody)
    if in_processes:
        monkeypatch.setattr(page_readers, "_WORTH_A_PROCESS_BYTES", 20_000)
    run_spider(CommonCrawlSpider, ahead, nobody)
    assert landed(ahead) == landed(alone)
    assert run_of(ahead).is_complete
    assert_balanced(ahead.folder)


def test_one_request_follows_another_and_none_is_asked_twice(
    origin: Origin, settings: CrawlerSettings, tmp_path: Path
) -> None:
    body = b"".join(gzip.compress(dated(n, os.urandom(400))) for n in range(1200))
    serve(origin, {PATHS["a"]: body})
    spec = spec_of(settings, tmp_path, budget_bytes=10**9)
    asked = run_spider(CommonCrawlSpider, spec, origin.answer)
    starts = [int(one.headers["range"][6:].partition("-")[0]) for one in asked if "range" in one.headers]
    assert len(starts) > 4
    assert all(earlier < later for earlier, later in pairwise(starts))
    spans = [Segment.parse(name) for name in unit_names(spec)]
    assert starts == [span.start for span in spans]


def test_damage_on_the_way_is_asked_for_again(origin: Origin, settings: CrawlerSettings, tmp_path: Path) -> None:
    body = warc(*range(600))
    serve(origin, {PATHS["a"]: body}, spoilt(times=1))
    spec = spec_of(settings, tmp_path)
    run_spider(CommonCrawlSpider, spec, origin.answer)
    assert run_of(spec).landed_count == run_of(spec).expected_count == 600


def test_damage_that_is_the_sources_own_is_a_row(origin: Origin, settings: CrawlerSettings, tmp_path: Path) -> None:
    members = [gzip.compress(record(n)) for n in range(3)]
    body = members[0] + members[1][:40] + b"\0\0\0" + members[1][43:] + members[2]
    serve(origin, {PATHS["a"]: body})
    spec = spec_of(settings, tmp_path)
    asked = run_spider(CommonCrawlSpider, spec, origin.answer)
    assert sum("range" in one.headers for one in asked) == 3
    assert [row.reason for row in landing.read_ledger(spec.folder)].count("unreadable_member") == 1


def test_damage_that_is_never_the_same_is_a_hole(origin: Origin, settings: CrawlerSettings, tmp_path: Path) -> None:
    serve(origin, {PATHS["a"]: warc(*range(600))}, spoilt(times=100))
    with pytest.raises(CrawlError, match=r"a\.warc\.gz from byte 0: it came damaged, 3 times"):
        run_spider(CommonCrawlSpider, spec_of(settings, tmp_path), origin.answer)


def spoilt(times: int) -> Callable[[Asked, bytes], Reply]:
    """Answer ranges, so many of them with bytes changed, each time others."""
    left = times

    def answer(asked: Asked, body: bytes) -> Reply:
        nonlocal left
        reply = serve_range(asked, body)
        if left > 0 and reply.body:
            at = 2_000 + 100 * left
            # More than the fields of a gzip header that nobody looks at.
            reply.body = (
                reply.body[:at] + bytes(byte ^ 255 for byte in reply.body[at : at + 12]) + reply.body[at + 12 :]
            )
            left -= 1
        return reply

    return answer
