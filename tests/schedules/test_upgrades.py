"""A home of every earlier schema comes to the present one: rows stay, the catalog of before is kept."""

from pathlib import Path

import pytest

from schedules import workspace as module
from schedules.workspace import create_workspace, open_workspace, told_migrations
from storage import doctor, lake, migrate, rows
from storage.catalog import drop_copies
from storage.errors import HomeError
from storage.home import open_home
from storage.records import LanguageModel
from tests.storage.builders import make

EARLIER = [number for number, _ in migrate.migrations()][:-1]


@pytest.fixture(params=EARLIER, ids=[f"schema-{number}" for number in EARLIER])
def old_home(request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a home as the Freshpress of a schema made it, with a model in it."""
    known = [one for one in migrate.migrations() if one[0] <= request.param]
    with monkeypatch.context() as then:
        then.setattr(migrate, "migrations", lambda: known)
        # Views are of the present tables.
        then.setattr(module, "publish_questions", lambda workspace: None)
        home = create_workspace(tmp_path / "home", "tests@example.org")[0].home
        model = make(LanguageModel, model_id="kept", kind="base")
        lake.write(home, "a model", lambda connection: rows.insert(connection, [model], LanguageModel))
    return tmp_path / "home"


def test_every_earlier_schema_comes_to_the_present_one(old_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(HomeError, match=r"lacks schema \d+; `freshpress --home \S+ init` brings it there"):
        open_workspace(old_home)
    assert told_migrations(old_home).endswith(f"{migrate.migrations()[-1][1].stem.replace('_', ' ')}.")
    workspace, applied = create_workspace(old_home, None)
    assert applied[-1] == migrate.migrations()[-1][0]
    assert "the catalog of before is kept as" in capsys.readouterr().err
    with lake.reading(workspace.home) as connection:
        assert [model.model_id for model in rows.select(connection, LanguageModel)] == ["kept"]
        assert all(not one.broken_count for one in doctor.check_invariants(connection))
    assert told_migrations(old_home) == f"{old_home} has the present schema."
    open_workspace(old_home)


def test_the_catalog_of_before_is_the_lake_of_before(old_home: Path) -> None:
    create_workspace(old_home, None)
    home = open_home(old_home)
    (copy,) = home.lake.glob("catalog.before-*")
    copy.replace(lake.catalog_path(home))
    for rest in home.lake.glob("catalog.sqlite-*"):
        rest.unlink()
    with lake.reading(home) as connection:
        assert migrate.pending_migrations(connection)
        assert [model.model_id for model in rows.select(connection, LanguageModel)] == ["kept"]


def test_copies_go_with_the_versions_they_need(old_home: Path) -> None:
    create_workspace(old_home, None)
    home = open_home(old_home)
    drop_copies(home, days=30)
    assert len(list(home.lake.glob("catalog.before-*"))) == 1
    drop_copies(home)
    assert list(home.lake.glob("catalog.before-*")) == []


def test_a_new_home_has_no_copy_and_needs_a_contact(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match="is no home yet; name an address"):
        create_workspace(tmp_path / "home", None)
    workspace, _ = create_workspace(tmp_path / "home", "tests@example.org")
    assert list(workspace.home.lake.glob("catalog.before-*")) == []
