"""Reference sets are registered with who goes for them, and a set of the same name gives way as a whole."""

import gzip
from datetime import date

import pytest

from schedules.registry import ReferenceClaims, add_reference
from schedules.workspace import create_workspace
from storage import lake
from storage.errors import InputError

QUERY = "SELECT name, mode, dated_on, item_count FROM reference_sets"


@pytest.fixture
def workspace(tmp_path):
    return create_workspace(tmp_path / "home", "tests@example.org")[0]


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "test.csv.gz"
    made.write_bytes(gzip.compress(b"What is a lake?,water,sand\nWhat is a dune?,water,sand\n"))
    return made


def sets(workspace):
    with lake.reading(workspace.home) as connection:
        return connection.execute(QUERY).fetchall()


def test_a_set_is_registered_with_its_columns_mode_and_date(workspace, path):
    claims = ReferenceClaims(("1", "3"), "keep_oldest", date(2026, 10, 5))
    assert add_reference(workspace, "mmlu", [path], claims) == 4
    assert sets(workspace) == [("mmlu", "keep_oldest", date(2026, 10, 5), 4)]
    assert add_reference(workspace, "mmlu", [path], ReferenceClaims(("1",))) == 2
    assert sets(workspace) == [("mmlu", "drop_if_in_reference", None, 2)]


@pytest.mark.parametrize("claims", [ReferenceClaims(mode="keep_oldest"), ReferenceClaims(dated_on=date(2026, 10, 5))])
def test_a_mode_and_a_date_that_do_not_go_together_are_refused(workspace, path, claims):
    with pytest.raises(InputError, match=r"keep_oldest needs --dated"):
        add_reference(workspace, "mmlu", [path], claims)
    assert sets(workspace) == []
