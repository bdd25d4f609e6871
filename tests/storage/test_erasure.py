"""Deleted rows leave the disk: the data files, the catalog's own rows, its statistics, its free pages, its log."""

import sqlite3
from contextlib import closing

import pytest

from storage import catalog, lake, rows
from storage.byte_search import holders
from storage.erasure import erase_deleted
from storage.errors import BusyError
from storage.home import Home
from storage.parquet import write_records
from storage.records import Document
from tests.storage.builders import make

# It sorts after and before every other value: a catalog keeps the largest and smallest of each column.
LAST, FIRST = "~~canary~~", "!!canary!!"


def add(home: Home, *documents: Document) -> None:
    lake.write(home, "add", lambda connection: rows.insert(connection, documents, Document))


def document(name: str, text: str) -> Document:
    return make(Document, document_id=name, text_sha256=name, text=text, title=text, url=f"https://{text}/")


def many(prefix: str, *texts: str) -> list[Document]:
    """Return so many documents that DuckLake puts them into a file of their own."""
    plain = [document(f"{prefix}{n}", f"text {n}") for n in range(40)]
    return plain + [document(f"{prefix} canary {n}", text) for n, text in enumerate(texts)]


def delete_canaries(home: Home) -> None:
    statement = "DELETE FROM documents WHERE contains(text, 'canary')"
    lake.write(home, "delete", lambda connection: connection.execute(statement))


def found(home: Home) -> list[str]:
    return [path.name for path in holders(home.root, [LAST.encode(), FIRST.encode()])]


@pytest.mark.parametrize("size", ["one file", "a file among others", "rows in the catalog"])
def test_nothing_is_left_of_a_deleted_row(home, size):
    if size != "rows in the catalog":
        add(home, *many("a", FIRST, LAST))
    else:
        add(home, document("a", FIRST), document("b", LAST), document("c", "text"))
    if size == "a file among others":
        add(home, *many("b"))
    delete_canaries(home)
    assert found(home)
    erase_deleted(home)
    assert found(home) == []
    with lake.reading(home) as connection:
        remaining = rows.select(connection, Document)
    assert len(remaining) == {"one file": 40, "a file among others": 80, "rows in the catalog": 1}[size]


def test_it_may_be_run_again_and_the_lake_is_written_afterwards(home):
    add(home, *many("a", LAST))
    delete_canaries(home)
    erase_deleted(home)
    erase_deleted(home)
    add(home, *many("b"))
    with lake.reading(home) as connection:
        assert rows.count(connection, Document) == 80
        assert connection.execute("SELECT max(title), min(title) FROM documents").fetchone() == ("text 9", "text 0")


def test_an_open_connection_of_a_reader_is_no_obstacle(home):
    add(home, *many("a", LAST))
    delete_canaries(home)
    with lake.reading(home) as connection:
        assert rows.count(connection, Document) == 40
        erase_deleted(home)
        assert found(home) == []


def test_a_reader_who_holds_the_catalog_itself_is_named(home, monkeypatch):
    monkeypatch.setattr(catalog, "WAIT_SECONDS", 0.2)
    add(home, *many("a", LAST))
    delete_canaries(home)
    with closing(sqlite3.connect(lake.catalog_path(home), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM ducklake_snapshot").fetchone()
        with pytest.raises(BusyError, match="a reader holds the lake's catalog"):
            erase_deleted(home)
    erase_deleted(home)
    assert found(home) == []


def test_files_of_killed_writers_go_too(home):
    add(home, *many("a"))
    folder = home.lake / "data" / "main" / "documents"
    write_records(folder / "ducklake-orphan.parquet", [document("x", LAST)], Document)
    assert found(home) == ["ducklake-orphan.parquet"]
    erase_deleted(home)
    assert found(home) == []


def test_the_search_unpacks_parquet_and_reads_everything_else_as_it_lies(tmp_path):
    write_records(tmp_path / "a.parquet", [document("x", "before needle after " * 200)], Document)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.bin").write_bytes(b"\0\1needle\2")
    (tmp_path / "empty").touch()
    (tmp_path / "c.txt").write_text("nothing")
    assert [path.name for path in holders(tmp_path, [b"needle"])] == ["a.parquet", "b.bin"]
    assert holders(tmp_path, []) == []
