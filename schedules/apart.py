"""Work in a process of its own, so that its memory is given back, its peak is its own, and its death stops nobody else.

Processes are forked from a server that has imported what scoring needs and nothing more: the first one waits for that,
the others begin at once. Importing starts no GPU, so each process may. When the process that asked dies, however it
dies, the one that works ends at once: two never work on the same files.
"""

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from typing import Any, TypeVar

from schedules.progress import say
from storage.errors import FreshpressError, ProcessError

Task = TypeVar("Task")
Report = TypeVar("Report")
Result = TypeVar("Result")

# What the server imports before it forks.
PRELOADED = ["scoring.score", "storage.lake"]
REPORT, DONE, FAILED, BROKEN = "report", "done", "failed", "broken"


def run_apart(
    work: Callable[[Task, Callable[[Report], None]], Result], task: Task, on_report: Callable[[Report], None]
) -> Result:
    """Do the work on the task in a process of its own; hand on what it reports, and return what it returns.

    Its errors are raised here; so is a ProcessError where it died. Work, task, reports and result must pickle.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(work, task, sender))
    process.start()
    sender.close()
    try:
        result: Result = _outcome(process, receiver, on_report)
        return result
    finally:
        process.kill()
        process.join()
        receiver.close()


def _outcome(process: ForkServerProcess, receiver: Connection, on_report: Callable[[Report], None]) -> Any:
    while True:
        try:
            kind, value = receiver.recv()
        except EOFError:
            process.join()
            raise ProcessError(_death(process.exitcode)) from None
        if kind == DONE:
            return value
        if kind == FAILED:
            raise value
        if kind == BROKEN:
            sentence, story = value
            for line in story.splitlines():
                say(line)
            raise ProcessError(f"{sentence}; the traceback stands above.")
        on_report(value)


def _death(exit_code: int | None) -> str:
    if exit_code == -signal.SIGKILL:
        how = "was killed, as a rule for want of memory"
    elif exit_code is not None and exit_code < 0:
        how = f"died of {signal.Signals(-exit_code).name}"
    else:
        how = f"ended with exit status {exit_code} before it was done"
    return f"its process {how}; what is scored stays. If memory ran out lower [scoring] batch_tokens; run it again."


# --- in the process that works ----------------------------------------------------------------------------


def _work(work: Callable[[Any, Callable[[Any], None]], Any], task: Any, sender: Connection) -> None:
    """Do the work, and say how it ended."""
    # Ctrl-C reaches every process of a terminal; whoever asked ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    message: tuple[str, Any]
    try:
        message = (DONE, work(task, lambda report: sender.send((REPORT, report))))
    except FreshpressError as error:
        message = (FAILED, error)
    except Exception as error:  # noqa: BLE001 - told in full where the work was asked for
        message = (BROKEN, (f"{type(error).__name__}: {error}", traceback.format_exc()))
    sender.send(message)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "this runs in a process that multiprocessing has begun"
    wait([parent.sentinel])
    os._exit(1)
