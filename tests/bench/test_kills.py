"""Ten kills of each source's crawl, and what is counted as asking again."""

import pytest

from bench.kills import QUICK_ITEM_COUNT, QUICK_KILL_COUNT, count_settled, rows


@pytest.mark.slow
def test_a_crawl_that_is_killed_lands_what_an_uninterrupted_one_does_and_asks_for_nothing_twice() -> None:
    for row in rows(QUICK_KILL_COUNT, QUICK_ITEM_COUNT):
        assert row.kill_count == QUICK_KILL_COUNT, row
        assert 0 < row.listing_kill_count < row.kill_count, row
        assert (row.lost_count, row.duplicate_count, row.strange_count, row.asked_again_count) == (0, 0, 0, 0), row


def test_requests_for_a_settled_repository_are_counted() -> None:
    asked = [
        ("/api/search/repositories", None),
        ("/api/repos/a/b/tarball/main", None),
        ("/codeload/a/b/legacy.tar.gz/main", None),
        ("/codeload/a/c/legacy.tar.gz/main", None),
    ]
    assert count_settled("github", ["listing", "a/b"], asked) == 2


def test_requests_for_a_settled_paper_are_counted() -> None:
    asked = [("/oai", None), ("/e-print/2610.10001v2", None), ("/e-print/math/0601999v1", None)]
    assert count_settled("arxiv", ["math/0601999", "2610.10002"], asked) == 1


def test_ranges_that_begin_in_a_settled_segment_are_counted() -> None:
    asked = [("/data/x.warc.gz", f"bytes={start}-99999") for start in (0, 99, 100, 250)]
    settled = ["listing", "x.warc.gz#0-100/400", "x.warc.gz#200-300/400", "y.warc.gz#100-200/400"]
    assert count_settled("common_crawl", settled, asked) == 3
