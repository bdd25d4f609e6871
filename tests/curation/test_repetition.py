"""Repeated runs of words, against a plain count."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.repetition import WordRuns

WORDS = st.lists(st.sampled_from(["a", "bb", "ccc", "the", "of"]), max_size=60)


def runs_of(words: list[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(words[start : start + size]) for start in range(len(words) - size + 1)]


def chars(run: tuple[str, ...]) -> int:
    return sum(map(len, run))


@given(WORDS, st.integers(2, 10))
def test_the_most_frequent_run_is_that_of_a_plain_count(words, size):
    counts = Counter(runs_of(words, size))
    most = max(counts.values(), default=0)
    expected = max((chars(run) * most for run, count in counts.items() if count == most), default=0)
    assert WordRuns(words).top_share(size) == pytest.approx(expected / max(sum(map(len, words)), 1))


@given(WORDS, st.integers(2, 10))
def test_characters_of_repeated_runs_are_counted_once(words, size):
    known, covered = set(), set()
    for start, run in enumerate(runs_of(words, size)):
        covered |= set(range(start, start + size)) if run in known else set()
        known.add(run)
    expected = sum(len(words[place]) for place in covered) / max(sum(map(len, words)), 1)
    assert WordRuns(words).repeated_share(size) == pytest.approx(expected)


def test_sizes_may_be_asked_in_any_order():
    words = ["the", "cod", "of", "the", "cod", "of", "the", "ling"]
    runs = WordRuns(words)
    assert [runs.top_share(size) for size in (4, 2, 3)] == [WordRuns(words).top_share(size) for size in (4, 2, 3)]
    # "the cod" twice: 12 of 23 characters.
    assert runs.top_share(2) == 12 / 23
