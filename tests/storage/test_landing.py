"""Landing files: written whole, read in plan order, the rest removed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from storage import landing, parquet
from storage.errors import CrawlError
from storage.landing import Plan
from storage.records import CrawlLedger, CrawlRun, CrawlUnit, RawDocument

NOON = datetime(2026, 11, 1, 12, 0, 0, 5)
PLAN = Plan("run", "github", date(2026, 10, 1), date(2026, 11, 1), 7, "hash", [{"unit": "o/a", "stars": 3}])
RUN = CrawlRun(
    "run", "github", date(2026, 10, 1), date(2026, 11, 1), 7, 3, 2, 5, 3, 2, 9, 1.5, NOON, NOON, is_complete=True
)


def document(unit: str, position: int) -> RawDocument:
    return RawDocument(
        document_id=f"{unit}-{position}",
        source="github",
        url=f"https://github.com/{unit}/{position}",
        revision="r",
        unit=unit,
        position=position,
        fetched_at=NOON,
        content_type="text/x-python",
        content=b"x = 1\n",
        title=None,
        licence=None,
        locator="git:x",
        cluster_key=unit,
        repository_created_at=NOON,
        commit_authored_at=None,
        arxiv_v1_at=None,
        last_modified_at=None,
        crawl_run_id="run",
    )


def row(unit: str, item: str) -> CrawlLedger:
    return CrawlLedger("run", "github", unit, item, "filtered", "too_large", "9", "8")


def settle(folder: Path, name: str, ordinal: int, documents: int, rows: int) -> CrawlUnit:
    unit = CrawlUnit("run", "github", name, ordinal, documents + rows, documents, rows, 6 * documents, NOON)
    landing.write_unit(
        folder,
        unit,
        parquet.encode_records([document(name, n) for n in range(documents)], RawDocument),
        [row(name, str(n)) for n in range(rows)],
    )
    return unit


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    folder = landing.landing_folder(tmp_path, "github", date(2026, 10, 1), date(2026, 11, 1))
    assert folder == tmp_path / "github" / "2026-10-01_2026-11-01"
    assert landing.read_plan(folder) is None
    assert landing.read_run(folder) is None
    landing.write_plan(folder, PLAN)
    landing.write_run(folder, RUN)
    assert landing.read_plan(folder) == PLAN
    assert landing.read_run(folder) == RUN
    assert landing.landing_folders(tmp_path) == landing.landing_folders(tmp_path, "github") == [folder]
    assert landing.landing_folders(tmp_path, "arxiv") == []


def test_files_come_in_plan_order_whatever_the_order_of_writing(tmp_path: Path) -> None:
    landing.write_plan(tmp_path, PLAN)
    units = [settle(tmp_path, f"o/{n}", n, documents=n % 2, rows=1) for n in (1_000_001, 3, 20, 1)]
    assert landing.settled_units(tmp_path) == sorted(units, key=lambda unit: unit.ordinal)
    assert [path.stem for path in landing.document_files(tmp_path)] == ["000001", "000003", "1000001"]
    assert [ledger.unit for ledger in landing.read_ledger(tmp_path)] == ["o/1", "o/3", "o/20", "o/1000001"]
    assert landing.landed_document_ids(tmp_path) == {"o/1-0", "o/3-0", "o/1000001-0"}


def test_files_of_an_unsettled_unit_are_not_seen_and_are_removed(tmp_path: Path) -> None:
    landing.write_plan(tmp_path, PLAN)
    settle(tmp_path, "o/a", 1, documents=1, rows=1)
    settle(tmp_path, "o/b", 2, documents=1, rows=1)
    (tmp_path / "units" / "000002.json").unlink()
    (tmp_path / "units" / ".000003.json.1.partial").write_text("{")
    assert [path.stem for path in landing.document_files(tmp_path)] == ["000001"]
    assert [path.stem for path in landing.ledger_files(tmp_path)] == ["000001"]
    landing.remove_unsettled(tmp_path)
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*"))
    assert left == ["000001.parquet", "ledger/000001.parquet", "plan.json", "units/000001.json"]


def test_units_settled_before_the_plan_are_forgotten(tmp_path: Path) -> None:
    settle(tmp_path, "listing", 0, documents=0, rows=2)
    landing.remove_unsettled(tmp_path)
    assert landing.settled_units(tmp_path) == []
    assert not list(tmp_path.rglob("*.parquet"))


def test_a_unit_can_be_taken_back(tmp_path: Path) -> None:
    landing.write_plan(tmp_path, PLAN)
    settle(tmp_path, "o/a", 1, documents=2, rows=0)
    settle(tmp_path, "o/b", 2, documents=0, rows=2)
    landing.remove_unit(tmp_path, 1)
    landing.remove_unit(tmp_path, 1)
    assert [unit.unit for unit in landing.settled_units(tmp_path)] == ["o/b"]
    assert landing.document_files(tmp_path) == []


def test_a_run_is_replaced_as_a_whole(tmp_path: Path) -> None:
    landing.write_run(tmp_path, replace(RUN, is_complete=False))
    landing.write_run(tmp_path, RUN)
    assert landing.read_run(tmp_path) == RUN
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


# --- after a power cut ------------------------------------------------------------------------------------


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def lose_a_row(path: Path) -> None:
    rows = list(parquet.read_records(path, RawDocument if path.parent.name != "ledger" else CrawlLedger))
    parquet.write_records(path, rows[1:], type(rows[0]))


DAMAGES = {Path.unlink: "is missing", cut_short: "cannot be read, not 2 rows", lose_a_row: "holds 1 rows, not 2 rows"}


@pytest.mark.parametrize("name", ["000002.parquet", "ledger/000002.parquet"])
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_unit_whose_files_are_damaged_is_taken_back_and_said(
    tmp_path: Path, name: str, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    landing.write_plan(tmp_path, PLAN)
    settle(tmp_path, "o/a", 1, documents=2, rows=2)
    settle(tmp_path, "o/b", 2, documents=2, rows=2)
    assert landing.damaged_units(tmp_path) == []
    damage(tmp_path / name)
    assert [(unit.unit, why) for unit, why in landing.damaged_units(tmp_path)] == [("o/b", f"{name} {DAMAGES[damage]}")]
    landing.remove_unsettled(tmp_path)
    assert [unit.unit for unit in landing.settled_units(tmp_path)] == ["o/a"]
    assert not list(tmp_path.rglob("*000002*"))
    assert f"unit o/b is taken back and fetched again: {name} {DAMAGES[damage]}" in caplog.text


def test_a_file_that_a_settled_unit_lacks_is_an_error_and_not_skipped(tmp_path: Path) -> None:
    folder = landing.landing_folder(tmp_path, "github", date(2026, 10, 1), date(2026, 11, 1))
    settle(folder, "o/a", 1, documents=1, rows=1)
    (folder / "000001.parquet").unlink()
    (folder / "ledger" / "000001.parquet").unlink()
    for files in (landing.document_files, landing.ledger_files):
        with pytest.raises(CrawlError, match="`freshpress crawl github --since 2026-10-01 --until 2026-11-01` fetches"):
            files(folder)


@pytest.mark.parametrize("torn", [b"", b"{", b"\0" * 300, b"[]", b'{"unit": 1}', b"\xff\xfe"])
def test_a_torn_file_counts_as_absent_and_is_said(
    tmp_path: Path, torn: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    landing.write_plan(tmp_path, PLAN)
    landing.write_run(tmp_path, RUN)
    settle(tmp_path, "o/a", 1, documents=1, rows=1)
    settle(tmp_path, "o/b", 2, documents=1, rows=1)
    for name in ("run.json", "units/000002.json"):
        (tmp_path / name).write_bytes(torn)
    assert landing.read_run(tmp_path) is None
    assert [unit.unit for unit in landing.settled_units(tmp_path)] == ["o/a"]
    assert "run.json is empty or torn" in caplog.text
    landing.remove_unsettled(tmp_path)
    assert not list(tmp_path.rglob("*000002*"))
    (tmp_path / "plan.json").write_bytes(torn)
    landing.remove_unsettled(tmp_path)
    assert landing.settled_units(tmp_path) == []
