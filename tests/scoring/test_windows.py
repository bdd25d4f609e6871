"""Which tokens are charged where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.windows import Window, document_windows, lm_eval_windows, paper_windows
from storage.errors import ScoringError

COUNTS = st.integers(0, 400)
WINDOWS = st.integers(1, 60).flatmap(lambda window: st.tuples(st.just(window), st.integers(1, window)))


def scored(windows):
    return [i for window in windows for i in range(window.score_from, window.score_to)]


@given(COUNTS, WINDOWS)
def test_document_ranges_partition_the_tokens_and_never_show_more_than_the_window(count, sizes):
    window, stride = sizes
    found = document_windows(count, window, stride)
    assert scored(found) == list(range(count))
    for first, some in enumerate(found):
        assert some.score_to - some.score_from <= (stride if first else window)
        assert some.context_from == max(0, some.score_to - window)
        assert 1 + (some.score_to - 1 - some.context_from) <= window  # with the start token
        assert some.context_from <= some.score_from


@given(COUNTS, st.integers(1, 60))
def test_lm_eval_ranges_partition_the_tokens_and_never_show_more_than_the_window(count, window):
    found = lm_eval_windows(count, window)
    assert scored(found) == list(range(count))
    for some in found:
        shown = some.score_to - 1 - some.context_from + (some.score_from == 0)
        assert some.score_to - some.score_from <= shown <= window


@given(COUNTS, WINDOWS)
def test_paper_ranges_leave_out_the_first_id_and_a_tail_under_one_stride(count, sizes):
    window, stride = sizes
    found = paper_windows(count, window, stride)
    charged = scored(found)
    assert charged == list(range(1, 1 + len(charged)))
    assert len(found) == (0 if count <= window else (count - window - 1) // stride + 1)
    if found:
        assert 0 <= count - found[-1].score_to < stride
    assert all(some.score_to - 1 - some.context_from == window for some in found)


def test_the_document_protocol_has_the_published_ranges():
    assert document_windows(0, 1900, 512) == []
    assert document_windows(1, 1900, 512) == [Window(0, 0, 1)]
    assert document_windows(1900, 1900, 512) == [Window(0, 0, 1900)]
    assert document_windows(1901, 1900, 512) == [Window(0, 0, 1900), Window(1, 1900, 1901)]
    assert document_windows(3000, 1900, 512) == [
        Window(0, 0, 1900),
        Window(512, 1900, 2412),
        Window(1024, 2412, 2924),
        Window(1100, 2924, 3000),
    ]


def test_the_paper_has_the_published_ranges():
    assert paper_windows(1900, 1900, 512) == []
    assert paper_windows(1901, 1900, 512) == [Window(0, 1, 1901)]
    assert paper_windows(2412, 1900, 512) == [Window(0, 1, 1901)]
    assert paper_windows(2413, 1900, 512) == [Window(0, 1, 1901), Window(512, 1901, 2413)]


def test_lm_eval_has_the_ranges_of_the_harness():
    assert lm_eval_windows(0, 2048) == []
    assert lm_eval_windows(2048, 2048) == [Window(0, 0, 2048)]
    assert lm_eval_windows(2049, 2048) == [Window(0, 0, 2048), Window(0, 2048, 2049)]
    assert lm_eval_windows(5000, 2048) == [Window(0, 0, 2048), Window(2047, 2048, 4096), Window(2951, 4096, 5000)]


@pytest.mark.parametrize(("window", "stride"), [(8, 9), (8, 0), (0, 0)])
def test_a_stride_that_would_skip_tokens_is_refused(window, stride):
    with pytest.raises(ScoringError, match=f"stride {stride} with window {window}"):
        document_windows(10, window, stride)
