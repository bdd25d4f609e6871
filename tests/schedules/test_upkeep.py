"""Backup and restore as jobs: the same fingerprints, the same answers of every view, and what ran then runs no more."""

from pathlib import Path

import pytest

from analysis.questions import questions
from schedules.runs import locked, new_run
from schedules.upkeep import back_up, restore
from schedules.workspace import Workspace, open_workspace
from storage import job_runs, lake, snapshots
from storage.errors import BusyError
from storage.known_backups import known_backups
from tests.schedules.scored_home import OCTOBER, SETTINGS, add_tiny_model, ask, make_home


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    from schedules.measure import Wanted, plan_scoring, score

    folder = tmp_path_factory.mktemp("upkeep")
    workspace = make_home(folder / "home", text_count=6)
    add_tiny_model(workspace, folder / "model")
    score(plan_scoring(workspace, Wanted()))
    fingerprint = "UPDATE snapshots SET fingerprint = $fingerprint"
    with lake.reading(workspace.home) as connection:
        from curation.fingerprint import fingerprint as of

        texts = list(snapshots.kept_texts(connection, OCTOBER))
        values = {"fingerprint": of((text.document_id, text.text_sha256) for text in texts)}
    lake.write(workspace.home, "seal rightly", lambda connection: connection.execute(fingerprint, values))
    return workspace


def states(table) -> dict[str, str]:
    return {name: state for name, state, _ in table.rows}


def test_a_restored_home_has_the_same_fingerprints_and_the_same_answers(scored, tmp_path):
    back_up(scored, tmp_path / "copy", with_landing=False)
    checks, broken = restore(tmp_path / "copy", tmp_path / "again")
    again = open_workspace(tmp_path / "again")
    assert states(checks)[f"fingerprint {OCTOBER}"] == "holds"
    assert states(checks)["files"] == "holds"
    # The hand-made snapshot has no crawls and no verdicts; nothing else may be broken, in either home.
    assert [name.partition(":")[0] for name in broken] == ["kept_verdicts_are_members"]
    for name in questions():
        order = f"SELECT * FROM {name} ORDER BY ALL"
        assert ask(again, order) == ask(scored, order), name
    assert ask(again, "SELECT count(*) FROM scores WHERE model_id NOT LIKE 'zstd%'") == [(6,)]


def test_the_settings_come_back_too(scored, tmp_path):
    back_up(scored, tmp_path / "copy", with_landing=False)
    restore(tmp_path / "copy", tmp_path / "again")
    assert SETTINGS in (tmp_path / "again" / "freshpress.toml").read_text()


def test_a_changed_snapshot_is_told_after_a_restore(scored, tmp_path):
    back_up(scored, tmp_path / "sound", with_landing=False)
    restore(tmp_path / "sound", tmp_path / "changed")
    changed = open_workspace(tmp_path / "changed")
    drop = "DELETE FROM snapshot_documents WHERE document_id = '2026-10-000'"
    lake.write(changed.home, "damage", lambda connection: connection.execute(drop))
    back_up(changed, tmp_path / "copy", with_landing=False)
    checks, broken = restore(tmp_path / "copy", tmp_path / "again")
    assert states(checks)[f"fingerprint {OCTOBER}"] == "broken"
    assert any(line.startswith(f"fingerprint {OCTOBER}: ") for line in broken)


def test_a_job_that_ran_during_the_backup_is_interrupted_in_the_restored_home(scored, tmp_path):
    run = new_run(scored, "refresh", "manual")
    lake.write(scored.home, "begin", lambda connection: job_runs.begin_run(connection, run))
    back_up(scored, tmp_path / "copy", with_landing=False)
    restore(tmp_path / "copy", tmp_path / "again")
    asked = f"SELECT outcome FROM job_runs WHERE job_run_id = '{run.job_run_id}'"
    assert ask(open_workspace(tmp_path / "again"), asked) == [("interrupted",)]
    assert ask(scored, asked) == [("running",)]


def test_a_backup_is_a_job_and_its_folder_is_remembered(scored, tmp_path):
    back_up(scored, tmp_path / "one", with_landing=False)
    back_up(scored, tmp_path / "two", with_landing=False)
    back_up(scored, tmp_path / "one", with_landing=False)
    folders = [Path(known.folder) for known in known_backups(scored.home)]
    assert folders.count(tmp_path / "one") == folders.count(tmp_path / "two") == 1
    assert ask(scored, "SELECT DISTINCT outcome FROM job_runs WHERE job = 'backup'") == [("done",)]


def test_landing_files_are_not_copied_while_a_crawl_writes_them(scored, tmp_path):
    with locked(scored, "refresh"):
        back_up(scored, tmp_path / "lake", with_landing=False)
        with pytest.raises(BusyError, match="held by `freshpress refresh`"):
            back_up(scored, tmp_path / "all", with_landing=True)
