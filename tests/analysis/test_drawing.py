"""Drawings: scales that hold their values, round ticks, and text that stays text."""

from xml.etree import ElementTree

import pytest

from analysis.drawing import Drawing, Scale, escape, fitted, number, scale_over, tipped, words, x_axis
from analysis.drawing_files import file_svg, page_svg


def test_a_scale_holds_its_values_with_room_around_them():
    scale = scale_over([0.4, 0.6], 0, 100)
    assert 0 < scale(0.4) < scale(0.6) < 100
    assert scale_over([2.0, 4.0], 0, 100, zero=True)(0.0) == 0


@pytest.mark.parametrize("values", [[], [1.0], [0.0], [float("nan")], [float("nan"), 3.0, 3.0]])
def test_a_scale_of_one_value_or_none_has_a_width(values):
    scale = scale_over(values, 0, 100)
    assert scale.low < scale.high
    assert 0 <= scale(next((value for value in values if value == value), 0.0)) <= 100


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0.38, 0.53, [0.4, 0.45, 0.5]), (0, 10, [0, 5, 10]), (-3, 3, [-2, 0, 2]), (1.0, 1.4, [1.0, 1.1, 1.2, 1.3, 1.4])],
)
def test_ticks_are_round_and_inside(low, high, ticks):
    assert Scale(low, high, 0, 100).ticks(4) == pytest.approx(ticks)


def test_ticks_have_the_decimals_they_need():
    axis = x_axis(Scale(0.38, 0.53, 0, 100), 0, 50, "bits")
    assert ">0.40<" in axis
    assert ">0.45<" in axis
    assert number(-0.93741) == "−0.937"


def test_text_is_text_whatever_it_says():
    hostile = "</text><script>alert(1)</script>\"'&\x1b[2J\x00"
    assert "<" not in escape(hostile)
    drawing = Drawing(hostile, hostile, hostile, 200, 50, words(0, 10, hostile) + tipped(words(0, 20, "m"), hostile))
    for svg in (file_svg([drawing]), page_svg(drawing)):
        root = ElementTree.fromstring(svg)
        assert not [element for element in root.iter() if element.tag.endswith("script")]
        assert "\x1b" not in svg
    assert hostile.replace("\x1b", "\ufffd").replace("\x00", "\ufffd") in "".join(root.itertext())


def test_what_does_not_fit_is_cut():
    assert fitted("a name", 200) == "a name"
    cut = fitted("a-very-long-model-name-of-somebody", 100)
    assert cut.endswith("…")
    assert len(cut) < 20


def test_a_file_has_titles_where_the_page_has_tips():
    drawing = Drawing("", "", "what it shows", 200, 50, tipped(words(0, 20, "m"), "name", "0.5"))
    assert 'data-tip="name; 0.5"' in page_svg(drawing)
    assert "<title>name; 0.5</title>" in file_svg([drawing])
    assert "data-tip" not in file_svg([drawing])
