"""What must hold of everything a parser gives: it can be written, read back, and each part of the input is in it."""

import dataclasses
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from crawler import reasons
from crawler.reasons import Skipped
from storage import landing
from storage.parquet import encode_records, read_records, to_arrow
from storage.records import CrawlLedger, CrawlUnit, RawDocument, utc_now

RUN_ID = "0" * 32
# Names and values of a ledger row are read by people.
_MAX_LEDGER_CHARS = 4_000
# So many of the inputs are written to disk and read back; all of them are turned into Arrow and back.
_WRITTEN_SHARE = 0.02

Item = RawDocument | Skipped


class UnaccountedError(Exception):
    """Something of an input is neither landed nor in the ledger, or cannot be written there."""


def accounted(items: Sequence[Item], source: str, chance: Random) -> Iterator[str]:
    """Check that what has come out can be written and read back, and yield one outcome each."""
    documents = [item for item in items if isinstance(item, RawDocument)]
    ledger = [_ledger_row(item, source) for item in items if isinstance(item, Skipped)]
    _check_arrow(documents, RawDocument)
    _check_arrow(ledger, CrawlLedger)
    if chance.random() < _WRITTEN_SHARE:
        _check_landing(source, documents, ledger)
    yield from ("landed" for _ in documents)
    yield from (row.outcome for row in ledger)


def _ledger_row(skipped: Skipped, source: str) -> CrawlLedger:
    check(skipped.reason in reasons.REASONS, f"the reason {skipped.reason!r} is not declared in crawler/reasons.py")
    values = (skipped.measured_value, skipped.limit_value)
    check(all(len(text or "") <= _MAX_LEDGER_CHARS for text in (skipped.item, *values)), "a ledger row nobody can read")
    outcome = reasons.REASONS[skipped.reason][0]
    return CrawlLedger(RUN_ID, source, "unit", skipped.item, outcome, skipped.reason, *values)


def _check_arrow(records: Sequence[Any], record_type: type[Any]) -> None:
    try:
        rows = to_arrow(records, record_type).to_pylist()
    except (ValueError, TypeError, OverflowError) as error:
        raise UnaccountedError(f"a record cannot be written: {type(error).__name__}: {error}") from error
    check(rows == [dataclasses.asdict(record) for record in records], "a record changes when it is written")


def _check_landing(source: str, documents: Sequence[RawDocument], ledger: Sequence[CrawlLedger]) -> None:
    counts = (len(documents) + len(ledger), len(documents), len(ledger), sum(len(d.content) for d in documents))
    unit = CrawlUnit(RUN_ID, source, "unit", 1, *counts, utc_now())
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        landing.write_unit(folder, unit, encode_records(documents, RawDocument), ledger)
        landed = [document for path in landing.document_files(folder) for document in read_records(path, RawDocument)]
        check(landed == list(documents), "what has landed is not what was written")
        check(list(landing.read_ledger(folder)) == list(ledger), "the ledger is not what was written")
        check(landing.settled_units(folder) == [unit], "the unit is not what was written")


def check_plan(entries: list[dict[str, Any]], record_type: type[Any] | None, chance: Random) -> None:
    """Check that a plan can be written, and that it gives the same entries when it is read."""
    check(json.loads(json.dumps(entries)) == entries, "the plan changes when it is written")
    plan = landing.Plan(RUN_ID, "source", date(2026, 10, 1), date(2026, 11, 1), 1, "", entries)
    if chance.random() < _WRITTEN_SHARE:
        with tempfile.TemporaryDirectory() as scratch:
            landing.write_plan(Path(scratch), plan)
            check(landing.read_plan(Path(scratch)) == plan, "the plan is not what was written")
    for entry in entries:
        entry["unit"].encode()
        if record_type is not None:
            record_type(**entry)


def check_cover(body: bytes, places: Iterable[tuple[int, int]]) -> None:
    """Check that every byte lies in a record or is padding, and in one record only; records of one member share it."""
    end = 0
    for offset, length in sorted(set(places)):
        check(length > 0 and offset >= end, f"records overlap at byte {offset}")
        check(not body[end:offset].strip(b"\r\n\0"), f"bytes {end} to {offset} are in no record")
        end = offset + length
    check(end <= len(body) and not body[end:].strip(b"\r\n\0"), f"the bytes from {end} are in no record")


def check(holds: bool, otherwise: str) -> None:
    """Raise where a statement does not hold."""
    if not holds:
        raise UnaccountedError(otherwise)
