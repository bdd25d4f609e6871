"""A hole is filled a month later, against the small internet: what had landed is asked for by nobody again."""

from pathlib import Path

import pytest

from demo.material import OCTOBER, SETTINGS, make_material
from demo.origin import Fault, as_toml, serve
from schedules.jobs import refresh_due
from schedules.workspace import Workspace, open_workspace
from storage import lake, rows
from storage.errors import CrawlError
from storage.records import Watermark

pytestmark = pytest.mark.slow
BOTH = ("github", "arxiv")


def test_a_hole_is_filled_by_the_next_refresh_with_the_requests_that_failed(workspace: Workspace) -> None:
    with serve(make_material(OCTOBER)) as origin:
        tables = {**SETTINGS}
        for table, values in origin.overrides().items():
            tables[table] = {**tables.get(table, {}), **values}
        Path(workspace.home.root, "freshpress.toml").write_text(as_toml(tables))
        here = open_workspace(workspace.home.root)
        origin.misbehave(Fault("/e-print/", status=400, times=3))
        with pytest.raises(CrawlError, match=r"2026-10: The arxiv crawl of .*: 3 of 25 units are missing"):
            refresh_due(here, BOTH)
        origin.requests.clear()
        assert [snapshot.snapshot_id for snapshot in refresh_due(here, BOTH)] == [OCTOBER]
        assert list(origin.requests.values()) == [1, 1, 1]
        assert all(path.startswith("/e-print/") for path in origin.requests)
    with lake.reading(here.home) as connection:
        assert {mark.state for mark in rows.select(connection, Watermark)} == {"covered"}
