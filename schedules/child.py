"""A job as a process of its own, which can be ended at any moment because every stage can be resumed."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from schedules.progress import relay, say
from schedules.runs import TRIGGER_VARIABLE
from storage.records import utc_now

STOPPED = 143


@dataclass(frozen=True, slots=True)
class Running:
    """The job that runs now and the last line it said."""

    job: str
    trigger: str
    started_at: datetime
    last_line: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended: its last line says why it failed, if it did."""

    exit_status: int
    last_line: str


class Runner:
    """Runs one job at a time until it is told to stop; anybody may ask what runs."""

    def __init__(self, root: Path, stop_wait_seconds: float) -> None:
        self._root = root
        self._stop_wait_seconds = stop_wait_seconds
        self._starting = threading.Lock()
        self._is_stopping = False
        self._child: subprocess.Popen[str] | None = None
        self._running: Running | None = None

    @property
    def running(self) -> Running | None:
        """Return what runs now."""
        return self._running

    def run(self, job: str, arguments: Sequence[str], trigger: str) -> Ended | None:
        """Run one command of freshpress and pass on what it says; None where everything is being stopped."""
        command = [sys.executable, "-m", "cli", "--home", str(self._root), *arguments]
        with self._starting:
            if self._is_stopping:
                return None
            say(f"{job}: started")
            self._running = Running(job, trigger, utc_now(), "")
            self._child = child = subprocess.Popen(  # noqa: S603 - our own command line
                command,
                env=os.environ | {TRIGGER_VARIABLE: trigger},
                start_new_session=True,
                stderr=subprocess.PIPE,
                text=True,
            )
        last_line = self._pass_on(child)
        exit_status = child.wait()
        self._child = self._running = None
        say(f"{job}: {'done' if exit_status == 0 else f'failed with exit status {exit_status}'}")
        return Ended(exit_status, last_line)

    def stop(self) -> None:
        """End what runs, politely first; nothing starts after this. It goes on where it was when it is run again."""
        with self._starting:
            self._is_stopping = True
            child = self._child
        if child is None:
            return
        child.terminate()
        try:
            child.wait(self._stop_wait_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)

    def _pass_on(self, child: subprocess.Popen[str]) -> str:
        """Pass on what a job says until it ends; return its last line."""
        last = ""
        assert child.stderr is not None
        for line in child.stderr:
            last = relay(line.rstrip()) or last
            assert self._running is not None
            self._running = replace(self._running, last_line=last)
        return last
