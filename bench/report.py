"""The report over sixty models, two years of months and three sources: how long it takes, and how heavy its index is.

The lake is synthetic (`bench.report_lake`); making it is not measured. Each size runs in a process of its own.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from analysis.report import write_report
from bench.figures import Figure, less_is_better, run_bench
from bench.report_lake import PROTOCOL, Size, make_lake
from config import load_settings
from storage import lake
from storage.errors import FreshpressError

FULL, QUICK = Size(60, 24, 400), Size(60, 6, 400)
LIMIT_SECONDS, LIMIT_BYTES = 30.0, 2e6


def measure(is_quick: bool) -> Iterator[Figure]:
    """Yield the seconds of a first report, those of a second one that changes nothing, and the bytes of the index."""
    size = QUICK if is_quick else FULL
    first, again, index_bytes = _measured(size)
    name = f"{size.model_count}x{size.snapshot_count}"
    limit = LIMIT_SECONDS * size.snapshot_count / FULL.snapshot_count
    yield less_is_better(f"report_{name}", "s", first, f"{limit:g} s", limit, 1.0)
    yield less_is_better(f"report_again_{name}", "s", again, "the first", first, 1.0)
    yield less_is_better(f"report_index_{name}", "kB", index_bytes / 1e3, "2 MB", LIMIT_BYTES / 1e3, 1.0)


def write_twice(size: Size, folder: Path) -> tuple[float, float, int]:
    """Write the report of a fresh lake and write it again; return the seconds of both and the bytes of the index."""
    home, settings = make_lake(folder, size), load_settings().analysis
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        with lake.reading(home) as connection:
            index = write_report(connection, home.report, None, settings, PROTOCOL.protocol_id)
        seconds.append(time.perf_counter() - start)
    return seconds[0], seconds[1], index.stat().st_size


def _measured(size: Size) -> tuple[float, float, int]:
    counts = (size.model_count, size.snapshot_count, size.text_count)
    program = [sys.executable, "-m", "bench.report", "--size", *map(str, counts)]
    run = subprocess.run(program, check=False, stdout=subprocess.PIPE, text=True)
    if run.returncode:
        raise FreshpressError(f"the report of {size} was not written; what ended it stands above.")
    first, again, index_bytes = run.stdout.split()
    return float(first), float(again), int(index_bytes)


def _run_one(size: Size) -> None:
    with tempfile.TemporaryDirectory() as folder:
        print(*write_twice(size, Path(folder) / "home"))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--size"]:
        _run_one(Size(*map(int, sys.argv[2:5])))
    else:
        sys.exit(run_bench(measure, __doc__ or "", sys.argv[1:]))
