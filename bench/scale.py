"""Curation in the large: synthetic documents through signatures, duplicates and sealing, and then ten times as many.

Growth is linear when ten times the documents take ten times as long; the peak is of the process that does it all. A
fifth of the documents are near copies of others, one in fifty is a near copy of the same page, one in a hundred repeats
a text. Each size runs in a process of its own, so that the peak of one is not that of another.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from bench.figures import Figure, less_is_better, run_bench
from config import CurationSettings, load_settings
from curation.context import CurationContext
from curation.fingerprint import fingerprint
from curation.near_duplicates import compile_kernel, sign
from curation.outcomes import CANDIDATE_STEP
from curation.reduce import reduce
from curation.shard import DOCUMENTS, SIGNATURES, VERDICTS
from storage import lake, snapshots
from storage.errors import FreshpressError
from storage.home import create_home
from storage.migrate import run_migrations
from storage.parquet import write_records
from storage.records import Document, Signature, Snapshot, Verdict, content_id, text_sha256

SHARD_DOCUMENTS = 10_000
WORDS = 150
VOCABULARY = np.array([f"word{number}" for number in range(50_000)], dtype=object)
LIMIT_BYTES = 4 * 2**30
WINDOW = (date(2026, 10, 1), date(2026, 11, 1))


def measure(is_quick: bool) -> Iterator[Figure]:
    """Yield growth and peak."""
    small, large = (10_000, 100_000) if is_quick else (100_000, 1_000_000)
    small_seconds, _ = _measured(small)
    large_seconds, peak_bytes = _measured(large)
    name = "10k_100k" if is_quick else "100k_1m"
    ratio = 10 * small_seconds / large_seconds
    yield Figure(f"curate_growth_{name}", "s", large_seconds, f"{small} documents", small_seconds, ratio, 0.9)
    what = "peak_memory_100k" if is_quick else "peak_memory_1m"
    yield less_is_better(what, "MiB", peak_bytes / 2**20, "4 GiB", LIMIT_BYTES / 2**20, 1.0)


def curate(count: int, home_folder: Path) -> tuple[float, str]:
    """Sign, reduce and seal synthetic documents; return the seconds, without making them, and the fingerprint."""
    home = create_home(home_folder, "bench@example.org")
    lake.write(home, "migrate", run_migrations)
    execution, settings = load_settings().execution, _settings()
    compile_kernel(settings.duplicates)
    folder, bounds = home.candidates / "bench", (execution.memory_limit, home.spill)
    seconds = sum(_write_shard(folder, number, settings) for number in range(count // SHARD_DOCUMENTS))
    start = time.perf_counter()
    with lake.scratch(home, *bounds) as connection:
        verdicts = reduce(connection, folder, CurationContext("bench", *WINDOW, settings))
    print(f"{count} documents: signed {seconds:.1f} s, reduced {time.perf_counter() - start:.1f} s", file=sys.stderr)
    files = snapshots.CandidateFiles.in_folder(folder, verdicts)
    with lake.reading(home) as connection:
        kept = fingerprint((m.document_id, m.text_sha256) for m in snapshots.kept_members(connection, files))
    snapshot = Snapshot("bench", *WINDOW, ("github",), 1, "bench", kept, 0, 0, datetime(2026, 11, 2), True)
    lake.write(home, "seal", lambda connection: snapshots.seal(connection, snapshot, files), bounds=bounds)
    return seconds + time.perf_counter() - start, kept


def documents(first: int) -> Iterator[Document]:
    """Yield the documents of one shard, the same whatever comes before."""
    draw = np.random.default_rng(first)
    for number in range(first, first + SHARD_DOCUMENTS):
        fate = draw.random()
        original = _text(0 if fate < 0.02 else max(number - 3, 0) if fate < 0.22 else number)
        is_changed = fate < 0.21
        yield _document(number, f"{original} changed{number}" if is_changed else original)


def _text(number: int) -> str:
    words = np.random.default_rng(number).integers(0, VOCABULARY.size, WORDS)
    return " ".join(VOCABULARY[words].tolist())


def _document(number: int, text: str) -> Document:
    name = str(number)
    return Document(
        document_id=content_id("bench", name),
        text_sha256=text_sha256(text),
        source="github",
        kind="source_file",
        language=None,
        title=None,
        text=text,
        char_count=len(text),
        byte_count=len(text),
        masked_count=0,
        extractor="bench",
        extractor_version="1",
        url=f"https://example.org/{name}",
        revision="1",
        unit="bench",
        position=number,
        fetched_at=datetime(2026, 11, 1),
        crawl_run_id="bench",
        licence=None,
        locator=name,
        cluster_key=str(number // 100),
        published_at=datetime(2026, 10, 1) + timedelta(seconds=number),
        freshness_grade="A",
    )


def _write_shard(folder: Path, number: int, settings: CurationSettings) -> float:
    """Write one shard as the map side does; return the seconds of signing and writing."""
    made, name = list(documents(number * SHARD_DOCUMENTS)), f"{number:05d}.parquet"
    start = time.perf_counter()
    write_records(folder / DOCUMENTS / name, made, Document)
    write_records(folder / SIGNATURES / name, [sign(document, settings.duplicates) for document in made], Signature)
    write_records(folder / VERDICTS / name, [_candidate(document) for document in made], Verdict)
    return time.perf_counter() - start


def _candidate(document: Document) -> Verdict:
    return Verdict("bench", document.document_id, document.source, True, CANDIDATE_STEP, None, None, None, None)


def _settings() -> CurationSettings:
    """Return the defaults with a budget that keeps every text, since those that are kept cost most."""
    settings = load_settings().curation
    return settings.model_copy(update={"sampling": settings.sampling.model_copy(update={"budget_chars": 10**15})})


def _measured(count: int) -> tuple[float, int]:
    """Return the seconds and the peak memory of one size, in a process of its own."""
    program = [sys.executable, "-m", "bench.scale", "--count", str(count)]
    run = subprocess.run(program, check=False, stdout=subprocess.PIPE, text=True)
    if run.returncode:
        raise FreshpressError(f"{count} documents were not curated; what ended it stands above.")
    seconds, peak_bytes = run.stdout.split()
    return float(seconds), int(peak_bytes)


def _run_one(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        seconds, _ = curate(count, Path(folder) / "home")
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--count"]:
        _run_one(int(sys.argv[2]))
    else:
        sys.exit(run_bench(measure, __doc__ or "", sys.argv[1:]))
