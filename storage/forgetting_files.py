"""A text taken out of the files of a home beside the lake: what landed, candidates, result files, what is half done.

What landed is blanked and not removed, so that a crawl still has as many documents as it says; candidates and results
are made anew when they are needed.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from storage.durable_files import PARTIAL_ENDING, write_whole
from storage.errors import CrawlError
from storage.home import Home
from storage.landing import PLAN_FILE, landing_folders, remedy
from storage.parquet import count_rows, encode_records, read_column, read_records
from storage.records import CrawlLedger, RawDocument, content_id

LOG_FILE = "crawl.log"
# Answers of a listing that is not settled; they are asked for again.
LISTING_FOLDER = "listing"
# A shard of candidates: the verdicts first, so that a kill in between leaves it undone, not half there.
_SHARD_FOLDERS = ("verdicts", "documents", "evidence", "signatures")

IsMeant = Callable[[str, str, str], bool]


@dataclass(frozen=True, slots=True)
class LandedText:
    """One landed document that is to be forgotten."""

    document_id: str
    source: str
    url: str
    unit: str


def find_landed(home: Home, is_meant: IsMeant) -> list[LandedText]:
    """Return what has landed of the documents that `is_meant` tells by id, source and URL."""
    found = []
    for folder in landing_folders(home.landing):
        for path in _readable(folder, "*.parquet"):
            columns = (read_column(path, name) for name in ("document_id", "source", "url", "unit"))
            found += [LandedText(*row) for row in zip(*columns, strict=True) if is_meant(row[0], row[1], row[2])]
    return found


def blank_landed(home: Home, landed: Sequence[LandedText], urls: Sequence[str]) -> int:
    """Take all but the ids out of these landed documents and what tells of them; return how many files were written."""
    ids = {text.document_id for text in landed}
    units = {(text.source, text.unit) for text in landed}
    count = 0
    for folder in landing_folders(home.landing):
        _drop_half_files(folder)
        count += sum(_blank_documents(path, ids) for path in _readable(folder, "*.parquet"))
        count += sum(_cover_ledger(path, urls) for path in _readable(folder, "ledger/*.parquet"))
        count += _blank_plan(folder, units) + _drop_lines(folder / LOG_FILE, urls)
        drop_folder(folder / LISTING_FOLDER)
    return count


def drop_candidates(home: Home, document_ids: Sequence[str]) -> int:
    """Remove the shards of candidates that hold these documents, which curation makes anew; return how many."""
    wanted, count = set(document_ids), 0
    _drop_half_files(home.candidates)
    for path in sorted(home.candidates.glob("*/documents/*.parquet")):
        if not wanted.isdisjoint(read_column(path, "document_id")):
            for folder in _SHARD_FOLDERS:
                (path.parent.parent / folder / path.name).unlink(missing_ok=True)
            count += 1
    return count


def drop_results(home: Home, snapshot_ids: Sequence[str]) -> int:
    """Remove the result files of these snapshots, the codecs' dictionaries and what was spilt; return how many."""
    folders = [home.scoring / name for name in (*snapshot_ids, "dictionaries")] if snapshot_ids else []
    count = 0
    for folder in [*folders, home.spill]:
        count += sum(path.is_file() for path in folder.rglob("*"))
        drop_folder(folder)
    return count


def drop_folder(folder: Path) -> None:
    """Remove a folder with all that is in it, where it is there."""
    if folder.exists():
        shutil.rmtree(folder)


def _readable(folder: Path, pattern: str) -> Iterator[Path]:
    """Yield files of a landing folder, also those of no settled unit; one that cannot be searched is an error."""
    for path in sorted(folder.glob(pattern)):
        if count_rows(path) is None:
            raise CrawlError(
                f"{path} is damaged, so nobody can say what it holds; {remedy(folder)}, then forget again."
            )
        yield path


def _drop_half_files(folder: Path) -> None:
    for path in folder.rglob(f".*{PARTIAL_ENDING}"):
        path.unlink()


def _blank_documents(path: Path, ids: set[str]) -> bool:
    if ids.isdisjoint(read_column(path, "document_id")):
        return False
    landed = list(read_records(path, RawDocument))
    blanked = [_blank(raw) if raw.document_id in ids else raw for raw in landed]
    if blanked == landed:
        return False
    write_whole(path, encode_records(blanked, RawDocument))
    return True


def _blank(raw: RawDocument) -> RawDocument:
    """Keep what is counted: the id, and the place in the crawl."""
    return replace(
        raw,
        url="",
        revision="",
        content_type="",
        content=b"",
        title=None,
        licence=None,
        locator="",
        cluster_key="",
        repository_created_at=None,
        commit_authored_at=None,
        arxiv_v1_at=None,
        last_modified_at=None,
    )


def _cover_ledger(path: Path, urls: Sequence[str]) -> bool:
    """Put a hash where the ledger of a unit names one of these addresses."""
    ledger = list(read_records(path, CrawlLedger))
    covered = [replace(row, item=f"forgotten {content_id(row.item)}") if _names(row, urls) else row for row in ledger]
    if covered == ledger:
        return False
    write_whole(path, encode_records(covered, CrawlLedger))
    return True


def _names(row: CrawlLedger, urls: Sequence[str]) -> bool:
    # An item that comes twice in a unit has its number behind it.
    return row.item in urls or row.item.rpartition(" #")[0] in urls


def _blank_plan(folder: Path, units: set[tuple[str, str]]) -> bool:
    """Take title and author out of the plan of papers; the unit stays, by which the crawl goes on."""
    path = folder / PLAN_FILE
    plan = json.loads(path.read_bytes())
    meant = [entry for entry in plan["entries"] if (plan["source"], entry["unit"]) in units and "title" in entry]
    blanked = list(_blank_entries(meant))
    if blanked:
        write_whole(path, json.dumps(plan, indent=1).encode())
    return bool(blanked)


def _blank_entries(entries: Sequence[dict[str, Any]]) -> Iterator[str]:
    for entry in entries:
        if entry["title"] or entry["first_author"]:
            entry.update(title="", first_author="")
            yield entry["unit"]


def _drop_lines(path: Path, urls: Sequence[str]) -> bool:
    """Remove the lines of a log that name one of these addresses."""
    if not path.exists():
        return False
    lines, needles = path.read_bytes().splitlines(keepends=True), [url.encode() for url in urls if url]
    kept = [line for line in lines if not any(needle in line for needle in needles)]
    if len(kept) == len(lines):
        return False
    write_whole(path, b"".join(kept))
    return True
