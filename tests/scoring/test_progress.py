"""How far a run is, by characters; when it ends; and at most one line a minute for who reads a log."""

import pytest

from scoring import progress
from scoring.progress import Lines, Progress, Stopwatch, rate_line
from scoring.shards import Cost
from tests.scoring import tiny

TEXTS = tiny.texts("a" * 100, "b" * 300, "c" * 400)


def test_time_left_goes_by_characters_and_not_by_documents():
    seen = []
    watch = Stopwatch("m", "document", TEXTS, seen.append)
    watch.settle(Cost(2.0, 50, 7_000_000_000), TEXTS[:1])
    watch.settle(Cost(4.0, 150, 3_000_000_000), TEXTS[1:2])
    first, second = seen
    assert (first.document_count, first.char_count, first.seconds_left) == (1, 100, 14.0)
    assert (second.document_count, second.char_count, second.total_char_count) == (2, 400, 800)
    assert second.seconds_left == 6.0
    assert second.peak_memory_bytes == 7_000_000_000
    assert rate_line(second) == "33 tokens/s, 6 s left, 7.0 GB"


def test_tokens_under_way_stand_for_as_many_characters_as_those_before_them():
    seen = []
    watch = Stopwatch("m", "document", TEXTS, seen.append)
    watch.add_tokens(10)
    assert (seen[-1].char_count, seen[-1].seconds_left) == (0, None)
    watch.settle(Cost(1.0, 50, 0), TEXTS[:1])
    watch.restart()
    watch.add_tokens(30)
    assert (seen[-1].document_count, seen[-1].char_count, seen[-1].token_count) == (1, 160, 80)
    watch.add_tokens(10_000)
    assert seen[-1].char_count == 800


def test_what_is_not_known_is_not_said():
    nothing = Progress("m", "codec", 0, 3, 0, 800, 0, 0.0, 0)
    assert rate_line(nothing) == "0 tokens"


def test_a_log_gets_a_line_a_minute_and_the_last_one(monkeypatch):
    clock, lines = [0.0], []
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    written = Lines(lines.append)
    for seconds, done in ((1, 0), (59, 1), (60, 1), (61, 1), (121, 2), (122, 3)):
        clock[0] = float(seconds)
        written.show(Progress("m", "document", done, 3, 100 * done, 300, 10 * done, 1.0, 0))
    assert lines == [
        "m by document: 1 of 3 documents, 10 tokens/s, 2 s left\n",
        "m by document: 2 of 3 documents, 20 tokens/s, 0 s left\n",
        "m by document: 3 of 3 documents, 30 tokens/s\n",
    ]


@pytest.mark.parametrize(("seconds", "said"), [(50, "50 s"), (600, "10 min"), (9000, "2.5 h")])
def test_times_are_said_as_people_say_them(seconds, said):
    assert progress.spoken_time(seconds) == said
