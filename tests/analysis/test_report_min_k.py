"""The page sets the models side by side on every reference set that is scored, and says nothing where none is."""

from xml.etree import ElementTree

import pytest

from analysis.report import write_report
from analysis.report_figures import min_k_figure
from analysis.tables import Table
from storage.parquet import read_rows
from storage.records import ReferenceSet
from tests.analysis.test_min_k import add_tokens
from tests.analysis.test_report import PROTOCOL, SETTINGS, fill, october
from tests.storage.builders import make

HEADING = "Have they seen the benchmarks?"


@pytest.fixture
def scored():
    small = fill(october())
    for name, seen in (("gsm8k", 1.0), ("math_train", 5.0)):
        small.insert(make(ReferenceSet, name=name))
        for item, bits in enumerate((4.0, 5.0, 6.0)):
            add_tokens(small, str(item), [bits] * 5, snapshot_id=f"reference:{name}", model_id="best")
            add_tokens(small, str(item), [bits * seen] * 5, snapshot_id=f"reference:{name}", model_id="second")
    return small


def test_the_page_shows_every_set_model_by_model(scored, tmp_path):
    write_report(scored.connection, tmp_path, None, SETTINGS, PROTOCOL)
    page = (tmp_path / "S.html").read_text(encoding="utf-8")
    assert HEADING in page
    assert "second on math_train 25.00" in page
    assert len(list(read_rows(tmp_path / "S" / "min_k.parquet"))) == 4
    drawing = ElementTree.fromstring((tmp_path / "S" / "min_k.svg").read_bytes())
    said = "".join(drawing.itertext())
    assert all(word in said for word in ("gsm8k", "math_train", "best", "second", "bits per least likely token"))


def test_a_page_without_scored_sets_does_not_speak_of_them(tmp_path):
    write_report(fill(october()).connection, tmp_path, None, SETTINGS, PROTOCOL)
    page = (tmp_path / "S.html").read_text(encoding="utf-8")
    assert HEADING not in page
    assert not (tmp_path / "S" / "min_k.svg").exists()
    assert min_k_figure(Table((), ())) is None


def test_a_set_that_is_scored_is_no_snapshot(scored):
    assert scored.ask("SELECT DISTINCT snapshot_id FROM compression") == [("S",)]
    assert scored.ask("SELECT DISTINCT snapshot_id FROM fresh_only") == [("S",)]
