"""Progress of long work, on stderr: a bar on a terminal, plain lines otherwise."""

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

# "json": for programs that read the log.
LOG_VARIABLE = "FRESHPRESS_LOG"
# Without a terminal, one line a minute tells a log reader that work goes on.
LINE_SECONDS = 60.0


class Progress:
    """One piece of work being done: `advance_to` says how far it is, in units of its own."""

    def __init__(self, title: str, bars: Bars | None, task: TaskID | None) -> None:
        self._title = title
        self._bars = bars
        self._task = task
        self._reached: str | None = None

    def advance_to(self, done: float, total: float | None, note: str = "") -> None:
        """Show that `done` of `total` is reached; `total` may be unknown."""
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, completed=done, total=total, note=visible(note))
        else:
            self._reached = f"{done:g} of {total:g} {note}" if total else f"{done:g} {note}"

    def tell(self) -> None:
        """Say how far it is, where there is no bar to show it."""
        if self._reached is not None:
            say(f"{self._title}: {self._reached}")


@contextmanager
def progress(title: str) -> Iterator[Progress]:
    """Show one piece of work while it lasts, and how long it took."""
    started_at = time.monotonic()
    if sys.stderr.isatty():
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}", markup=False),
        )
        with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
            yield Progress(title, bars, bars.add_task(visible(title), total=None, note=""))
    else:
        say(f"{title} …")
        with _telling(Progress(title, None, None)) as work:
            yield work
    say(f"{title}: done in {time.monotonic() - started_at:.1f} s")


@contextmanager
def _telling(work: Progress) -> Iterator[Progress]:
    """Say how far the work is, once a minute: also while it waits and has nothing to report."""
    ended = threading.Event()

    def tell() -> None:
        while not ended.wait(LINE_SECONDS):
            work.tell()

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield work
    finally:
        ended.set()
        teller.join()


def say(line: str) -> None:
    """Write one line to stderr, control characters made visible: it may quote the outside world.

    With `FRESHPRESS_LOG=json` the line is a JSON object: at (UTC), process, said.
    """
    _write(_as_json(visible(line)) if os.environ.get(LOG_VARIABLE) == "json" else visible(line))


def relay(line: str) -> str:
    """Pass on a line that a process of ours has said, as it is, and return what it says."""
    said = _said(line)
    _write(line if said is not None else visible(line))
    return line if said is None else said


def _as_json(line: str) -> str:
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({"at": at, "process": os.getpid(), "said": line}, ensure_ascii=False)


def _said(line: str) -> str | None:
    """Return what a JSON line says; None where it is none of ours."""
    if os.environ.get(LOG_VARIABLE) != "json":
        return None
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told["said"] if isinstance(told, dict) and isinstance(told.get("said"), str) else None


def _write(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - the one place that speaks


def visible(text: str) -> str:
    """Spell out whatever could steer a terminal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
