"""Landing files: what the crawlers fetched, per source and window, as it came.

    <root>/<source>/<since>_<until>/plan.json              the seeded list of units, written once and whole
    <root>/<source>/<since>_<until>/000042.parquet         RawDocuments of unit 42; absent where nothing landed
    <root>/<source>/<since>_<until>/ledger/000042.parquet  CrawlLedger rows of unit 42; absent where there are none
    <root>/<source>/<since>_<until>/units/000042.json      CrawlUnit, written last: with it the unit is settled
    <root>/<source>/<since>_<until>/run.json               CrawlRun, as it stands after the last settled unit

A file appears under its name only when it is complete and on disk. What no unit file vouches for was left by
a killed crawl: readers do not see it, and the next crawl removes it.
"""

import json
import os
import typing
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from storage.parquet import read_column, read_records, write_records
from storage.records import CrawlLedger, CrawlRun, CrawlUnit, RawDocument

PLAN_FILE = "plan.json"
RUN_FILE = "run.json"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plan:
    """What one crawl will fetch, in order. Each entry has its name under `unit`, and what its source needs to know."""

    crawl_run_id: str
    source: str
    window_start: date
    window_end: date
    seed: int
    settings_hash: str
    entries: list[dict[str, Any]]


# --- where things lie -------------------------------------------------------------------------------------


def landing_folder(root: Path, source: str, since: date, until: date) -> Path:
    """Return where one source's crawl of one window lies."""
    return root / source / f"{since.isoformat()}_{until.isoformat()}"


def landing_folders(root: Path, source: str | None = None) -> list[Path]:
    """Return the folders of all crawls that have begun to land, of one source or of all, oldest window first."""
    return sorted(path.parent for path in root.glob(f"{source or '*'}/*/{PLAN_FILE}"))


def document_files(folder: Path) -> list[Path]:
    """Return the files of RawDocuments of the settled units, in plan order."""
    paths = (_document_path(folder, unit.ordinal) for unit in settled_units(folder))
    return [path for path in paths if path.exists()]


def ledger_files(folder: Path) -> list[Path]:
    """Return the files of CrawlLedger rows of the settled units, in plan order."""
    paths = (_ledger_path(folder, unit.ordinal) for unit in settled_units(folder))
    return [path for path in paths if path.exists()]


# --- reading ----------------------------------------------------------------------------------------------


def read_plan(folder: Path) -> Plan | None:
    """Return the plan, or None where the listing has not been finished."""
    return _read_json(folder / PLAN_FILE, Plan)


def read_run(folder: Path) -> CrawlRun | None:
    """Return how far the crawl has come, or None where it never began. `is_complete` says whether it is whole."""
    return _read_json(folder / RUN_FILE, CrawlRun)


def settled_units(folder: Path) -> list[CrawlUnit]:
    """Return the units that are settled, in plan order."""
    units = [_read_json(path, CrawlUnit) for path in (folder / "units").glob("*.json")]
    return sorted((unit for unit in units if unit), key=lambda unit: unit.ordinal)


def read_ledger(folder: Path) -> Iterator[CrawlLedger]:
    """Yield every item that was met and did not land, in plan order."""
    for path in ledger_files(folder):
        yield from read_records(path, CrawlLedger)


def landed_document_ids(folder: Path) -> set[str]:
    """Return the ids of all documents that have landed."""
    return {document_id for path in document_files(folder) for document_id in read_column(path, "document_id")}


# --- writing ----------------------------------------------------------------------------------------------


def write_plan(folder: Path, plan: Plan) -> None:
    """Write the plan. With it the listing is settled and never repeated."""
    _write_json(folder / PLAN_FILE, plan)


def write_run(folder: Path, run: CrawlRun) -> None:
    """Write how far the crawl has come."""
    _write_json(folder / RUN_FILE, run)


def write_unit(folder: Path, unit: CrawlUnit, documents: Sequence[RawDocument], ledger: Sequence[CrawlLedger]) -> None:
    """Write one unit, its unit file last."""
    if documents:
        write_records(_document_path(folder, unit.ordinal), documents, RawDocument)
    if ledger:
        write_records(_ledger_path(folder, unit.ordinal), ledger, CrawlLedger)
    _write_json(_unit_path(folder, unit.ordinal), unit)


def remove_unit(folder: Path, ordinal: int) -> None:
    """Take back one settled unit, its unit file first."""
    for path in (_unit_path(folder, ordinal), _document_path(folder, ordinal), _ledger_path(folder, ordinal)):
        path.unlink(missing_ok=True)


def remove_unsettled(folder: Path) -> None:
    """Remove what a killed crawl left: half files, files of units that were not settled, units without a plan."""
    for path in folder.rglob(".*.partial"):
        path.unlink()
    if not (folder / PLAN_FILE).exists():
        for unit in settled_units(folder):
            remove_unit(folder, unit.ordinal)
    settled = {unit.ordinal for unit in settled_units(folder)}
    for path in [*folder.glob("*.parquet"), *folder.glob("ledger/*.parquet")]:
        if int(path.stem) not in settled:
            path.unlink()


# --- below the surface ------------------------------------------------------------------------------------


def _document_path(folder: Path, ordinal: int) -> Path:
    return folder / f"{ordinal:06d}.parquet"


def _ledger_path(folder: Path, ordinal: int) -> Path:
    return folder / "ledger" / f"{ordinal:06d}.parquet"


def _unit_path(folder: Path, ordinal: int) -> Path:
    return folder / "units" / f"{ordinal:06d}.json"


def _read_json(path: Path, record_type: type[T]) -> T | None:
    if not path.exists():
        return None
    values = json.loads(path.read_text(encoding="utf-8"))
    hints = typing.get_type_hints(record_type)
    return record_type(**{name: _revive(value, hints[name]) for name, value in values.items()})


def _revive(value: Any, hint: Any) -> Any:
    return hint.fromisoformat(value) if hint in (date, datetime) else value


def _write_json(path: Path, record: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with partial.open("w", encoding="utf-8") as file:
        json.dump(asdict(record), file, indent=1, default=lambda value: value.isoformat())
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
