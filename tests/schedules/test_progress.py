"""What is said of long work where nobody sees a bar: one line a minute, also while nothing happens."""

import threading

import pytest

from schedules import progress as module
from schedules.progress import Progress, progress


def test_the_last_thing_reached_is_said_as_often_as_asked(capsys: pytest.CaptureFixture[str]) -> None:
    work = Progress("crawl", None, None)
    work.tell()
    work.advance_to(1, 4, "one")
    work.advance_to(2, 4, "two\x1b[2J")
    work.tell()
    work.advance_to(3, None)
    work.tell()
    assert capsys.readouterr().err.splitlines() == ["crawl: 2 of 4 two\\x1b[2J", "crawl: 3 "]


def test_lines_come_while_the_work_reports_nothing_new(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    thrice = threading.Event()

    def say(text: str) -> None:
        said.append(text)
        if said.count("crawl: 1 of 9 waiting 300 s") == 3:
            thrice.set()

    monkeypatch.setattr(module, "LINE_SECONDS", 0.001)
    monkeypatch.setattr(module, "say", say)
    with progress("crawl") as bar:
        bar.advance_to(1, 9, "waiting 300 s")
        assert thrice.wait(30)
    assert said[0] == "crawl …"
    assert said[-1].startswith("crawl: done in ")
