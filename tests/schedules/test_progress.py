"""What is said of long work where nobody sees a bar: one line a minute, also while nothing happens."""

import json
import os
import threading
from datetime import UTC, datetime

import pytest

from schedules import progress as module
from schedules.progress import Progress, progress, relay, say


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


def test_a_log_for_programs_has_one_object_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FRESHPRESS_LOG", "json")
    say('a "line"\x1b[31m of\ntwo')
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert told["said"] == 'a "line"\\x1b[31m of\\ntwo'
    assert told["process"] == os.getpid()
    assert datetime.strptime(told["at"], "%Y-%m-%dT%H:%M:%SZ") <= datetime.now(UTC).replace(tzinfo=None)
    assert relay(line) == told["said"]
    assert capsys.readouterr().err == f"{line}\n", "what another process of ours said is not wrapped again"


def test_a_line_that_is_no_object_of_ours_is_passed_on_visibly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in ("plain \x1b[31m", '["said"]', '{"said": 3}'):
        assert relay(line) == line
    monkeypatch.setenv("FRESHPRESS_LOG", "json")
    for line in ("plain \x1b[31m", '["said"]', '{"said": 3}'):
        assert relay(line) == line
    assert "\x1b" not in capsys.readouterr().err
