from pathlib import Path

import pytest

from storage import lake, rows
from storage.errors import InputError
from storage.export import export_database
from storage.home import Home
from storage.query import ask
from storage.records import Document, Setting
from storage.views import is_published, publish_views
from tests.storage.builders import make


@pytest.mark.parametrize(
    "query",
    [
        "SELECT name FROM settings",
        "FROM settings SELECT name",
        "WITH a AS (SELECT name FROM settings) SELECT name FROM a",
        "DESCRIBE settings",
        "SUMMARIZE settings",
        "SHOW TABLES",
        "EXPLAIN SELECT name FROM settings",
        "/* wärum */ explain -- slöw?\n SELECT name FROM settings",
        "SELECT range FROM range(3) JOIN unnest([1]) ON true",
        "SELECT count(*) AS n FROM ducklake_snapshots('lake')",
    ],
)
def test_reading_statements_are_answered(home: Home, query: str) -> None:
    columns, _ = ask(home, query)
    assert columns


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("INSERT INTO settings VALUES ('a', 1)", "the query is INSERT"),
        ("DROP TABLE settings", "the query is DROP"),
        ("COPY settings TO '{lake}/stolen.csv'", "the query is COPY"),
        ("EXPLAIN ANALYZE COPY settings TO '{lake}/stolen.csv'", "the query is"),
        ("explain /* */ analyze\ncopy settings to '{lake}/stolen.csv'", "the query is"),
        ("EXPLAIN COPY settings TO '{lake}/stolen.csv'", "the query is COPY"),
        (
            f"/*{'é' * 30}*/EXPLAIN ANALYZE COPY (SELECT 'explain select 1 /*' AS a) TO '{{lake}}/stolen.csv' --*/",
            "the query is",
        ),
        ("SELECT a FROM sqlite_scan('{lake}/catalog.sqlite', 'ducklake_table')", "calls sqlite_scan"),
        ("SELECT 1 WHERE EXISTS (FROM enable_logging('QueryLog', storage => 'stdout'))", "calls enable_logging"),
        ("DESCRIBE SELECT * FROM enable_profiling()", "calls enable_profiling"),
        ("EXPLAIN FROM ducklake_cleanup_old_files('lake', cleanup_all => true)", "calls ducklake_cleanup_old_files"),
        ("FROM query('SELECT 1')", "calls query"),
        ("PRAGMA database_list", "the query is a PRAGMA"),
        ("SELECT * FROM 'other.db'", "Permission Error"),
        ("EXPLAIN (ANALYZE) COPY settings TO '{lake}/stolen.csv'", "the query is"),
        ("SELECT 1; SELECT 2", "the query is SELECT, SELECT"),
        ("", "the query is empty"),
        ("SELEC 1", "the query is not SQL"),
        ("ATTACH ':memory:' AS other", "the query is ATTACH"),
        ("SET threads = 1", "the query is SET"),
        ("CALL lake.set_commit_message('a', 'b')", "the query is CALL"),
        ("SELECT content FROM read_text('/etc/hostname')", "calls read_text"),
        ("SELECT nothing_like_it FROM settings", "cannot be answered: Binder Error"),
    ],
)
def test_everything_else_is_refused_in_one_sentence(home: Home, query: str, why: str) -> None:
    with pytest.raises(InputError, match=why) as raised:
        ask(home, query.replace("{lake}", str(home.lake)))
    assert "\n" not in str(raised.value)
    assert not list(home.root.rglob("stolen.csv"))


def test_views_are_published_in_the_order_they_rest_on_each_other(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "views"
    folder.mkdir()
    (folder / "a_doubled.sql").write_text("-- Twice?\nSELECT 2 * total AS doubled FROM b_total")
    (folder / "b_total.sql").write_text("-- How much?\nSELECT sum(value) AS total FROM settings")
    for _ in range(2):
        lake.write(home, "views", lambda c: publish_views(c, folder, {"margin": 21.0}))
    assert ask(home, "SELECT doubled FROM a_doubled") == (["doubled"], [(42.0,)])
    with lake.reading(home) as connection:
        assert is_published(connection, folder, {"margin": 21.0})
        assert not is_published(connection, folder, {"margin": 22.0})


def test_a_question_that_is_gone_loses_its_view(home: Home, tmp_path: Path) -> None:
    (tmp_path / "once.sql").write_text("-- Once?\nSELECT 1 AS one")
    lake.write(home, "views", lambda c: publish_views(c, tmp_path, {}))
    (tmp_path / "once.sql").unlink()
    lake.write(home, "views", lambda c: publish_views(c, tmp_path, {}))
    with pytest.raises(InputError, match="once"):
        ask(home, "SELECT one FROM once")


def test_export_is_a_plain_file_with_tables_and_views_and_no_texts(home: Home, tmp_path: Path) -> None:
    (tmp_path / "a_longest.sql").write_text("-- How long at most?\nSELECT max(char_count) AS char_count FROM lengths")
    (tmp_path / "lengths.sql").write_text("-- How long?\nSELECT document_id, char_count FROM documents")
    lake.write(home, "views", lambda c: publish_views(c, tmp_path, {}))
    lake.write(
        home, "document", lambda c: rows.insert(c, [make(Document, text="a secret text", char_count=13)], Document)
    )
    target = tmp_path / "out.duckdb"
    assert ("documents", 1) in export_database(home, target, with_texts=False)
    assert b"a secret text" not in target.read_bytes()
    assert query_file(target, "SELECT char_count FROM a_longest") == [(13,)]
    with pytest.raises(InputError, match="exists already"):
        export_database(home, target, with_texts=False)


def test_export_carries_texts_when_asked(home: Home, tmp_path: Path) -> None:
    lake.write(home, "document", lambda c: rows.insert(c, [make(Document, text="a secret text")], Document))
    export_database(home, tmp_path / "out.duckdb", with_texts=True)
    assert query_file(tmp_path / "out.duckdb", "SELECT text FROM documents") == [("a secret text",)]


def query_file(path: Path, query: str) -> list[tuple[object, ...]]:
    connection = lake.memory()
    connection.execute(f"ATTACH '{path}' AS exported (READ_ONLY)")
    connection.execute("USE exported")
    return connection.execute(query).fetchall()


def test_settings_that_views_read_are_a_table(home: Home, tmp_path: Path) -> None:
    lake.write(home, "views", lambda c: publish_views(c, tmp_path, {"cutoff_margin_days": 30.0}))
    with lake.reading(home) as connection:
        assert rows.select(connection, Setting) == [Setting("cutoff_margin_days", 30.0)]
