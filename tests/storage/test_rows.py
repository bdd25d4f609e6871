from pathlib import Path

import pytest

from storage import lake, parquet, rows
from storage.errors import HomeError
from storage.migrate import migrations, run_migrations
from storage.records import Document, RawDocument, Setting, Signature
from storage.tables import TABLES
from tests.storage.builders import make


@pytest.mark.parametrize("record_type", TABLES, ids=lambda record_type: record_type.__name__)
def test_every_record_is_a_row_of_its_table_and_comes_back(record_type: type) -> None:
    connection = lake.memory()
    record = make(record_type)
    assert rows.insert(connection, [record], record_type) == 1
    assert rows.select(connection, record_type) == [record]


@pytest.mark.parametrize("record_type", [*TABLES, RawDocument], ids=lambda record_type: record_type.__name__)
def test_every_record_survives_a_parquet_file(record_type: type, tmp_path: Path) -> None:
    record = make(record_type)
    assert parquet.write_records(tmp_path / "a" / "x.parquet", [record, record], record_type) == 2
    assert list(parquet.read_records(tmp_path / "a" / "x.parquet", record_type)) == [record, record]


@pytest.mark.parametrize("record_type", TABLES, ids=lambda record_type: record_type.__name__)
def test_columns_of_the_migrated_schema_are_the_fields_of_the_record_in_order(record_type: type) -> None:
    described = lake.memory().execute(f"DESCRIBE {TABLES[record_type].name}").fetchall()
    assert [column[0] for column in described] == rows.column_names(record_type)
    assert set(TABLES[record_type].identity) <= set(rows.column_names(record_type))


def test_a_row_that_is_there_is_not_inserted_again() -> None:
    connection = lake.memory()
    assert rows.insert(connection, [Setting("a", 1.0), Setting("a", 2.0)], Setting) == 1
    assert rows.insert(connection, [Setting("a", 3.0), Setting("b", 4.0)], Setting) == 1
    assert [setting.name for setting in rows.select(connection, Setting)] == ["a", "b"]


def test_replacing_changes_the_row_of_the_same_identity_alone() -> None:
    connection = lake.memory()
    rows.insert(connection, [Setting("a", 1.0), Setting("b", 2.0)], Setting)
    rows.replace(connection, [Setting("a", 9.0)], Setting)
    assert rows.select(connection, Setting) == [Setting("a", 9.0), Setting("b", 2.0)]


def test_files_are_inserted_without_doubles(tmp_path: Path) -> None:
    connection = lake.memory()
    record = make(Signature, document_id="d")
    paths = [tmp_path / "1.parquet", tmp_path / "2.parquet"]
    for path in paths:
        parquet.write_records(path, [record], Signature)
    assert rows.insert_files(connection, paths, Signature) == 1
    assert rows.insert_files(connection, paths, Signature) == 0
    assert rows.insert_files(connection, [], Signature) == 0


def test_conditions_take_bound_values() -> None:
    connection = lake.memory()
    rows.insert(connection, [make(Document, document_id="'; DROP TABLE documents; --")], Document)
    assert rows.count(connection, Document, "document_id = ?", ["'; DROP TABLE documents; --"]) == 1


def test_migrations_are_numbered_without_gaps_and_applied_once() -> None:
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))
    connection = lake.memory()
    assert run_migrations(connection) == []


def test_a_lake_of_a_later_version_is_refused() -> None:
    connection = lake.memory()
    connection.execute("INSERT INTO schema_migrations VALUES (999, now()::TIMESTAMP)")
    with pytest.raises(HomeError, match="has schema 999, this Freshpress knows"):
        run_migrations(connection)


def test_a_half_written_parquet_file_never_bears_its_name(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        parquet.write_records(tmp_path / "x.parquet", [make(Setting), object()], Setting)  # type: ignore[list-item]
    assert not list(tmp_path.glob("*.parquet"))
