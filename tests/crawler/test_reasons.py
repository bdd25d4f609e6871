"""Ledger rows: whatever their maker has met, they can be printed and written."""

from pathlib import Path

import pytest

from crawler.reasons import MAX_PRINTED_CHARS, Skipped, printable, spelled
from storage.parquet import read_records, write_records
from storage.records import CrawlLedger

STRANGE = ("\ud800", "a\0b", "bell\x07", "latin-\udce9", "\u202ereversed", "line\nbreak", "x" * 5_000)


@pytest.mark.parametrize("text", STRANGE)
def test_a_row_can_be_written_and_read_back_whatever_it_is_of(text: str, tmp_path: Path) -> None:
    skipped = Skipped(text, "malformed_item", text, text)
    values = (skipped.item, "unreadable", skipped.reason, skipped.measured_value, skipped.limit_value)
    row = CrawlLedger("run", "github", "unit", *values)
    write_records(tmp_path / "ledger.parquet", [row], CrawlLedger)
    assert list(read_records(tmp_path / "ledger.parquet", CrawlLedger)) == [row]
    assert row.item.isprintable()
    assert len(row.item) <= MAX_PRINTED_CHARS


def test_what_cannot_be_printed_is_spelled_out_and_all_else_stays() -> None:
    assert printable("latin-\udce9 \ud800 a\0b é 😀") == "latin-\\xe9 \\ud800 a\\x00b é 😀"


def test_long_items_that_begin_alike_are_spelled_differently() -> None:
    assert spelled(["x" * 300, 1]) != spelled(["x" * 300, 2])
    assert spelled({"id": None}) == "{'id': None}"
