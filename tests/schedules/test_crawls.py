"""The first stage: rows in job_runs, holes and landed windows, what is said on the way, and what a kill leaves."""

import multiprocessing
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.spec import CrawlProgress
from schedules.crawls import crawl_due, crawl_source, crawl_sources, end_line, line
from schedules.periods import month
from schedules.runs import locked, noted, recorded
from schedules.workspace import Workspace, open_workspace
from storage import lake, rows
from storage.errors import BusyError, CrawlError, DiskError
from storage.records import CrawlRun, JobRun, Watermark
from tests.schedules.conftest import FakeCrawler, failed
from tests.storage.builders import make

OCTOBER = month("2026-10")


def found(workspace: Workspace, record: type) -> list:
    with lake.reading(workspace.home) as connection:
        return rows.select(connection, record)


def job_runs(workspace: Workspace) -> list[tuple[str, str, int | None, str | None]]:
    runs = sorted(found(workspace, JobRun), key=lambda run: run.started_at)
    return [(run.job, run.outcome, run.row_count, run.error) for run in runs]


def test_each_crawl_of_a_refresh_has_a_row_of_its_own(workspace: Workspace, crawler: FakeCrawler) -> None:
    error = failed("arxiv", "2026-10")
    crawler.failing["arxiv", "2026-10"] = error
    with pytest.raises(CrawlError), recorded(workspace, "refresh"):
        crawl_sources(workspace, OCTOBER, ["github", "arxiv", "common_crawl"])
    assert job_runs(workspace) == [
        ("refresh", "failed", None, str(error)),
        ("crawl github", "done", 3, None),
        ("crawl arxiv", "failed", 0, str(error)),
        ("crawl common_crawl", "done", 3, None),
    ]
    states = [(mark.source, mark.state, mark.reason) for mark in found(workspace, Watermark)]
    assert states == [("arxiv", "hole", str(error)), ("common_crawl", "landed", None), ("github", "landed", None)]
    assert len(found(workspace, CrawlRun)) == 3


def test_a_crawl_by_hand_takes_the_holes_of_its_source_first_and_then_what_is_due(
    workspace: Workspace, crawler: FakeCrawler
) -> None:
    marks = [("2026-07", "hole"), ("2026-08", "covered"), ("2026-09", "hole")]
    for name, state in marks:
        period = month(name)
        mark = make(Watermark, source="arxiv", state=state, window_start=period.since, window_end=period.until)
        lake.write(workspace.home, "test", lambda connection, mark=mark: rows.insert(connection, [mark], Watermark))
    crawler.failing["arxiv", "2026-09"] = failed("arxiv", "2026-09")
    with pytest.raises(CrawlError, match=r"^2026-09: The arxiv crawl of 2026-09 is incomplete"):
        crawl_due(workspace, "arxiv")
    assert crawler.asked == [("arxiv", "2026-07"), ("arxiv", "2026-09"), ("arxiv", "2026-10")]
    crawler.failing.clear()
    assert [f"{run.window_start:%Y-%m}" for run in crawl_due(workspace, "arxiv")] == ["2026-09", "2026-10"]


def test_a_full_disk_is_no_hole_of_the_source(workspace: Workspace, crawler: FakeCrawler) -> None:
    crawler.failing["github", "2026-10"] = DiskError("the disk is full")
    with pytest.raises(DiskError):
        crawl_sources(workspace, OCTOBER, ["github", "arxiv"])
    assert crawler.asked == [("github", "2026-10")]
    assert found(workspace, Watermark) == []
    assert job_runs(workspace) == [("crawl github", "failed", None, "the disk is full")]


def crawl_until_killed(root: Path) -> None:
    workspace = open_workspace(root)
    with recorded(workspace, "refresh"), noted(workspace, "crawl arxiv"):
        os.kill(os.getpid(), signal.SIGKILL)


def test_rows_of_a_killed_job_and_its_parts_are_interrupted_when_their_lock_is_taken_again(
    workspace: Workspace, crawler: FakeCrawler
) -> None:
    killed = multiprocessing.get_context("spawn").Process(target=crawl_until_killed, args=(workspace.home.root,))
    killed.start()
    killed.join(60)
    assert killed.exitcode == -signal.SIGKILL
    assert [row[:2] for row in job_runs(workspace)] == [("refresh", "running"), ("crawl arxiv", "running")]
    with locked(workspace, "crawl", lock="refresh"):
        crawl_source(workspace, OCTOBER, "github")
    assert [row[:2] for row in job_runs(workspace)] == [
        ("refresh", "interrupted"),
        ("crawl arxiv", "interrupted"),
        ("crawl github", "done"),
    ]


def test_what_another_process_is_running_is_not_marked(workspace: Workspace) -> None:
    with recorded(workspace, "refresh"):
        with (
            pytest.raises(BusyError, match=r"refresh\.lock is held by `freshpress refresh`"),
            locked(workspace, "crawl", lock="refresh"),
        ):
            pytest.fail("the lock was taken twice")
        assert [row[:2] for row in job_runs(workspace)] == [("refresh", "running")]


def test_a_job_is_remembered_by_what_it_failed_with_though_its_end_cannot_be_noted(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_disk_and_fail() -> None:
        with noted(workspace, "crawl github"):
            monkeypatch.setattr("schedules.runs._end", refuse)
            raise DiskError("landing could not be written")

    def refuse(*_: object) -> None:
        raise BusyError("the lake could not be written")

    with pytest.raises(DiskError, match="landing could not be written"):
        fill_disk_and_fail()
    assert "the end of `crawl github` could not be noted: the lake could not be written" in capsys.readouterr().err


# --- what is said -----------------------------------------------------------------------------------------

STATE = make(
    CrawlProgress,
    unit_count=7,
    landed_count=12,
    content_bytes=45_000_000,
    budget_bytes=200_000_000,
    request_count=9,
    waits={"rate limit": 300.0, "503": 40.0},
    seconds_left=750.0,
    note="owner/name",
)


def test_progress_says_items_bytes_requests_waits_with_their_causes_and_time_left() -> None:
    assert line(STATE) == (
        "MB; 12 items from 7 units, 9 requests, waited 340 s: 40 s 503, 300 s rate limit; 12 min left; owner/name"
    )
    assert "time left unknown" in line(replace(STATE, seconds_left=None))
    assert end_line(replace(STATE, waits={})) == "45.0 MB; 12 items from 7 units, 9 requests, waited 0 s"


def test_a_crawl_ends_with_what_it_waited_for_also_when_it_fails(
    workspace: Workspace, crawler: FakeCrawler, capsys: pytest.CaptureFixture[str]
) -> None:
    crawler.failing["github", "2026-10"] = failed("github", "2026-10")
    with pytest.raises(CrawlError):
        crawl_source(workspace, OCTOBER, "github")
    assert (
        "crawl github 2026-10: 0.0 MB; 1 items from 1 units, 1 requests, waited 340 s: 40 s 503, 300 s rate limit"
        in (capsys.readouterr().err)
    )
