"""Figures are drawn without a browser or a network, from the records of a fit."""

import json

import pytest

from analysis.figures import correlation_figure, correlation_panels, save
from analysis.published import correlate_published, draw_published
from storage.errors import InputError


@pytest.fixture(scope="module")
def fits():
    return correlate_published()


def test_a_figure_shows_every_model_and_says_n_and_r(fits):
    drawn = json.dumps(correlation_figure(fits[2]).to_dict())
    assert drawn.count('"model": ') >= 28
    assert "n = 28, r = \\u22120.937" in drawn
    assert "bits per character of code" in drawn


def test_panels_share_one_scale_of_families(fits):
    specification = correlation_panels(fits).to_dict()
    domains = [
        layer["encoding"]["color"]["scale"]["domain"]
        for panel in specification["concat"]
        for layer in panel["layer"]
        if "color" in layer["encoding"]
    ]
    assert len(domains) == 4
    assert all(domain == domains[0] for domain in domains)
    assert "starcoder" in domains[0]


def test_a_fit_without_a_coefficient_is_drawn_with_its_reason(fits):
    bare = next(fit for fit in correlate_published(reported_by="arXiv:2404.09937v2 Table 11") if fit.area == "math")
    assert bare.pearson is None
    assert "0 models" in json.dumps(correlation_figure(bare).to_dict())


def test_svg_and_png_are_written_and_nothing_else(fits, tmp_path):
    draw_published(tmp_path / "new folder" / "figure.svg")
    assert (tmp_path / "new folder" / "figure.svg").read_text(encoding="utf-8").startswith("<svg")
    save(correlation_figure(fits[0]), tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError, match=r"ends in '\.pdf'"):
        save(correlation_figure(fits[0]), tmp_path / "figure.pdf")
