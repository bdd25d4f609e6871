"""Run every bench, one after another, and put its figures into docs/performance.md: `python -m bench [--quick]`.

Each runs in a process of its own, so that none warms or fills what another one measures.
"""

import argparse
import csv
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench.tables import as_table, commit_of, put_between

NAMES = ("scoring", "crawl", "signatures", "duplicates", "extraction", "contamination", "scale", "report")
PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def main() -> int:
    """Run all benches; return 1 where one failed or a target does not hold."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller inputs, each bench within 150 seconds")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all when none is named")
    arguments = parser.parse_args()
    worst = 0
    for name in arguments.names or NAMES:
        status, rows = _run(name, is_quick=arguments.quick)
        worst = max(worst, status)
        if rows:
            put_between(PAGE, name, [_heading(name, is_quick=arguments.quick), "", *as_table(rows)])
    return 1 if worst else 0


def _run(name: str, *, is_quick: bool) -> tuple[int, list[Mapping[str, str]]]:
    """Return the exit status of one bench and its rows; what it has to say besides goes to stderr."""
    command = [sys.executable, "-m", f"bench.{name}", "--format", "csv", *(["--quick"] if is_quick else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    sys.stdout.write(f"{name}\n{done.stdout}")
    return done.returncode, list(csv.DictReader(done.stdout.splitlines()))


def _heading(name: str, *, is_quick: bool) -> str:
    command = f"python -m bench.{name}{' --quick' if is_quick else ''}"
    return f"`{command}` on {os.cpu_count()} cores, {datetime.now(UTC):%Y-%m-%d}, commit {commit_of(PAGE.parent)}."


if __name__ == "__main__":
    sys.exit(main())
