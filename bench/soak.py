"""Everything that may go wrong, in full: `python -m bench.soak [--fresh]`, which `make soak` runs.

Every misbehaviour with every target failing for ever, a hundred kills over a thousand items of each source, ten
thousand spoilt inputs of each format. A row that is finished is kept: started again on the same commit, only the others
are made. When all are there the tables go into docs/operations.md.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from bench import disk_full, faults, kills, mutations
from bench.misbehaviours import SCENARIOS, Scenario
from bench.mutation_formats import FORMATS
from bench.tables import as_table, commit_of, put_between
from storage.records import SOURCES

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "operations.md"
STATE = ROOT / "build" / "soak.jsonl"
MUTATION_COUNT = 10_000
SEED = 7

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """One row to be made. `table` is the name of the table it belongs to, and of that table's markers."""

    table: str
    name: str
    make: Callable[[], tuple[Row, bool]]


def tasks() -> list[Task]:
    """Return everything there is to do, the longest first."""
    return [
        *(Task("mutations", name, partial(_mutate, name)) for name in FORMATS),
        *(Task("kills", source, partial(_kill, source)) for source in SOURCES),
        *(
            Task("faults", f"{scenario.name} | {source}", partial(_disturb, scenario, source))
            for scenario in SCENARIOS
            for source in scenario.targets
        ),
        *(Task("faults", f"{disk_full.NAME} | {source}", partial(_fill_disk, source)) for source in SOURCES),
    ]


def run(todo: Sequence[Task], state: Path, commit: str, tell: Callable[[str], None]) -> bool:
    """Make the rows that this commit lacks, as many at a time as there are cores; tell whether all are sound."""
    done = read_state(state, commit)
    missing = [task for task in todo if (task.table, task.name) not in done]
    tell(f"{len(todo) - len(missing)} of {len(todo)} rows are there, of commit {commit}")
    state.parent.mkdir(parents=True, exist_ok=True)
    lock = Lock()

    def make(task: Task) -> bool:
        try:
            row, is_sound = task.make()
        except Exception:
            # One row that cannot be made must not cost the others: it is told, and made by the next run.
            logger.exception("%s: %s: FAILED", task.table, task.name)
            return False
        with lock, state.open("a", encoding="utf-8") as file:
            line = {"table": task.table, "name": task.name, "commit": commit, "is_sound": is_sound, "row": row}
            # The break comes first: the line before may have been cut by a kill.
            file.write("\n" + json.dumps(line))
        tell(f"{task.table}: {task.name}: {'sound' if is_sound else 'NOT SOUND'} {json.dumps(row, ensure_ascii=False)}")
        return is_sound

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = list(pool.map(make, missing))
    return all(made) and all(line["is_sound"] for line in done.values())


def read_state(state: Path, commit: str) -> dict[tuple[str, str], Row]:
    """Return what is finished of this commit; the line that a kill cut is not."""
    done: dict[tuple[str, str], Row] = {}
    for text in state.read_text(encoding="utf-8").splitlines() if state.exists() else ():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if line["commit"] == commit:
            done[line["table"], line["name"]] = line
    return done


def write_tables(page: Path, todo: Sequence[Task], done: Mapping[tuple[str, str], Row], when: str) -> None:
    """Put every table between its markers, its rows in the order of the tasks."""
    for table in dict.fromkeys(task.table for task in todo):
        rows = [done[task.table, task.name]["row"] for task in todo if task.table == table]
        put_between(page, table, [f"`make soak`, {when}", "", *as_table(rows)])


def _disturb(scenario: Scenario, source: str) -> tuple[Row, bool]:
    row = faults.run(scenario, source, faults.FULL_ITEM_COUNT, is_full=True)
    return asdict(row), row.is_sound


def _fill_disk(source: str) -> tuple[Row, bool]:
    row = disk_full.run(source, faults.FULL_ITEM_COUNT)
    return asdict(row), row.is_sound


def _kill(source: str) -> tuple[Row, bool]:
    row = kills.run(source, kills.FULL_KILL_COUNT, kills.FULL_ITEM_COUNT, SEED)
    return asdict(row), row.is_sound and row.kill_count == kills.FULL_KILL_COUNT


def _mutate(format_name: str) -> tuple[Row, bool]:
    row = mutations.run(format_name, MUTATION_COUNT, SEED)
    return asdict(row), row.is_clean


def main(arguments: Iterable[str]) -> int:
    """Make what is missing and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="forget the rows that are there")
    if parser.parse_args(list(arguments)).fresh:
        STATE.unlink(missing_ok=True)
    todo, commit = tasks(), commit_of(ROOT)
    is_sound = run(todo, STATE, commit, lambda line: print(line, flush=True))
    done = read_state(STATE, commit)
    if len(done) < len(todo):
        print(f"{len(todo) - len(done)} rows could not be made; run it again to make them")
        return 1
    write_tables(PAGE, todo, done, f"{datetime.now(UTC):%Y-%m-%d}, commit {commit}")
    print(f"{PAGE} is written")
    return 0 if is_sound else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
