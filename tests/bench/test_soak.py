"""The soak goes on where it was, and writes its tables and nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.soak import Row, Task, read_state, run, tasks, write_tables
from bench.tables import as_table, put_between
from storage.records import SOURCES


class Bench:
    """Tasks that count how often they were made."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def task(self, name: str, *, is_sound: bool = True, table: str = "faults") -> Task:
        return Task(table, name, self._maker(name, is_sound=is_sound))

    def failing(self, name: str) -> Task:
        def make() -> tuple[Row, bool]:
            raise AssertionError("cannot be made now")

        return Task("faults", name, make)

    def _maker(self, name: str, *, is_sound: bool) -> Callable[[], tuple[Row, bool]]:
        def make() -> tuple[Row, bool]:
            self.made.append(name)
            return {"name": name, "lost_count": 0}, is_sound

        return make


def quiet(_: str) -> None:
    pass


def test_rows_that_are_finished_are_not_made_again(tmp_path: Path) -> None:
    bench, state = Bench(), tmp_path / "build" / "soak.jsonl"
    assert not run([bench.task("a"), bench.failing("b")], state, "c1", quiet)
    assert run([bench.task("a"), bench.task("b"), bench.task("c")], state, "c1", quiet)
    assert sorted(bench.made) == ["a", "b", "c"]
    assert [name for _, name in sorted(read_state(state, "c1"))] == ["a", "b", "c"]


def test_rows_of_another_commit_are_made_again(tmp_path: Path) -> None:
    bench, state = Bench(), tmp_path / "soak.jsonl"
    run([bench.task("a")], state, "c1", quiet)
    run([bench.task("a")], state, "c2", quiet)
    assert bench.made == ["a", "a"]


def test_a_row_that_was_not_sound_stays_so(tmp_path: Path) -> None:
    bench, state = Bench(), tmp_path / "soak.jsonl"
    assert not run([bench.task("a", is_sound=False)], state, "c1", quiet)
    assert not run([bench.task("a")], state, "c1", quiet)
    assert bench.made == ["a"]


def test_a_line_that_a_kill_cut_is_made_again(tmp_path: Path) -> None:
    bench, state = Bench(), tmp_path / "soak.jsonl"
    run([bench.task("a")], state, "c1", quiet)
    state.write_text(state.read_text()[:-20])
    run([bench.task("a")], state, "c1", quiet)
    assert bench.made == ["a", "a"]
    assert ("faults", "a") in read_state(state, "c1")


PAGE = (
    "# Operations\n\n<!-- faults:begin -->\nold\n<!-- faults:end -->\nbetween\n<!-- kills:begin -->\n<!-- kills:end -->"
)


def test_tables_change_nothing_outside_their_markers(tmp_path: Path) -> None:
    bench, state, page = Bench(), tmp_path / "soak.jsonl", tmp_path / "operations.md"
    page.write_text(PAGE)
    todo = [bench.task("a"), bench.task("b", table="kills"), bench.task("c")]
    run(todo, state, "c1", quiet)
    for _ in range(2):
        write_tables(page, todo, read_state(state, "c1"), "2026-11-01, commit c1")
        lines = page.read_text().splitlines()
        assert lines[:3] == ["# Operations", "", "<!-- faults:begin -->"]
        assert lines[3:9] == [
            "`make soak`, 2026-11-01, commit c1", "", "| name | lost |", "|---|---|", "| a | 0 |", "| c | 0 |",
        ]  # fmt: skip
        assert lines[9:12] == ["<!-- faults:end -->", "between", "<!-- kills:begin -->"]
        assert lines[-2:] == ["| b | 0 |", "<!-- kills:end -->"]


def test_a_page_without_markers_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "operations.md"
    page.write_text("<!-- faults:begin -->\nand no end")
    with pytest.raises(ValueError, match="lacks <!-- faults:begin --> or <!-- faults:end -->"):
        put_between(page, "faults", ["x"])
    assert page.read_text() == "<!-- faults:begin -->\nand no end"


def test_a_cell_holds_numbers_names_and_counts() -> None:
    rows = [{"what": "a|b", "wait_seconds": 0.5, "outcomes": {"read": 3, "refused": 1}, "failures": ("x", "y")}]
    assert list(as_table(rows))[-1] == "| a\\|b | 0.5 | read 3, refused 1 | x; y |"


def test_the_soak_covers_every_source_in_every_table() -> None:
    names = {(task.table, task.name) for task in tasks()}
    assert len(names) == len(tasks())
    assert {("kills", source) for source in SOURCES} <= names
    assert {table for table, _ in names} == {"faults", "kills", "mutations"}
    assert all(any(table == "faults" and name.endswith(f"| {source}") for table, name in names) for source in SOURCES)
