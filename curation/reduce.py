"""The reduce side: texts compared with each other, with history and with references, and sampled to the budget.

One verdict per landed document comes out, the same whatever the number of workers or the order of files. The steps
stand in `reduce` in their order; each looks only at what is still alive. SQL does what is a join, Python what
compares texts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from config import ContaminationSettings, DuplicatesSettings, SamplingSettings
from curation.contamination import find_leak, index_references
from curation.context import CurationContext
from curation.duplicate_choice import Duplicate, choose_duplicates
from curation.near_duplicates import scheme_of
from curation.outcomes import plain
from curation.reasons import REASONS
from curation.shard import DOCUMENTS, FOLDERS, SIGNATURES, VERDICTS
from curation.shingles import Shingles, word_shingles
from storage.errors import SnapshotError
from storage.lake import Connection
from storage.parquet import write_records
from storage.records import ReferenceItem, Verdict, content_id
from storage.rows import insert

FILE_NAME = "verdicts.parquet"
# Shingle sets that are held while pairs are verified; a set of a page of 1,000 words takes 8 kB.
HELD_SHINGLE_SETS = 4096


def reduce(connection: Connection, candidates_dir: Path, context: CurationContext) -> Path:
    """Decide every candidate and write the final verdicts; return their file.

    The connection is in memory, with the lake attached as `lake`.
    """
    files = _files(candidates_dir)
    if not files[VERDICTS]:
        write_records(candidates_dir / FILE_NAME, [], Verdict)
        return candidates_dir / FILE_NAME
    _load(connection, files, context)
    drop_exact_duplicates(connection, context.snapshot_id)
    drop_near_duplicates(connection, files, context.snapshot_id, context.settings.duplicates)
    drop_contaminated(connection, files, context.snapshot_id, context.settings.contamination)
    drop_over_budget(connection, context.snapshot_id, context.settings.sampling)
    verdicts = _final_verdicts(connection, context.snapshot_id)
    _require_balance(connection, files, verdicts, candidates_dir)
    write_records(candidates_dir / FILE_NAME, verdicts, Verdict)
    return candidates_dir / FILE_NAME


def drop_exact_duplicates(connection: Connection, snapshot_id: str) -> None:
    """Reject what history holds already, then what repeats a text of earlier evidence."""
    for step in ("reduce_exact_history", "reduce_exact"):
        connection.execute(_sql(step), {"snapshot_id": snapshot_id})


def drop_near_duplicates(
    connection: Connection, files: dict[str, list[str]], snapshot_id: str, settings: DuplicatesSettings
) -> None:
    """Reject what is nearly the same as a text that stays: proposed by bands, verified by exact Jaccard similarity."""
    _refuse_other_schemes(connection, settings)
    bands = {"bands": settings.bands, "band_rows": settings.permutations // settings.bands}
    connection.execute(_sql("reduce_bands"), {"signatures": files[SIGNATURES], "scheme": scheme_of(settings), **bands})
    connection.execute(_sql("reduce_pairs"))
    connection.execute(_sql("reduce_pair_texts"), {"documents": files[DOCUMENTS]})
    pairs = connection.execute("SELECT later, earlier FROM pairs ORDER BY later, earlier").fetchall()
    shingles_of = _shingle_reader(connection, settings.shingle_words)
    duplicates = list(choose_duplicates(pairs, shingles_of, settings.threshold))
    insert(connection, _near_duplicate_verdicts(connection, duplicates, snapshot_id, settings), Verdict)


def drop_contaminated(
    connection: Connection, files: dict[str, list[str]], snapshot_id: str, settings: ContaminationSettings
) -> None:
    """Reject texts that repeat an item of a reference set."""
    rows = connection.execute("SELECT name, item, text FROM lake.reference_items ORDER BY name, item").fetchall()
    if not rows:
        return
    index = index_references((ReferenceItem(*row) for row in rows), settings)
    leaks = [
        (document, leak)
        for document, text in _living_texts(connection, files[DOCUMENTS])
        if (leak := find_leak(text, index)) is not None
    ]
    verdicts = (
        _rejected(
            snapshot_id,
            document,
            reason="contaminated",
            measured=leak.overlap,
            limit=settings.max_overlap,
            related=leak.item,
        )
        for document, leak in leaks
    )
    insert(connection, verdicts, Verdict)


def drop_over_budget(connection: Connection, snapshot_id: str, settings: SamplingSettings) -> None:
    """Keep whole texts of each source, in seeded order, that fit into what is left of its budget of characters."""
    rows = connection.execute(_sql("reduce_sample")).fetchall()
    rows.sort(key=lambda row: content_id(str(settings.seed), row[0]))
    used_chars: dict[str, int] = defaultdict(int)
    verdicts = []
    for document_id, source, char_count in rows:
        measured, document = used_chars[source] + char_count, (document_id, source)
        if measured <= settings.budget_chars:
            used_chars[source] = measured
        else:
            limit = settings.budget_chars
            verdicts.append(_rejected(snapshot_id, document, reason="over_budget", measured=measured, limit=limit))
    insert(connection, verdicts, Verdict)


def _load(connection: Connection, files: dict[str, list[str]], context: CurationContext) -> None:
    connection.execute(_sql("reduce_verdicts"), {"verdicts": files[VERDICTS]})
    connection.execute(_sql("reduce_candidates"), {"documents": files[DOCUMENTS], "verdicts": files[VERDICTS]})
    connection.execute(_sql("reduce_history"), {"window_start": context.window_start})


def _require_balance(
    connection: Connection, files: dict[str, list[str]], verdicts: list[Verdict], candidates_dir: Path
) -> None:
    query = "SELECT count(*), count(DISTINCT document_id) FROM read_parquet($verdicts)"
    counted = connection.execute(query, {"verdicts": files[VERDICTS]}).fetchone()
    if counted != (len(verdicts), len(verdicts)):
        rows, documents = counted or (0, 0)
        raise SnapshotError(
            f"{candidates_dir} holds {rows} provisional verdicts of {documents} documents, and {len(verdicts)}"
            " came out; the numbers must be equal: delete that folder and curate again."
        )


def _refuse_other_schemes(connection: Connection, settings: DuplicatesSettings) -> None:
    others = connection.execute(_sql("reduce_schemes"), {"scheme": scheme_of(settings)}).fetchall()
    if others:
        raise SnapshotError(
            f"texts of earlier windows are signed by {others[0][0]!r}, this run signs by {scheme_of(settings)!r};"
            " put [curation.duplicates] and the datasketch version back, signatures of two schemes cannot be compared."
        )


def _shingle_reader(connection: Connection, size: int) -> Callable[[int], Shingles]:
    @lru_cache(maxsize=HELD_SHINGLE_SETS)
    def shingles_of(evidence_rank: int) -> Shingles:
        row = connection.execute("SELECT text FROM pair_texts WHERE evidence_rank = ?", [evidence_rank]).fetchone()
        assert row is not None
        return word_shingles(row[0], size)

    return shingles_of


def _near_duplicate_verdicts(
    connection: Connection, duplicates: list[Duplicate], snapshot_id: str, settings: DuplicatesSettings
) -> Iterator[Verdict]:
    ranks = sorted({rank for duplicate in duplicates for rank in (duplicate.key, duplicate.kept_key)})
    rows = connection.execute(_sql("reduce_ranked"), {"ranks": ranks}).fetchall()
    documents = {rank: (document_id, source) for rank, document_id, source in rows}
    for duplicate in duplicates:
        yield _rejected(
            snapshot_id,
            documents[duplicate.key],
            reason="history_near_duplicate" if duplicate.kept_key < 0 else "near_duplicate",
            measured=duplicate.similarity,
            limit=settings.threshold,
            related=documents[duplicate.kept_key][0],
        )


def _living_texts(connection: Connection, documents: list[str]) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield document, source and text of what is still alive, one file in memory at a time."""
    for path in documents:
        for document_id, source, text in connection.execute(_sql("reduce_living"), {"documents": [path]}).fetchall():
            yield (document_id, source), text


def _final_verdicts(connection: Connection, snapshot_id: str) -> list[Verdict]:
    rows = connection.execute(_sql("reduce_final"), {"snapshot_id": snapshot_id}).fetchall()
    return [Verdict(*row) for row in rows]


def _rejected(
    snapshot_id: str,
    document: tuple[str, str],
    *,
    reason: str,
    measured: float,
    limit: float,
    related: str | None = None,
) -> Verdict:
    document_id, source = document
    step = REASONS[reason].step
    return Verdict(snapshot_id, document_id, source, False, step, reason, plain(measured), plain(limit), related)


def _files(candidates_dir: Path) -> dict[str, list[str]]:
    return {folder: [str(path) for path in sorted((candidates_dir / folder).glob("*.parquet"))] for folder in FOLDERS}


def _sql(step: str) -> str:
    return Path(__file__).with_name(f"{step}.sql").read_text(encoding="utf-8")
