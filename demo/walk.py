"""`freshpress demo`: a small internet, a ladder of tiny models, and then exactly the commands a user would type.

The commands run as programs of their own, in the order of a first month. Everything lies in one folder, which is made
anew each time.
"""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from demo.benchmarks import Benchmark, make_benchmarks, write_references
from demo.cloze import measure, write_results
from demo.ladder import FAMILIES, Family, Rung, build_ladder
from demo.material import OCTOBER, SEPTEMBER, SETTINGS, make_material
from demo.origin import Origin, as_toml, serve
from schedules.progress import progress, say
from storage.errors import FreshpressError, HomeError

MARKER = "made-by-freshpress-demo"
CONTACT = "demo@localhost"
# Before the first window, so that every text of it is new to every model.
KNOWLEDGE_CUTOFF_ON = "2026-06-30"
DROPPED = (
    "SELECT source, step, coalesce(reason, 'kept') AS reason, document_count FROM verdict_summary "
    "WHERE snapshot_id = '2026-10' ORDER BY source, document_count DESC"
)


def walk(home: Path, families: Sequence[Family] = FAMILIES) -> None:
    """Do the main job once, on a home of its own, and leave it there to look at."""
    started_at = time.monotonic()
    _clear(home)
    rungs = _train_ladder(home / "models", families)
    benchmarks = make_benchmarks()
    references = write_references(benchmarks, home / "benchmarks")
    _say_command(home, "init", "--contact", CONTACT)
    for name, path in references.items():
        _say_command(home, "references", "add", name, str(path))
    for rung in rungs:
        _add_model(home, rung)
    for month in (SEPTEMBER, OCTOBER):
        with progress(f"make the internet of {month}"):
            material = make_material(month)
        with serve(material) as origin:
            _point_at(home, origin)
            _say_command(home, "refresh", "--name", month)
    results = _measure_benchmarks(home, rungs, benchmarks)
    _say_command(home, "score")
    _say_command(home, "benchmarks", "import", str(results))
    _say_command(home, "compare")
    _say_command(home, "correlate")
    _say_command(home, "sql", DROPPED)
    _say_command(home, "report")
    say("")
    say(f"The demo took {time.monotonic() - started_at:.0f} s. Open {home / 'report' / 'index.html'}, or ask:")
    say(f"  freshpress --home {home} sql 'FROM compression'")


def _clear(home: Path) -> None:
    """Make an empty folder; only one that an earlier demo has made is emptied."""
    if home.exists() and any(home.iterdir()) and not (home / MARKER).exists():
        raise HomeError(f"{home} is not empty and was not made by a demo; name another folder with --home.")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    (home / MARKER).touch()


def _train_ladder(folder: Path, families: Sequence[Family]) -> list[Rung]:
    with progress("train a ladder of tiny models") as bar:
        return build_ladder(folder, families, on_progress=lambda what, done, total: bar.advance_to(done, total, what))


def _add_model(home: Path, rung: Rung) -> None:
    _say_command(
        home, "models", "add", str(rung.folder), "--family", rung.family, "--knowledge-cutoff-on", KNOWLEDGE_CUTOFF_ON
    )


def _point_at(home: Path, origin: Origin) -> None:
    """Write the settings of the home: the small internet's addresses, and limits that fit its size."""
    tables = {**SETTINGS}
    for table, values in origin.overrides().items():
        tables[table] = {**tables.get(table, {}), **values}
    (home / "freshpress.toml").write_text(as_toml(tables), encoding="utf-8")


def _measure_benchmarks(home: Path, rungs: Sequence[Rung], benchmarks: Sequence[Benchmark]) -> Path:
    """Measure every rung on the small benchmarks and write the table a user would import."""
    path = home / "benchmarks" / "results.csv"
    accuracies = {}
    with progress("measure the models on three small benchmarks") as bar:
        for done, rung in enumerate(rungs):
            bar.advance_to(done, len(rungs), rung.name)
            accuracies[rung.name] = measure(rung.folder, benchmarks)
    write_results(path, benchmarks, accuracies)
    return path


def _say_command(home: Path, *words: str) -> None:
    """Type one command as a user would, and stop where it fails."""
    arguments = ["--home", str(home), *words]
    say("")
    say(f"$ freshpress {shlex.join(arguments)}")
    command = [sys.executable, "-m", "cli", *arguments]
    finished = subprocess.run(command, env=os.environ, check=False)  # noqa: S603 - our own command line
    if finished.returncode:
        raise FreshpressError(f"`freshpress {words[0]}` exited {finished.returncode}; its message stands above.")
