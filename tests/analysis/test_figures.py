"""Figures are drawn without a browser or a network, from the records of a fit."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from analysis.drawing_files import file_svg, save
from analysis.figures import correlation_panels, fit_drawing
from analysis.published import correlate_published, draw_published
from storage.errors import InputError


@pytest.fixture(scope="module")
def fits():
    return correlate_published()


def test_a_figure_shows_every_model_and_says_n_and_r(fits):
    coding = next(fit for fit in fits if fit.area == "coding")
    drawn = fit_drawing(coding)
    assert len(re.findall('data-tip="', drawn.body)) == coding.n == 28
    assert drawn.subtitle.startswith("n = 28, r = −0.937")
    assert "bits per character of code" in drawn.body
    assert "28 models, r -0.937" in drawn.alternative


def test_a_mark_lies_where_its_numbers_say(fits):
    fit = fits[0]
    places = re.findall(r"translate\(([\d.]+),([\d.]+)\)", fit_drawing(fit).body)
    (best, worst) = (f(range(fit.n), key=lambda at: fit.points[at].value) for f in (max, min))
    assert float(places[best][1]) < float(places[worst][1])
    (left, right) = (f(range(fit.n), key=lambda at: fit.points[at].bits_per_character) for f in (min, max))
    assert float(places[left][0]) < float(places[right][0])


def test_panels_share_the_marks_of_families(fits):
    svg = correlation_panels(fits)
    families = sorted({point.family for fit in fits for point in fit.points})
    texts = [element.text for element in ElementTree.fromstring(svg).iter() if element.text]
    assert texts.count("starcoder") == 1
    assert [text for text in texts if text in families] == families


def test_a_fit_without_a_coefficient_is_drawn_with_its_reason(fits):
    bare = next(fit for fit in correlate_published(reported_by="arXiv:2404.09937v2 Table 11") if fit.area == "math")
    assert bare.pearson is None
    assert "0 models" in fit_drawing(bare).subtitle


def test_the_line_stays_inside_the_figure(fits):
    steep = replace(fits[0], slope=-40.0, intercept=20.0)
    (line,) = re.findall(r'class="fit" d="M([^"]+)"', fit_drawing(steep).body)
    places = [float(value) for value in re.findall(r"-?[\d.]+", line)]
    assert all(0 <= value <= 400 for value in places)


def test_svg_and_png_are_written_and_nothing_else(fits, tmp_path):
    draw_published(tmp_path / "new folder" / "figure.svg")
    assert (tmp_path / "new folder" / "figure.svg").read_text(encoding="utf-8").startswith("<svg")
    svg = file_svg([fit_drawing(fits[0])])
    save(svg, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError, match=r"ends in '\.pdf'"):
        save(svg, tmp_path / "figure.pdf")
