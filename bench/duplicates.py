"""From signatures to the pairs that share a band: the join in DuckDB beside datasketch's MinHashLSH, insert and query.

Both get the same signatures, two fifths of them similar to another one in some degree, and the same bands; the pairs
must be identical. Ours reads them from Parquet, as the map side leaves them; datasketch has them in memory.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.figures import Figure, best_seconds, less_is_better, run_bench
from bench.signature_peers import peer
from config import DuplicatesSettings, load_settings
from curation.near_duplicate_search import EVERY_PAIR, find_bands, propose_pairs
from curation.near_duplicates import scheme_of
from storage import lake
from storage.errors import FreshpressError
from storage.parquet import write_records
from storage.records import Signature

Values = NDArray[np.uint32]
Pair = tuple[int, int]


SIGNATURE_COUNT = 100_000


def measure(_is_quick: bool) -> Iterator[Figure]:
    """Yield the figure of the join; it is quick enough as it is."""
    settings = load_settings().curation.duplicates
    values = signature_values(SIGNATURE_COUNT, settings.permutations)
    minhashes = _minhashes(values, settings)
    with tempfile.TemporaryDirectory() as folder, lake.memory("lake") as connection:
        path = Path(folder) / "signatures.parquet"
        scheme = scheme_of(settings)
        write_records(
            path, (Signature(_name(n), "", scheme, tuple(row.tolist())) for n, row in enumerate(values, 1)), Signature
        )
        _make_candidates(connection, SIGNATURE_COUNT)
        if (ours := _our_pairs(connection, path, settings)) != (theirs := _their_pairs(minhashes, settings)):
            raise FreshpressError(
                f"{len(ours ^ theirs)} of {len(theirs)} pairs differ from those of MinHashLSH; mend the join."
            )
        our_seconds, their_seconds = best_seconds(
            lambda: _join(connection, path, settings), lambda: _insert_and_query(minhashes, settings)
        )
    yield less_is_better("join_100k", "s", our_seconds, "datasketch MinHashLSH", their_seconds, 9.0)


def signature_values(count: int, permutations: int, seed: int = 2404) -> Values:
    """Return signatures of which two fifths repeat each value of another one with a chance of their own."""
    draw = np.random.default_rng(seed)
    values = draw.integers(0, 2**32, (count, permutations), dtype=np.uint32)
    originals, copies = np.split(draw.permutation(count)[: count // 5 * 2], 2)
    is_kept = draw.random((copies.size, permutations)) < draw.uniform(0.3, 1.0, (copies.size, 1))
    values[copies] = np.where(is_kept, values[originals], values[copies])
    return values


def _minhashes(values: Values, settings: DuplicatesSettings) -> list[object]:
    minhash = peer("datasketch").MinHash
    permutations = minhash(num_perm=settings.permutations, seed=settings.seed).permutations
    return [minhash(hashvalues=row, permutations=permutations, seed=settings.seed, scheme="affine32") for row in values]


def _make_candidates(connection: lake.Connection, count: int) -> None:
    connection.execute(
        "CREATE TEMP TABLE candidates AS SELECT n AS evidence_rank, format('{:032x}', n) AS document_id"
        " FROM range(1, $count + 1) AS numbers(n)",
        {"count": count},
    )
    connection.execute("CREATE TEMP TABLE verdicts (document_id VARCHAR)")
    connection.execute("CREATE TEMP TABLE history (evidence_rank BIGINT, document_id VARCHAR, text_sha256 VARCHAR)")


def _name(number: int) -> str:
    return f"{number:032x}"


def _join(connection: lake.Connection, path: Path, settings: DuplicatesSettings) -> None:
    find_bands(connection, [str(path)], settings)
    propose_pairs(connection, EVERY_PAIR)


def _our_pairs(connection: lake.Connection, path: Path, settings: DuplicatesSettings) -> set[Pair]:
    _join(connection, path, settings)
    return {(earlier, later) for later, earlier in connection.execute("SELECT later, earlier FROM pairs").fetchall()}


def _insert_and_query(minhashes: list[object], settings: DuplicatesSettings) -> list[list[int]]:
    shape = (settings.bands, settings.permutations // settings.bands)
    index = peer("datasketch").MinHashLSH(num_perm=settings.permutations, params=shape)
    for number, minhash in enumerate(minhashes, 1):
        index.insert(number, minhash, check_duplication=False)
    return [index.query(minhash) for minhash in minhashes]


def _their_pairs(minhashes: list[object], settings: DuplicatesSettings) -> set[Pair]:
    found = enumerate(_insert_and_query(minhashes, settings), 1)
    return {(other, number) for number, others in found for other in others if other < number}


if __name__ == "__main__":
    sys.exit(run_bench(measure, __doc__ or "", sys.argv[1:]))
