"""Locks between processes: the kernel's own `flock`, so that a killed process never leaves one behind."""

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import BusyError


@contextmanager
def exclusive(path: Path, purpose: str, wait_seconds: float) -> Iterator[None]:
    """Hold the lock file; wait for another holder at most so long, then say who it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        _acquire(file.fileno(), path, wait_seconds)
        file.truncate(0)
        file.write(f"{purpose}, process {os.getpid()} on {socket.gethostname()}")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)
            fcntl.flock(file.fileno(), fcntl.LOCK_UN)


def _acquire(descriptor: int, path: Path, wait_seconds: float) -> None:
    give_up_at = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= give_up_at:
                holder = path.read_text(encoding="utf-8") or "another process"
                raise BusyError(
                    f"{path.name} is held by {holder} for more than {wait_seconds:g} s; wait for it and run this again."
                ) from None
            time.sleep(0.1)
        else:
            return
