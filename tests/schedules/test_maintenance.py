"""Upkeep of a home: fewer files and versions, the same rows; what has served its purpose goes, and nothing else."""

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from schedules.maintenance import maintain
from schedules.workspace import Workspace
from storage import lake, rows
from storage.errors import BusyError
from storage.landing import landing_folder
from storage.locks import exclusive
from storage.records import LanguageModel, Score, Watermark, utc_now
from tests.schedules.scored_home import OCTOBER, make_home
from tests.storage.builders import make


@pytest.fixture
def home(tmp_path: Path) -> Workspace:
    return make_home(tmp_path / "home", text_count=3)


def with_settings(workspace: Workspace, section: str, **given: object) -> Workspace:
    changed = getattr(workspace.settings, section).model_copy(update=given)
    return replace(workspace, settings=workspace.settings.model_copy(update={section: changed}))


def answers(workspace: Workspace) -> list[list[object]]:
    with lake.reading(workspace.home) as connection:
        return [rows.select(connection, LanguageModel), rows.select(connection, Score)]


def test_many_small_files_become_few_and_every_row_stays(home: Workspace) -> None:
    for at in range(12):
        scores = [make(Score, snapshot_id=OCTOBER, model_id=f"m{at}", document_id=f"d{n}") for n in range(200)]
        lake.write(home.home, "scores", lambda connection, some=scores: rows.insert(connection, some, Score))
    before = answers(home)
    table = {what: (old, new) for what, old, new in maintain(with_settings(home, "storage", keep_versions_days=0)).rows}
    assert answers(home) == before
    assert table["lake files in use"][1] < table["lake files in use"][0]
    assert table["lake versions"][1] == 1
    assert table["lake files"][1] >= table["lake files in use"][1], "what open readers may need stays for a day"


def test_versions_are_kept_as_long_as_the_settings_say(home: Workspace) -> None:
    table = {what: (old, new) for what, old, new in maintain(home).rows}
    assert table["lake versions"][1] >= table["lake versions"][0]


def test_what_was_fetched_for_sealed_windows_goes_when_it_is_old(home: Workspace) -> None:
    old, recent, hole = (
        Watermark("github", date(2026, month, 1), date(2026, month + 1, 1), state, None, utc_now())
        for month, state in ((1, "covered"), (10, "covered"), (2, "hole"))
    )
    lake.write(home.home, "marks", lambda connection: rows.insert(connection, [old, recent, hole], Watermark))
    folders = []
    for mark in (old, recent, hole):
        folders.append(landing_folder(home.home.landing, mark.source, mark.window_start, mark.window_end))
        folders[-1].mkdir(parents=True)
        (folders[-1] / "unit.parquet").write_bytes(b"x" * 1000)
    candidates = [home.home.candidates / f"{OCTOBER}-{'0' * 16}", home.home.candidates / f"{OCTOBER}-extra-{'0' * 16}"]
    for folder in candidates:
        folder.mkdir(parents=True)
    maintain(home)
    assert all(folder.is_dir() for folder in (*folders, *candidates)), "by default nothing fetched is taken away"
    days = (utc_now().date() - date(2026, 10, 15)).days
    table = {what: old for what, old, _ in maintain(with_settings(home, "storage", keep_landing_days=days)).rows}
    assert [folder.is_dir() for folder in folders] == [False, True, True]
    assert [folder.is_dir() for folder in candidates] == [False, True]
    assert table["landing and candidates, bytes"] == 1000


def test_spill_of_killed_jobs_goes_and_that_of_living_ones_stays(home: Workspace) -> None:
    home.home.spill.mkdir(exist_ok=True)
    dead, living = home.home.spill / "dead.tmp", home.home.spill / "living.tmp"
    for path in (dead, living):
        path.write_bytes(b"x" * 10)
    os.utime(dead, (0, 0))
    maintain(home)
    assert [path.exists() for path in (dead, living)] == [False, True]


def test_a_backup_is_made_where_one_is_wanted(home: Workspace, tmp_path: Path) -> None:
    maintain(with_settings(home, "schedules", backup_dir=str(tmp_path / "backup")))
    assert (tmp_path / "backup" / "manifest.json").is_file()


def test_nothing_is_taken_from_under_a_refresh(home: Workspace) -> None:
    held = exclusive(home.home.locks / "refresh.lock", "`freshpress refresh`", 0.0)
    with held, pytest.raises(BusyError, match="held by `freshpress refresh`"):
        maintain(home)
