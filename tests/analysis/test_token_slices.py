"""Bits of tokens shared out over slices: by hand, and nothing is lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.token_classes import Run, classify
from analysis.token_slices import POSITION_LABELS, TokenSeries, class_sums, context_sums, position_sums


def series(bits, ends, context=None):
    return TokenSeries(
        np.array(bits, float), np.array(ends, np.int64), None if context is None else np.array(context, np.int64)
    )


def told(sums):
    return {one.label: (one.first_bits, one.second_bits, one.char_count) for one in sums}


def test_a_token_over_two_classes_is_shared_by_its_bytes():
    """`ab cd`: the first model reads `ab`, ` cd`; the second reads `ab c`, `d`."""
    runs = [Run("word", 2), Run("space", 3), Run("word", 5)]
    sums = class_sums("ab cd", runs, series([4, 6], [2, 5]), series([8, 1], [4, 5]))
    assert told(sums) == {"word": (4 + 4, 6 + 1, 4), "space": (2, 2, 1)}


def test_characters_of_several_bytes_count_once():
    runs = [Run("word", 1), Run("space", 2)]
    sums = class_sums("é ", runs, series([2, 2, 1], [1, 2, 3]), series([5], [3]))
    assert told(sums) == {"word": (4, pytest.approx(10 / 3), 1), "space": (1, pytest.approx(5 / 3), 1)}


def test_tokens_without_bytes_of_their_own_are_charged_to_the_byte_beside_them():
    runs = [Run("one", 1), Run("two", 2)]
    sums = class_sums("ab", runs, series([3, 1, 5, 7], [0, 1, 1, 2]), series([1, 2], [1, 2]))
    assert told(sums) == {"one": (9, 1, 1), "two": (7, 2, 1)}


def test_a_position_is_as_far_as_the_slower_tokenizer_comes():
    """The first reads two bytes a token, the second one: 256 tokens of the first are the first 512 characters."""
    text = "x" * 600
    first, second = series([2.0] * 300, range(2, 601, 2)), series([1.0] * 600, range(1, 601))
    assert told(position_sums(text, first, second)) == {
        POSITION_LABELS[0]: (512, 512, 512),
        POSITION_LABELS[1]: (88, 88, 88),
    }


def test_context_is_that_of_the_model_that_saw_less():
    """Windows that begin anew: the second model has forgotten everything at the 301st character."""
    text = "x" * 600
    first = series([1.0] * 600, range(1, 601), range(600))
    second = series([2.0] * 600, range(1, 601), [*range(300), *range(300)])
    assert told(context_sums(text, first, second)) == {
        "under 256 tokens before": (512, 1024, 512),
        "256 to 1,023 tokens before": (88, 176, 88),
    }


def test_a_packed_stream_has_no_context_of_its_own():
    assert context_sums("ab", series([1, 1], [1, 2]), series([1], [2], [0])) == []


@given(st.data())
def test_slices_add_up_to_the_text_under_both_models(data):
    text = data.draw(st.text(alphabet="ab é\n1.", min_size=1))
    size = len(text.encode())
    models = []
    for _ in range(2):
        ends = sorted([*data.draw(st.lists(st.integers(0, size), max_size=8)), size])
        models.append(
            series(
                data.draw(st.lists(st.floats(0, 30), min_size=len(ends), max_size=len(ends))), ends, range(len(ends))
            )
        )
    runs = classify(text, "web_page", "")
    for sums in (class_sums(text, runs, *models), position_sums(text, *models), context_sums(text, *models)):
        assert sum(one.first_bits for one in sums) == pytest.approx(models[0].bits.sum())
        assert sum(one.second_bits for one in sums) == pytest.approx(models[1].bits.sum())
        assert sum(one.char_count for one in sums) == len(text)
