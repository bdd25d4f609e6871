"""The reduce side: texts compared with each other, with history and with references, and sampled to the budget.

One verdict per landed document comes out, the same whatever the number of workers or the order of files. The steps
stand in `reduce` in their order; each looks only at what is still alive. SQL does what is a join, Python what
compares texts.
"""

from itertools import chain
from pathlib import Path

from curation.boilerplate import drop_boilerplate
from curation.context import CurationContext
from curation.decontamination import drop_contaminated
from curation.near_duplicate_search import drop_near_duplicates, shared_spans
from curation.sampling import STRATA_FILE, drop_over_budget, write_strata
from curation.shard import DOCUMENTS, FOLDERS, SIGNATURES, VERDICTS
from storage.errors import SnapshotError
from storage.lake import Connection
from storage.parquet import write_batches, write_records
from storage.records import SamplingStratum, SharedSpan, Verdict

FILE_NAME = "verdicts.parquet"
SPANS_FILE = "shared_spans.parquet"
# Verdicts that are in memory at once while their file is written.
ROWS_TOGETHER = 100_000


def reduce(connection: Connection, candidates_dir: Path, context: CurationContext) -> Path:
    """Decide every candidate and write the final verdicts; return their file.

    The connection is in memory, with the lake attached as `lake`.
    """
    files = _files(candidates_dir)
    if not files[VERDICTS]:
        write_records(candidates_dir / FILE_NAME, [], Verdict)
        write_records(candidates_dir / STRATA_FILE, [], SamplingStratum)
        write_records(candidates_dir / SPANS_FILE, [], SharedSpan)
        return candidates_dir / FILE_NAME
    _load(connection, files, context)
    drop_exact_duplicates(connection, context.snapshot_id)
    drop_near_duplicates(
        connection, files[SIGNATURES], files[DOCUMENTS], context.snapshot_id, context.settings.duplicates
    )
    drop_boilerplate(connection, files[DOCUMENTS], context.snapshot_id, context.settings.boilerplate)
    leaked = drop_contaminated(connection, files[DOCUMENTS], context.snapshot_id, context.settings.contamination)
    similar = shared_spans(connection, context.snapshot_id, context.settings.duplicates)
    write_records(candidates_dir / SPANS_FILE, chain(similar, leaked), SharedSpan)
    drop_over_budget(connection, files[DOCUMENTS], context.snapshot_id, context.settings.sampling)
    write_strata(connection, context.snapshot_id, candidates_dir / STRATA_FILE)
    _require_balance(connection, files, candidates_dir)
    final = connection.execute(_sql("reduce_final"), {"snapshot_id": context.snapshot_id})
    write_batches(candidates_dir / FILE_NAME, final.to_arrow_reader(ROWS_TOGETHER), Verdict)
    return candidates_dir / FILE_NAME


def drop_exact_duplicates(connection: Connection, snapshot_id: str) -> None:
    """Reject what history holds already, then what repeats a text of earlier evidence."""
    for step in ("reduce_exact_history", "reduce_exact"):
        connection.execute(_sql(step), {"snapshot_id": snapshot_id})


def _load(connection: Connection, files: dict[str, list[str]], context: CurationContext) -> None:
    connection.execute(_sql("reduce_verdicts"), {"verdicts": files[VERDICTS]})
    connection.execute(_sql("reduce_candidates"), {"documents": files[DOCUMENTS], "verdicts": files[VERDICTS]})
    connection.execute(_sql("reduce_history"), {"window_start": context.window_start})


def _require_balance(connection: Connection, files: dict[str, list[str]], candidates_dir: Path) -> None:
    counted = connection.execute(_sql("reduce_balance"), {"verdicts": files[VERDICTS]}).fetchone()
    rows, documents, final = counted or (0, 0, 0)
    if not rows == documents == final:
        raise SnapshotError(
            f"{candidates_dir} holds {rows} provisional verdicts of {documents} documents, and {final}"
            " came out; the numbers must be equal: delete that folder and curate again."
        )


def _files(candidates_dir: Path) -> dict[str, list[str]]:
    return {folder: [str(path) for path in sorted((candidates_dir / folder).glob("*.parquet"))] for folder in FOLDERS}


def _sql(step: str) -> str:
    return Path(__file__).with_name(f"{step}.sql").read_text(encoding="utf-8")
