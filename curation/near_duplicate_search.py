"""Which candidates are nearly the same as a text that stays? Proposed by bands, verified by exact similarity.

What is decided early saves the comparisons of what it decides: history first, then texts that come first wherever
they are, each against everything that shares a bucket with them. So thousands of copies of one page cost one comparison
each, and not one for every pair of them. The outcome is that of going through all pairs in order of evidence.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from config import DuplicatesSettings
from curation.duplicate_choice import Duplicate, choose_duplicates
from curation.near_duplicates import scheme_of
from curation.outcomes import plain
from curation.shared_span import longest_shared_span
from curation.shingles import jaccard, word_shingles
from storage.errors import SnapshotError
from storage.lake import Connection
from storage.records import SharedSpan

EVERY_PAIR = "reduce_pairs"
# In which order pairs are proposed, and whether the earlier text of each has then met all it shares a bucket with.
ROUNDS = (
    ("reduce_pairs_first_of_history", False),
    ("reduce_pairs_history", True),
    ("reduce_pairs_leading", True),
    ("reduce_pairs_leading", True),
    ("reduce_pairs_leading", True),
    (EVERY_PAIR, True),
)
# Pairs whose texts are in memory at once; each text of them is cut into shingles once.
VERIFIED_TOGETHER = 1000


def drop_near_duplicates(
    connection: Connection,
    signatures: list[str],
    documents: list[str],
    snapshot_id: str,
    settings: DuplicatesSettings,
) -> None:
    """Reject what is nearly the same as a text that stays."""
    _refuse_other_schemes(connection, settings)
    find_bands(connection, signatures, settings)
    connection.execute(_sql("reduce_pair_texts"), {"documents": documents})
    connection.execute(_sql("reduce_nothing_chosen"))
    for proposal, is_settled in ROUNDS:
        propose_pairs(connection, proposal)
        similar = sorted(_verified_pairs(connection, settings), key=lambda pair: (pair.key, pair.kept_key))
        chosen = list(choose_duplicates(similar))
        _note(connection, chosen)
        dropped = [duplicate.key for duplicate in chosen]
        connection.execute(_sql("reduce_decided_bands"), {"dropped": dropped, "is_settled": is_settled})
    values = {"snapshot_id": snapshot_id, "limit_value": plain(settings.threshold)}
    connection.execute(_sql("reduce_near_duplicates"), values)


def shared_spans(connection: Connection, snapshot_id: str, settings: DuplicatesSettings) -> Iterator[SharedSpan]:
    """Yield where each text that was dropped agrees with the one that stays."""
    cursor = connection.execute(_sql("reduce_similar_texts"))
    for batch in iter(partial(cursor.fetchmany, VERIFIED_TOGETHER), []):
        for document_id, kept_document_id, text, kept_text in batch:
            if (span := longest_shared_span(text, kept_text, settings.shingle_words)) is not None:
                where = (span.start_char, span.char_count, span.word_count)
                yield SharedSpan(snapshot_id, document_id, kept_document_id, *where)


def find_bands(connection: Connection, signatures: list[str], settings: DuplicatesSettings) -> None:
    """Cut the signatures of candidates and of history into bands, and keep those that propose anything."""
    shape = {"bands": settings.bands, "band_rows": settings.permutations // settings.bands}
    connection.execute(_sql("reduce_bands"), {"signatures": signatures, "scheme": scheme_of(settings), **shape})
    connection.execute(_sql("reduce_shared_bands"))


def propose_pairs(connection: Connection, proposal: str) -> None:
    """List the pairs that share a bucket, all of them or those of one round."""
    connection.execute(_sql(proposal))


def _verified_pairs(connection: Connection, settings: DuplicatesSettings) -> Iterator[Duplicate]:
    """Yield the proposed pairs that are similar enough, in no order."""
    cursor = connection.execute(_sql("reduce_proposed"))
    for batch in iter(partial(cursor.fetchmany, VERIFIED_TOGETHER), []):
        texts = {row[0]: row[2] for row in batch} | {row[1]: row[3] for row in batch}
        shingles = {key: word_shingles(text, settings.shingle_words) for key, text in texts.items()}
        for later, earlier, *_ in batch:
            similarity = jaccard(shingles[later], shingles[earlier])
            if similarity >= settings.threshold:
                yield Duplicate(later, earlier, similarity)


def _note(connection: Connection, chosen: list[Duplicate]) -> None:
    if not chosen:
        return
    columns = {
        "key": np.array([duplicate.key for duplicate in chosen], dtype=np.int64),
        "kept_key": np.array([duplicate.kept_key for duplicate in chosen], dtype=np.int64),
        "measured_value": np.array([plain(duplicate.similarity) for duplicate in chosen], dtype=object),
    }
    connection.register("chosen", columns)
    connection.execute("INSERT INTO near_duplicates SELECT key, kept_key, measured_value FROM chosen")
    connection.unregister("chosen")


def _refuse_other_schemes(connection: Connection, settings: DuplicatesSettings) -> None:
    others = connection.execute(_sql("reduce_schemes"), {"scheme": scheme_of(settings)}).fetchall()
    if others:
        raise SnapshotError(
            f"texts of earlier windows are signed by {others[0][0]!r}, this run signs by {scheme_of(settings)!r};"
            " put [curation.duplicates] and the datasketch version back, signatures of two schemes cannot be compared."
        )


def _sql(step: str) -> str:
    return Path(__file__).with_name(f"{step}.sql").read_text(encoding="utf-8")
