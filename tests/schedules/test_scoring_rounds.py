"""Scoring the latest snapshots one after the other."""

from pathlib import Path

import pytest

from schedules.measure import Wanted, estimates
from schedules.scoring_rounds import plan_jobs, score_jobs
from schedules.workspace import Workspace
from storage import lake
from storage.errors import InputError, ScoringError
from tests.schedules.scored_home import OCTOBER, make_home, seal


@pytest.fixture
def home(tmp_path: Path) -> Workspace:
    workspace = make_home(tmp_path / "home", text_count=3)
    for month in (11, 12):
        seal(workspace, f"2026-{month}", [f"A text of month {month}."])
        move = f"UPDATE snapshots SET window_end = DATE '2026-{month}-28' WHERE snapshot_id = '2026-{month}'"
        lake.write(workspace.home, "its window", lambda connection, move=move: connection.execute(move))
    return workspace


def test_the_newest_comes_first(home: Workspace) -> None:
    jobs = plan_jobs(home, Wanted(), latest=2)
    assert [job.scored.snapshot_id for job in jobs] == ["2026-12", "2026-11"]
    assert score_jobs(jobs) == 2
    assert [row[0] for row in estimates(*plan_jobs(home, Wanted(), latest=9)).rows if row[5]] == [OCTOBER]


def test_one_snapshot_or_several_but_not_both(home: Workspace) -> None:
    with pytest.raises(InputError, match="--latest 2"):
        plan_jobs(home, Wanted(snapshot_id=OCTOBER), latest=2)


def test_one_that_fails_does_not_stop_the_others(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from schedules import scoring_rounds

    real = scoring_rounds.score

    def score(job: object) -> int:
        if job.scored.snapshot_id == "2026-12":
            raise ScoringError("1 of 1 models were not scored: x: it cannot be loaded")
        return real(job)

    monkeypatch.setattr(scoring_rounds, "score", score)
    jobs = plan_jobs(home, Wanted(), latest=2)
    with pytest.raises(ScoringError, match=r"^2026-12: 1 of 1 models"):
        score_jobs(jobs)
    assert score_jobs(plan_jobs(home, Wanted(snapshot_id="2026-11"), latest=1)) == 0
