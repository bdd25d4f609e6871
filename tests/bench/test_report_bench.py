"""The lake of the report's bench has the shape it says, and a report of it is whole."""

from bench.report import write_twice
from bench.report_lake import CODECS, SOURCES, Size, make_lake
from storage import lake


def test_the_lake_has_every_score(tmp_path):
    home = make_lake(tmp_path / "home", Size(6, 2, 5))
    with lake.reading(home) as connection:
        ask = connection.execute
        texts = 2 * len(SOURCES) * 5
        assert ask("SELECT count(*) FROM scores").fetchone() == (texts * (6 + len(CODECS)),)
        assert ask("SELECT count(*) FROM snapshot_balance WHERE NOT is_balanced").fetchone() == (0,)
        assert ask("SELECT count(DISTINCT snapshot_id) FROM snapshots").fetchone() == (2,)


def test_both_reports_are_timed_and_the_index_weighed(tmp_path):
    first, again, index_bytes = write_twice(Size(6, 2, 5), tmp_path / "home")
    assert first > 0
    assert again > 0
    assert index_bytes == (tmp_path / "home" / "report" / "index.html").stat().st_size > 10_000
