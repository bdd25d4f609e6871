"""The crawlers' rate on two cores when the source is no brake: `python -m bench.crawl [--quick] [--format table|csv]`.

`warc_records`: records of one local WARC file per second, from the start of the crawler's process until the last unit
is on disk, language filter on, beside a loop of FastWARC over the same file that looks at no record. The file holds the
real records of ../shared/data/commoncrawl/warc, each copy under addresses of its own: of 1,120 records of 15 kB 429 are
answers and revisits, and 146 of them HTML pages, 51 kB each.
`warc_records_large_pages`: the same with the 68 annotated pages of ../shared/data/html_eval, 91 kB each, in triples of
request, answer and metadata as Common Crawl writes them. All are HTML; half of them are English and land.
`small_repositories`: repositories per minute from an origin on loopback, seven small files each, beside the 200 a
minute that are asked for.

The start of the crawler's process is part of its time; how much it was goes to stderr.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from fastwarc import ArchiveIterator

from bench.figures import Figure, best_seconds, more_is_better, run_bench
from bench.html_eval import DATA
from bench.material import make_repositories
from bench.warc_files import PackedRecord, captured_records, large_page_records, write_copies
from config import CrawlerSettings, load_settings
from crawler.process import crawl
from crawler.spec import CrawlProgress
from demo.origin import serve
from storage.errors import FreshpressError
from storage.records import CrawlRun

SINCE, UNTIL = date(2026, 10, 1), date(2026, 11, 1)
WARC_TARGET = 0.4
REPOSITORIES_PER_MINUTE = 200.0
_UNPACKED_BYTES, _QUICK_UNPACKED_BYTES = 4_000_000_000, 1_600_000_000
_REPOSITORY_COUNT, _QUICK_REPOSITORY_COUNT = 300, 100
_MOST_FILES = 7


class MissingDataError(FreshpressError):
    """The real inputs beside the checkout are not there."""


def measure(quick: bool, data: Path = DATA) -> Iterator[Figure]:
    """Measure one figure after another."""
    if not data.is_dir():
        raise MissingDataError(f"{data} is missing: the bench reads the real inputs that lie beside a checkout.")
    unpacked_bytes = _QUICK_UNPACKED_BYTES if quick else _UNPACKED_BYTES
    with tempfile.TemporaryDirectory(prefix="freshpress-bench-") as folder:
        root = Path(folder)
        yield warc_figure("warc_records", captured_records(data), unpacked_bytes, root)
        yield warc_figure("warc_records_large_pages", large_page_records(data), unpacked_bytes, root)
        yield repositories_figure(_QUICK_REPOSITORY_COUNT if quick else _REPOSITORY_COUNT, root)


def warc_figure(what: str, records: Sequence[PackedRecord], unpacked_bytes: int, root: Path) -> Figure:
    """Measure the landing of so many bytes of records beside a bare loop over them."""
    path = root / f"{what}.warc.gz"
    copy_count = -(-unpacked_bytes // sum(len(record.header) + len(record.content) for record in records))
    write_copies(path, records, copy_count)
    settings = _settings({"common_crawl": {"warc_files": [str(path)], "budget_bytes": 10**12}})
    crawls = Crawls(root / what, "common_crawl", settings)
    ours, bare = best_seconds(crawls.run, lambda: _bare_loop(path))
    crawls.tell(what)
    path.unlink()
    record_count = copy_count * len(records)
    return more_is_better(
        what, "records/s", record_count / ours, "bare FastWARC loop", record_count / bare, WARC_TARGET
    )


def repositories_figure(count: int, root: Path) -> Figure:
    """Measure the landing of so many small repositories."""
    with serve(make_repositories(count, _MOST_FILES)) as origin:
        overrides = {name.partition(".")[2]: values for name, values in origin.overrides().items() if "." in name}
        crawls = Crawls(root / "small_repositories", "github", _settings(overrides))
        (ours,) = best_seconds(crawls.run)
    crawls.tell("small_repositories")
    unit = "repositories/min"
    return more_is_better("small_repositories", unit, 60 * count / ours, "asked for", REPOSITORIES_PER_MINUTE, 1.0)


class Crawls:
    """Crawls of the same, each into a folder of its own, as a user's."""

    def __init__(self, root: Path, source: str, settings: CrawlerSettings) -> None:
        self._root, self._source, self._settings = root, source, settings
        self._start_seconds: list[float] = []
        self._seconds: list[float] = []
        self._landed: list[tuple[int, int]] = []

    def run(self) -> CrawlRun:
        """Crawl once."""
        began, first_at = time.perf_counter(), 0.0

        def note(_: CrawlProgress) -> None:
            nonlocal first_at
            first_at = first_at or time.perf_counter()

        root = self._root / str(len(self._seconds))
        run = crawl(root, self._source, SINCE, UNTIL, self._settings, note)
        self._seconds.append(time.perf_counter() - began)
        self._start_seconds.append(first_at - began)
        self._landed.append((run.landed_count, run.ledger_count))
        return run

    def tell(self, what: str) -> None:
        """Say on stderr what the start was of it, and what has landed."""
        fastest = min(range(len(self._seconds)), key=self._seconds.__getitem__)
        landed, ledger = self._landed[fastest]
        sys.stderr.write(
            f"{what}: {self._seconds[fastest]:.1f} s, {self._start_seconds[fastest]:.1f} s of it until the crawler had "
            f"started; {landed} documents landed, {ledger} ledger rows\n"
        )


def _settings(changes: dict[str, dict[str, object]]) -> CrawlerSettings:
    values = load_settings().crawler.model_dump()
    for source, keys in changes.items():
        values[source] |= keys
    return CrawlerSettings.model_validate(values | {"contact": "bench@example.org"})


def _bare_loop(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in ArchiveIterator(file))


if __name__ == "__main__":
    sys.exit(run_bench(measure, __doc__ or "", sys.argv[1:]))
