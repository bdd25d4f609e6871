"""A refresh to which nobody names a window: every open one and what is due, each sealed, whatever fails between."""

from dataclasses import replace
from pathlib import Path

import pytest

from schedules import jobs
from schedules.jobs import refresh_due
from schedules.periods import Period, month
from schedules.workspace import Workspace
from storage import lake, parquet, rows
from storage.errors import ConfigError, CrawlError, DiskError
from storage.records import Snapshot, Verdict, Watermark
from storage.snapshots import CandidateFiles
from storage.snapshots import seal as seal_rows
from tests.schedules.conftest import FakeCrawler, failed
from tests.storage.builders import make

BOTH = ("github", "arxiv")


@pytest.fixture(autouse=True)
def sealing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Seal snapshots without a text, since no text landed."""

    def seal(workspace: Workspace, period: Period, sources: tuple[str, ...], *_: object, **__: object) -> Snapshot:
        snapshot = make(
            Snapshot, snapshot_id=period.name, window_start=period.since, window_end=period.until, sources=sources,
            config_hash=jobs.config_hash(workspace, period, sources), is_complete=True,
        )  # fmt: skip
        lake.write(workspace.home, "seal", lambda connection: seal_rows(connection, snapshot, nothing))
        return snapshot

    nothing = CandidateFiles([], [], [], tmp_path)
    monkeypatch.setattr("storage.snapshots.rows.insert_files", lambda *_: 0)
    verdicts = tmp_path / "verdicts.parquet"
    verdicts.write_bytes(parquet.encode_records([make(Verdict, reason=None)], Verdict))
    monkeypatch.setattr(jobs, "curate", lambda *_: verdicts)
    monkeypatch.setattr(jobs, "seal", seal)


def mark(workspace: Workspace, source: str, name: str, state: str) -> None:
    period = month(name)
    noted = make(Watermark, source=source, state=state, window_start=period.since, window_end=period.until)
    lake.write(workspace.home, "test", lambda connection: rows.replace(connection, [noted], Watermark))


def states(workspace: Workspace) -> dict[tuple[str, str], str]:
    with lake.reading(workspace.home) as connection:
        return {(m.source, f"{m.window_start:%Y-%m}"): m.state for m in rows.select(connection, Watermark)}


@pytest.fixture
def begun(workspace: Workspace) -> Workspace:
    """August is covered; in September arXiv left a hole."""
    for source in BOTH:
        mark(workspace, source, "2026-08", "covered")
    mark(workspace, "github", "2026-09", "landed")
    mark(workspace, "arxiv", "2026-09", "hole")
    return workspace


def test_a_hole_is_filled_and_sealed_before_the_window_after_it(begun: Workspace, crawler: FakeCrawler) -> None:
    made = refresh_due(begun, BOTH)
    assert [snapshot.snapshot_id for snapshot in made] == ["2026-09", "2026-10"]
    assert crawler.asked == [(source, name) for name in ("2026-09", "2026-10") for source in BOTH]
    assert set(states(begun).values()) == {"covered"}
    assert [snapshot.snapshot_id for snapshot in refresh_due(begun, BOTH)] == ["2026-10"]
    assert len(crawler.asked) == 4


def test_a_window_that_fails_again_does_not_keep_later_ones_from_being_sealed(
    begun: Workspace, crawler: FakeCrawler, capsys: pytest.CaptureFixture[str]
) -> None:
    crawler.failing["arxiv", "2026-09"] = failed("arxiv", "2026-09")
    with pytest.raises(CrawlError, match=r"^2026-09: The arxiv crawl of 2026-09 is incomplete; run it again.$"):
        refresh_due(begun, BOTH)
    assert states(begun)["arxiv", "2026-09"] == "hole"
    assert states(begun)["arxiv", "2026-10"] == states(begun)["github", "2026-10"] == "covered"
    # From now on no snapshot waits for September: it is crawled again, which is said, and not sealed.
    crawler.asked.clear()
    with pytest.raises(CrawlError, match=r"^arxiv 2026-09: The arxiv crawl of 2026-09 is incomplete"):
        refresh_due(begun, BOTH)
    crawler.failing.clear()
    assert [snapshot.snapshot_id for snapshot in refresh_due(begun, BOTH)] == ["2026-10"]
    assert crawler.asked == [("arxiv", "2026-09")] * 2
    assert states(begun)["arxiv", "2026-09"] == "landed"
    assert "arxiv 2026-09 is a hole before what is sealed: crawled again, to land" in capsys.readouterr().err


def test_every_failure_is_one_sentence(begun: Workspace, crawler: FakeCrawler) -> None:
    crawler.failing["arxiv", "2026-09"] = failed("arxiv", "2026-09")
    crawler.failing["github", "2026-10"] = ConfigError("the settings are others.")
    with pytest.raises(CrawlError) as failure:
        refresh_due(begun, BOTH)
    assert str(failure.value) == (
        "2 windows are not done: 2026-09: The arxiv crawl of 2026-09 is incomplete; run it again. · "
        "2026-10: the settings are others."
    )


def test_a_full_disk_ends_everything(begun: Workspace, crawler: FakeCrawler) -> None:
    crawler.failing["github", "2026-09"] = DiskError("the disk is full")
    with pytest.raises(DiskError):
        refresh_due(begun, BOTH)
    assert crawler.asked == [("github", "2026-09")]


def test_a_snapshot_sealed_of_other_sources_is_one_failure_among_windows(
    begun: Workspace, crawler: FakeCrawler
) -> None:
    sealed = make(Snapshot, snapshot_id="2026-09", window_start=month("2026-09").since, config_hash="another")
    lake.write(
        begun.home, "test", lambda c: rows.insert(c, [replace(sealed, window_end=month("2026-09").until)], Snapshot)
    )
    with pytest.raises(CrawlError, match=r"^2026-09: snapshot 2026-09 is sealed for .* use another --name"):
        refresh_due(begun, BOTH)
    assert states(begun)["github", "2026-10"] == "covered"
