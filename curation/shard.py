"""The map side: a few landing files in, four files of candidates out. The unit that workers take and a kill repeats.

The verdicts file is written last: where it lies, its shard is done.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from curation.candidate import Candidate, curate_document
from curation.context import CurationContext
from storage.parquet import read_records, write_records
from storage.records import Document, Evidence, RawDocument, Signature, Verdict, content_id

# Folders of a candidates folder, in the order they are written.
DOCUMENTS, EVIDENCE, SIGNATURES, VERDICTS = FOLDERS = ("documents", "evidence", "signatures", "verdicts")


@dataclass(frozen=True, slots=True)
class Shard:
    """Landing files that are curated together. The name follows from their names and sizes."""

    name: str
    landing_files: tuple[Path, ...]


def plan_shards(landing_files: list[Path], shard_bytes: int) -> list[Shard]:
    """Group the landing files, in the order of their names, into shards of about this size."""
    groups: list[list[Path]] = []
    room = 0
    for path in sorted(landing_files, key=_place):
        size = path.stat().st_size
        if size > room or not groups:
            groups.append([])
            room = shard_bytes
        groups[-1].append(path)
        room -= size
    return [_shard(ordinal, group) for ordinal, group in enumerate(groups)]


def drop_other_shards(out_dir: Path, shards: Sequence[Shard]) -> int:
    """Remove the files of shards that are no longer planned, since the landing has changed; return how many."""
    planned = {shard.name for shard in shards}
    others = [p for folder in FOLDERS for p in (out_dir / folder).glob("*.parquet") if p.stem not in planned]
    # Verdicts first: a kill in between must leave a shard undone, not half there.
    for path in sorted(others, key=lambda path: -FOLDERS.index(path.parent.name)):
        path.unlink()
    return len(others)


def verdicts_path(shard: Shard, out_dir: Path) -> Path:
    """Return the file whose presence says that a shard is done."""
    return out_dir / VERDICTS / f"{shard.name}.parquet"


def curate_shard(shard: Shard, out_dir: Path, context: CurationContext) -> None:
    """Curate every document of a shard and write what came of it."""
    candidates = [
        curate_document(raw, context) for path in shard.landing_files for raw in read_records(path, RawDocument)
    ]
    _write(candidates, shard, out_dir)


def _write(candidates: Iterable[Candidate], shard: Shard, out_dir: Path) -> None:
    whole = list(candidates)
    file_name = f"{shard.name}.parquet"
    write_records(out_dir / DOCUMENTS / file_name, [c.document for c in whole if c.document], Document)
    write_records(out_dir / EVIDENCE / file_name, [e for c in whole for e in c.evidence], Evidence)
    write_records(out_dir / SIGNATURES / file_name, [c.signature for c in whole if c.signature], Signature)
    write_records(verdicts_path(shard, out_dir), [c.verdict for c in whole], Verdict)


def _shard(ordinal: int, group: list[Path]) -> Shard:
    identity = content_id(*(f"{'/'.join(_place(path))} {path.stat().st_size}" for path in group))
    return Shard(f"{ordinal:05d}-{identity[:12]}", tuple(group))


def _place(path: Path) -> tuple[str, ...]:
    """Return source, window and unit of a landing file: where it lies, whatever the home."""
    return path.parts[-3:]
