"""Every misbehaviour of every source at reduced counts: nothing lost, nothing twice, and every hole declared."""

import pytest

from bench import disk_full
from bench.faults import QUICK_ITEM_COUNT, lasting_patterns, rows
from bench.misbehaviours import SCENARIOS, Scenario
from storage.records import SOURCES

# Each row starts several crawls.
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_crawl_comes_through_with_what_an_undisturbed_one_lands(scenario: Scenario) -> None:
    for row in rows(scenario, QUICK_ITEM_COUNT, is_full=False):
        assert (row.lost_count, row.duplicate_count, row.strange_count) == (0, 0, 0), row
        assert row.landed_count > 0
        if lasting_patterns(scenario, row.source, is_full=False):
            assert row.ended == "declared hole, then complete", row


@pytest.mark.parametrize("source", SOURCES)
def test_a_full_disk_is_said_and_costs_nothing(source: str) -> None:
    row = disk_full.run(source, QUICK_ITEM_COUNT)
    assert (row.lost_count, row.duplicate_count, row.strange_count) == (0, 0, 0), row
    assert row.ended == "declared hole, then complete", row


def test_every_misbehaviour_that_may_last_does_so_for_every_source_in_full_and_for_some_at_once() -> None:
    for scenario in SCENARIOS:
        full = {source: lasting_patterns(scenario, source, is_full=True) for source in scenario.targets}
        quick = {source: lasting_patterns(scenario, source, is_full=False) for source in scenario.targets}
        assert scenario.lasting is not None or full == dict(scenario.targets)
        assert all(len(patterns) <= 1 for patterns in quick.values())
    lasting = {source for one in SCENARIOS for source in one.targets if lasting_patterns(one, source, is_full=False)}
    assert lasting == set(SOURCES)


def test_the_issue_s_misbehaviours_are_all_there() -> None:
    names = " ".join(scenario.name for scenario in SCENARIOS)
    for wanted in (
        "429", "403 secondary", "500–504", "reset", "hang", "truncated body", "Content-Length too long",
        "Content-Length too short", "slow drip", "redirect loop", "malformed XML", "malformed JSON", "malformed gzip",
        "malformed tar", "malformed WARC", "expired token", "duplicate pages", "shifting pages",
    ):  # fmt: skip
        assert wanted in names
