"""A home in which two sources of a month have landed, were curated and sealed, with one text to be forgotten.

The canaries stand in its title, its address and its text, and sort behind everything else.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from schedules import jobs
from schedules.periods import Period
from schedules.workspace import Workspace, create_workspace, open_workspace
from storage import lake, landing, rows
from storage.crawl_runs import store_crawl
from storage.parquet import encode_records
from storage.records import CrawlLedger, CrawlRun, CrawlUnit, LanguageModel, RawDocument, Snapshot, content_id
from tests.curation.test_shards import NEW, page
from tests.schedules.scored_home import CODEC
from tests.storage.builders import make

SOURCE, OTHER_SOURCE = "github", "common_crawl"
SOURCES = (SOURCE, OTHER_SOURCE)
OCTOBER = Period("2026-10", date(2026, 10, 1), date(2026, 11, 1))
NOVEMBER = Period("2026-11", date(2026, 11, 1), date(2026, 12, 1))
COMMIT = "0123456789abcdef0123456789abcdef01234567"
TITLE, ADDRESS, TEXT = "zz/zqTITLEzq.py", "zqADDRESSzq", "zqTEXTzq"
URL = f"https://github.com/{ADDRESS}/name/blob/{COMMIT}/{TITLE}"
CANARIES = [b"zqTITLEzq", b"zqADDRESSzq", b"zqTEXTzq"]
SETTINGS = "\n[execution]\nworkers = 1\n[scoring]\nrecheck_share = 0.0\n[curation.checks]\ntexts = 0\n"


def code(name: str) -> str:
    """Return a program that every rule lets pass, and that shares no line with that of another name."""
    lines = (f"    {name}_{n} = {name}_function(nets_{name}_{n}, {n * 7 + len(name)})\n" for n in range(30))
    return f"import {name}_module\n\n\ndef catch_{name}(nets_{name}):\n" + "".join(lines)


def file_of(name: str, content: str, url: str, period: Period = OCTOBER) -> RawDocument:
    """Return a source file as it lands."""
    written = datetime.combine(period.since, datetime.min.time()).replace(day=5)
    return make(
        RawDocument, document_id=content_id(SOURCE, url, COMMIT), source=SOURCE, url=url, revision=COMMIT,
        content=content.encode(), content_type="text/x-python", title=name, locator=f"git:{url}",
        cluster_key=url.split("/")[3], repository_created_at=written, commit_authored_at=written,
        fetched_at=written + timedelta(days=40),
    )  # fmt: skip


def page_of(name: str) -> RawDocument:
    """Return a page as it lands."""
    url = f"https://{name}.example.org/"
    return make(
        RawDocument, document_id=content_id(OTHER_SOURCE, url, "1"), source=OTHER_SOURCE, url=url, revision="1",
        content=page(NEW).encode(), content_type="text/html", cluster_key=f"{name}.org", locator=f"warc:{name}",
        fetched_at=datetime(2026, 11, 5),
    )  # fmt: skip


CANARY = file_of(TITLE, f"# {TEXT}\n" + code("canary"), URL)
NAMES = ("alder", "birch", "cedar", "dogwood", "elder")


def land(workspace: Workspace, source: str, period: Period, *units: list[RawDocument]) -> None:
    """Put documents into the landing folder as a crawl that was complete leaves them."""
    folder = landing.landing_folder(workspace.home.landing, source, period.since, period.until)
    run_id = content_id(source, period.name)
    entries = [{"unit": f"unit {n}"} for n in range(1, len(units) + 1)]
    landing.write_plan(folder, landing.Plan(run_id, source, period.since, period.until, 1, "hash", entries))
    for ordinal, documents in enumerate(units, start=1):
        unit = f"unit {ordinal}"
        packed = [replace(raw, unit=unit, position=n, crawl_run_id=run_id) for n, raw in enumerate(documents)]
        ledger = [CrawlLedger(run_id, source, unit, f"{URL} #2", "duplicate", "already_landed", COMMIT, None)]
        counts = (len(packed) + 1, len(packed), 1, 1000)
        settled = CrawlUnit(run_id, source, unit, ordinal, *counts, datetime(2026, 11, 5))
        landing.write_unit(folder, settled, encode_records(packed, RawDocument), ledger)
    landed = sum(len(documents) for documents in units)
    run = make(
        CrawlRun, crawl_run_id=run_id, source=source, window_start=period.since, window_end=period.until,
        unit_count=len(units), expected_count=landed + len(units), landed_count=landed, ledger_count=len(units),
    )  # fmt: skip
    landing.write_run(folder, run)
    (folder / "crawl.log").write_text(f"one line\nGET {URL} failed\nanother line\n")
    lake.write(workspace.home, "crawl", lambda connection: store_crawl(connection, run, folder))


def seal(workspace: Workspace, period: Period = OCTOBER, sources: tuple[str, ...] = SOURCES) -> Snapshot:
    """Curate what has landed and seal it, by the jobs themselves."""
    verdicts = jobs.curate(workspace, period, sources)
    return jobs.seal(workspace, period, sources, verdicts)


def make_home(folder: Path) -> Workspace:
    """Make the home, sealed, with a codec to score it by."""
    create_workspace(folder, "tests@example.org")
    with (folder / "freshpress.toml").open("a") as settings:
        settings.write(SETTINGS)
    workspace = open_workspace(folder)
    lake.write(workspace.home, "add a codec", lambda connection: rows.insert(connection, [CODEC], LanguageModel))
    files = [file_of(f"{name}.py", code(name), f"https://github.com/{name}/blob/{COMMIT}/a.py") for name in NAMES]
    land(workspace, SOURCE, OCTOBER, [files[0], CANARY, files[1]], files[2:])
    land(workspace, OTHER_SOURCE, OCTOBER, [page_of("harbour")])
    seal(workspace)
    return workspace
