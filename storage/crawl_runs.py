"""Crawl runs with their units and ledger: what a source was asked for and what became of each item."""

from storage import rows
from storage.lake import Connection
from storage.landing import Landing
from storage.records import CrawlLedger, CrawlRun, CrawlUnit


def store_crawl(connection: Connection, run: CrawlRun, landing: Landing) -> None:
    """Write the rows of one landing folder; those of an earlier attempt at the same crawl give way."""
    for table in ("crawl_units", "crawl_ledger"):
        connection.execute(f"DELETE FROM {table} WHERE crawl_run_id = ?", [run.crawl_run_id])  # noqa: S608 - our names
    rows.insert(connection, landing.units(), CrawlUnit)
    rows.insert_files(connection, landing.ledger_files(), CrawlLedger)
    rows.replace(connection, [run], CrawlRun)
