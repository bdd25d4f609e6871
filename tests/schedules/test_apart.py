"""Work apart: its result, reports and errors come back, and the end of either process is the end of the work."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from schedules.apart import run_apart
from storage.errors import InputError, ProcessError

ROOT = Path(__file__).resolve().parents[2]


def double(task, report):
    for number in task:
        report(number)
    return [2 * number for number in task], os.getpid()


def refuse(task, _report):
    raise InputError(f"{task} is no number; give one.")


def break_down(task, _report):
    return 1 / task


def die(signal_number, _report):
    os.kill(os.getpid(), signal_number)


def leave(exit_status, _report):
    os._exit(exit_status)


def work_without_end(path, _report):
    path.write_text(str(os.getpid()))
    time.sleep(600)


def test_the_result_and_every_report_come_back_from_another_process():
    reports = []
    doubled, process_id = run_apart(double, [1, 2, 3], reports.append)
    assert (doubled, reports) == ([2, 4, 6], [1, 2, 3])
    assert process_id != os.getpid()
    assert run_apart(double, [], reports.append)[1] != process_id


def test_a_stated_failure_comes_back_as_itself():
    with pytest.raises(InputError, match="seven is no number; give one"):
        run_apart(refuse, "seven", print)


def test_a_defect_is_told_in_full_and_comes_back_as_one_sentence(capfd):
    with pytest.raises(ProcessError, match="ZeroDivisionError: division by zero; the traceback stands above"):
        run_apart(break_down, 0, print)
    assert "in break_down" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("work", "task", "how"),
    [
        (die, signal.SIGKILL, "was killed, as a rule for want of memory"),
        (die, signal.SIGSEGV, "died of SIGSEGV"),
        (leave, 3, "ended with exit status 3 before it was done"),
    ],
)
def test_a_process_that_dies_says_how(work, task, how):
    with pytest.raises(ProcessError, match=f"its process {how}; what is scored stays"):
        run_apart(work, task, print)


def test_the_work_ends_with_whoever_asked_for_it(tmp_path):
    code = (
        "from pathlib import Path; from schedules.apart import run_apart; "
        "from tests.schedules.test_apart import work_without_end; "
        f"run_apart(work_without_end, Path({str(tmp_path / 'pid')!r}), print)"
    )
    asked = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    process_id = int(_content(tmp_path / "pid"))
    os.kill(asked.pid, signal.SIGKILL)
    asked.wait()
    gone_by = time.monotonic() + 10
    while _is_alive(process_id) and time.monotonic() < gone_by:
        time.sleep(0.02)
    assert not _is_alive(process_id)


def _content(path):
    written_by = time.monotonic() + 60
    while time.monotonic() < written_by:
        if path.exists() and path.read_text():
            return path.read_text()
        time.sleep(0.05)
    raise AssertionError(f"{path} was not written")


def _is_alive(process_id):
    try:
        # A zombie that nobody waits for has ended.
        return "State:\tZ" not in Path(f"/proc/{process_id}/status").read_text()
    except FileNotFoundError:
        return False
