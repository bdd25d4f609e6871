"""Landing files: what the crawlers fetched, per source and window, as it came.

    <root>/<source>/<since>_<until>/plan.json              the seeded list of units, written once and whole
    <root>/<source>/<since>_<until>/000042.parquet         RawDocuments of unit 42; absent where nothing landed
    <root>/<source>/<since>_<until>/ledger/000042.parquet  CrawlLedger rows of unit 42; absent where there are none
    <root>/<source>/<since>_<until>/units/000042.json      CrawlUnit, written last: with it the unit is settled
    <root>/<source>/<since>_<until>/run.json               CrawlRun, as it stands after the last settled unit

A file appears under its name only when it is complete and on disk (storage/durable_files.py). What no unit file
vouches for was left by a killed crawl: readers do not see it, and the next crawl removes it. A unit whose files are
not what its unit file says was damaged afterwards: the next crawl takes it back and fetches it again.
"""

import json
import logging
import typing
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from storage.durable_files import PARTIAL_ENDING, write_whole
from storage.errors import CrawlError
from storage.parquet import count_rows, read_column, read_records, write_records
from storage.records import CrawlLedger, CrawlRun, CrawlUnit

logger = logging.getLogger(__name__)

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
    """Return the files of RawDocuments of the settled units, in plan order; one that is missing is an error."""
    paths = [_document_path(folder, unit.ordinal) for unit in settled_units(folder) if unit.landed_count]
    return _require_all(folder, paths)


def ledger_files(folder: Path) -> list[Path]:
    """Return the files of CrawlLedger rows of the settled units, in plan order; one that is missing is an error."""
    paths = [_ledger_path(folder, unit.ordinal) for unit in settled_units(folder) if unit.ledger_count]
    return _require_all(folder, paths)


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


def damaged_units(folder: Path) -> list[tuple[CrawlUnit, str]]:
    """Return the units whose files are not what their unit file says, with what is wrong. Reads footers alone."""
    found = ((unit, _damage(folder, unit)) for unit in settled_units(folder))
    return [(unit, damage) for unit, damage in found if damage]


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


def write_unit(folder: Path, unit: CrawlUnit, documents: bytes, ledger: Sequence[CrawlLedger]) -> None:
    """Write one unit, its unit file last. Its documents come as the Parquet file of them, or as nothing."""
    if documents:
        write_whole(_document_path(folder, unit.ordinal), documents)
    if ledger:
        write_records(_ledger_path(folder, unit.ordinal), ledger, CrawlLedger)
    _write_json(_unit_path(folder, unit.ordinal), unit)


def remove_unit(folder: Path, ordinal: int) -> None:
    """Take back one settled unit, its unit file first."""
    for path in (_unit_path(folder, ordinal), _document_path(folder, ordinal), _ledger_path(folder, ordinal)):
        path.unlink(missing_ok=True)


def remove_unsettled(folder: Path) -> None:
    """Remove what a kill or a power cut left: half files, units without a plan, damaged units, files of no unit."""
    for path in folder.rglob(f".*{PARTIAL_ENDING}"):
        path.unlink()
    has_plan = read_plan(folder) is not None
    for unit in [] if has_plan else settled_units(folder):
        remove_unit(folder, unit.ordinal)
    for unit, damage in damaged_units(folder):
        logger.warning("%s: unit %s is taken back and fetched again: %s.", folder, unit.unit, damage)
        remove_unit(folder, unit.ordinal)
    settled = {unit.ordinal for unit in settled_units(folder)}
    for path in [*folder.glob("*.parquet"), *folder.glob("ledger/*.parquet"), *folder.glob("units/*.json")]:
        if int(path.stem) not in settled:
            path.unlink()


# --- below the surface ------------------------------------------------------------------------------------


def _document_path(folder: Path, ordinal: int) -> Path:
    return folder / f"{ordinal:06d}.parquet"


def _ledger_path(folder: Path, ordinal: int) -> Path:
    return folder / "ledger" / f"{ordinal:06d}.parquet"


def _unit_path(folder: Path, ordinal: int) -> Path:
    return folder / "units" / f"{ordinal:06d}.json"


def _require_all(folder: Path, paths: list[Path]) -> list[Path]:
    if missing := next((path for path in paths if not path.exists()), None):
        raise CrawlError(f"{missing} is missing although its unit has landed; {remedy(folder)}.")
    return paths


def remedy(folder: Path) -> str:
    """Say which command fetches again what is missing or damaged in a landing folder."""
    since, _, until = folder.name.partition("_")
    return f"`freshpress crawl {folder.parent.name} --since {since} --until {until}` fetches it again"


def _damage(folder: Path, unit: CrawlUnit) -> str | None:
    promised = ((_document_path, unit.landed_count), (_ledger_path, unit.ledger_count))
    for path, count in ((path_of(folder, unit.ordinal), count) for path_of, count in promised if count):
        if not path.exists():
            return f"{path.relative_to(folder)} is missing"
        if (found := count_rows(path)) != count:
            holds = "cannot be read" if found is None else f"holds {found} rows"
            return f"{path.relative_to(folder)} {holds}, not {count} rows"
    return None


def _read_json(path: Path, record_type: type[T]) -> T | None:
    """Return what a file holds; one that a power cut left empty or torn counts as absent."""
    if not path.exists():
        return None
    hints = typing.get_type_hints(record_type)
    try:
        values = json.loads(path.read_bytes())
        return record_type(**{name: _revive(value, hints[name]) for name, value in values.items()})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        logger.warning("%s is empty or torn (%s) and counts as absent.", path, type(error).__name__)
        return None


def _revive(value: Any, hint: Any) -> Any:
    return hint.fromisoformat(value) if hint in (date, datetime) else value


def _write_json(path: Path, record: Any) -> None:
    text = json.dumps(asdict(record), indent=1, default=lambda value: value.isoformat())
    write_whole(path, text.encode())
