"""Which window a refresh takes by itself."""

from datetime import date

from schedules.due import due_periods, due_span, passed_holes, uncleared_models
from schedules.periods import Period, month
from schedules.workspace import Workspace
from storage import lake, rows
from storage.records import LanguageModel, Snapshot, Watermark
from tests.storage.builders import make

BOTH = ("github", "arxiv")


def note(workspace: Workspace, record: object) -> None:
    lake.write(workspace.home, "test", lambda connection: rows.replace(connection, [record], type(record)))


def watermark(source: str, state: str, since: date = date(2026, 9, 1), until: date = date(2026, 10, 1)) -> Watermark:
    return make(Watermark, source=source, state=state, window_start=since, window_end=until)


def test_the_month_after_what_is_covered_of_every_source_is_due(workspace: Workspace) -> None:
    for source in BOTH:
        note(workspace, watermark(source, "covered"))
    assert due_periods(workspace, BOTH) == [month("2026-10")]


def test_what_has_landed_and_is_not_sealed_stays_due(workspace: Workspace) -> None:
    note(
        workspace, make(LanguageModel, model_id="m", kind="base", knowledge_cutoff_on=date(2026, 6, 30), is_active=True)
    )
    (before,) = due_periods(workspace, BOTH)
    for source in BOTH:
        note(workspace, watermark(source, "landed", before.since, before.until))
    assert due_periods(workspace, BOTH) == [before]
    assert before.since == date(2026, 7, 31)


def test_a_source_that_lags_behind_decides(workspace: Workspace) -> None:
    note(workspace, watermark("github", "covered", date(2026, 10, 1), date(2026, 11, 1)))
    note(workspace, watermark("arxiv", "covered"))
    assert due_periods(workspace, BOTH) == [month("2026-10")]


def test_when_nothing_is_due_it_is_the_latest_sealed_window(workspace: Workspace) -> None:
    note(
        workspace,
        make(Snapshot, snapshot_id="since-july", window_start=date(2026, 7, 31), window_end=date(2026, 11, 1)),
    )
    for source in BOTH:
        note(workspace, watermark(source, "covered", date(2026, 7, 31), date(2026, 11, 1)))
    assert [period.name for period in due_periods(workspace, BOTH)] == ["since-july"]


SEPTEMBER, OCTOBER = (date(2026, 9, 1), date(2026, 10, 1)), (date(2026, 10, 1), date(2026, 11, 1))


def test_a_hole_comes_again_as_its_own_window_before_what_is_due(workspace: Workspace) -> None:
    for source in BOTH:
        note(workspace, watermark(source, "covered", date(2026, 8, 1), date(2026, 9, 1)))
    note(workspace, watermark("github", "landed", *SEPTEMBER))
    note(workspace, watermark("arxiv", "hole", *SEPTEMBER))
    assert due_periods(workspace, BOTH) == [month("2026-09"), month("2026-10")]
    assert due_span(workspace, BOTH) == Period("2026-09-01_2026-11-01", date(2026, 9, 1), date(2026, 11, 1))


def test_days_between_open_windows_are_due_as_windows_of_their_own(workspace: Workspace) -> None:
    for source in BOTH:
        note(workspace, watermark(source, "covered", date(2026, 7, 1), date(2026, 8, 1)))
    note(workspace, watermark("arxiv", "hole", *SEPTEMBER))
    assert due_periods(workspace, BOTH) == [month("2026-08"), month("2026-09"), month("2026-10")]


def test_where_nothing_is_covered_the_first_open_window_is_the_beginning(workspace: Workspace) -> None:
    note(workspace, watermark("arxiv", "hole", *SEPTEMBER))
    assert due_periods(workspace, BOTH) == [month("2026-09"), month("2026-10")]


def test_of_open_windows_that_overlap_the_first_is_taken_and_no_day_is_lost_or_taken_twice(
    workspace: Workspace,
) -> None:
    for source in BOTH:
        note(workspace, watermark(source, "covered", date(2026, 8, 1), date(2026, 9, 1)))
        note(workspace, watermark(source, "hole", *SEPTEMBER))
        note(workspace, watermark(source, "hole", date(2026, 9, 1), date(2026, 11, 1)))
    assert due_periods(workspace, BOTH) == [month("2026-09"), month("2026-10")]


def test_a_hole_before_what_is_covered_of_every_source_is_passed_and_not_due(workspace: Workspace) -> None:
    note(workspace, watermark("arxiv", "hole", *SEPTEMBER))
    note(workspace, watermark("github", "landed", *SEPTEMBER))
    assert passed_holes(workspace, BOTH) == []
    for source in BOTH:
        note(workspace, watermark(source, "covered", *OCTOBER))
    note(workspace, make(Snapshot, snapshot_id="2026-10", window_start=OCTOBER[0], window_end=OCTOBER[1]))
    assert passed_holes(workspace, BOTH) == [(month("2026-09"), "arxiv")]
    assert passed_holes(workspace, ["github"]) == []
    assert due_periods(workspace, BOTH) == [month("2026-10")]


def test_a_passed_hole_of_which_a_snapshot_holds_a_part_is_left_alone(workspace: Workspace) -> None:
    for source in BOTH:
        note(workspace, watermark(source, "covered", *OCTOBER))
    note(workspace, watermark("arxiv", "hole", date(2026, 9, 1), date(2026, 10, 2)))
    assert passed_holes(workspace, BOTH) == []
    note(workspace, watermark("arxiv", "hole", *SEPTEMBER))
    assert passed_holes(workspace, BOTH) == [(month("2026-09"), "arxiv")]


def test_models_for_which_the_window_is_not_new_are_named(workspace: Workspace) -> None:
    note(workspace, make(LanguageModel, model_id="late", kind="base", knowledge_cutoff_on=date(2026, 9, 15)))
    note(workspace, make(LanguageModel, model_id="early", kind="base", knowledge_cutoff_on=date(2026, 1, 15)))
    note(workspace, make(LanguageModel, model_id="unknown", kind="base"))
    sentences = uncleared_models(workspace, month("2026-10"))
    assert [sentence.split(":")[0] for sentence in sentences] == ["late", "unknown"]
    assert uncleared_models(workspace, month("2026-12"))[0].startswith("unknown")
