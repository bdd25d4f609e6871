"""Crawl runs with their units and ledger: what a source was asked for and what became of each item."""

from pathlib import Path

from storage import rows
from storage.lake import Connection
from storage.landing import ledger_files, settled_units
from storage.records import CrawlLedger, CrawlRun, CrawlUnit


def store_crawl(connection: Connection, run: CrawlRun, folder: Path) -> None:
    """Write the rows of one landing folder; those of an earlier attempt at the same crawl give way."""
    connection.execute("DELETE FROM crawl_units WHERE crawl_run_id = $id", {"id": run.crawl_run_id})
    connection.execute("DELETE FROM crawl_ledger WHERE crawl_run_id = $id", {"id": run.crawl_run_id})
    rows.insert(connection, settled_units(folder), CrawlUnit)
    rows.insert_files(connection, ledger_files(folder), CrawlLedger)
    rows.replace(connection, [run], CrawlRun)
