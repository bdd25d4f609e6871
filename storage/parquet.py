"""Parquet files of records, written whole or not at all. The one door to pyarrow."""

import io
import sys
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from importlib.abc import MetaPathFinder
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from storage.durable_files import replacing
from storage.errors import InputError

T = TypeVar("T")

# A row group costs a millisecond however little is in it; what is more than so much is copied into memory that is fresh
# each time, up to four times slower.
_GROUP_RECORDS = 256
_GROUP_BYTES = 12_000_000
_ANSWER_ROWS = 100_000

_HUGEINT = pa.decimal128(38, 0)
_ARROW_TYPES: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    bytes: pa.binary(),
    datetime: pa.timestamp("us"),
    date: pa.date32(),
    tuple[str, ...]: pa.list_(pa.string()),
    tuple[int, ...]: pa.list_(pa.uint32()),
    tuple[float, ...]: pa.list_(pa.float64()),
}


def schema_of(record_type: type) -> pa.Schema:
    """Return the Arrow schema of a record: same names, same order, null only where the record allows None."""
    hints = typing.get_type_hints(record_type)
    return pa.schema([_arrow_field(field.name, hints[field.name]) for field in fields(record_type)])


def write_records(path: Path, records: Iterable[T], record_type: type[T]) -> int:
    """Write the records to one Parquet file and return how many there were."""
    rows = list(records)
    write_table(path, to_arrow(rows, record_type))
    return len(rows)


def write_table(path: Path, table: pa.Table) -> None:
    """Write an Arrow table to one Parquet file, whole or not at all."""
    with replacing(path) as file:
        pq.write_table(table, file, compression="zstd", use_dictionary=_repeating(table.schema))


def encode_records(records: Iterable[T], record_type: type[T]) -> bytes:
    """Return the Parquet file of the records, for whoever writes it elsewhere; nothing where there are none."""
    file, schema, groups = io.BytesIO(), schema_of(record_type), _groups(records, record_type)
    if first := next(groups, None):
        with pq.ParquetWriter(file, schema, compression="zstd", use_dictionary=_repeating(schema)) as writer:
            for group in chain([first], groups):
                writer.write_table(to_arrow(group, record_type))
    return file.getvalue()


def leave_pandas_alone() -> None:
    """Keep pyarrow from importing pandas in this process, which it does where it finds it: half a second lost."""
    sys.meta_path.insert(0, _WithoutPandas())


class _WithoutPandas(MetaPathFinder):
    """Says that pandas is not installed. `sys.modules["pandas"] = None` would say so too, but pyarrow trips over it."""

    def find_spec(self, fullname: str, _path: object, _target: object = None) -> None:
        """Find nothing else, either."""
        if fullname == "pandas":
            raise ModuleNotFoundError(f"{fullname} is left alone in this process", name=fullname)


def write_batches(path: Path, batches: Iterable[pa.RecordBatch], record_type: type) -> None:
    """Write batches of an answer to one Parquet file of these records, one batch in memory at a time."""
    schema = schema_of(record_type)
    with replacing(path) as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch.cast(schema))


def write_answer(file: BinaryIO, names: Sequence[str], schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    """Write an answer of any size to an open file, which may be a pipe; return its rows."""
    named = with_whole_numbers(schema.empty_table()).rename_columns(names).schema
    count = 0
    try:
        with pq.ParquetWriter(pa.PythonFile(file, mode="w"), named, compression="zstd") as writer:
            for group in _row_groups(batches):
                writer.write_table(with_whole_numbers(group).rename_columns(names))
                count += group.num_rows
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"the answer cannot be Parquet ({reason}); CAST that column to DOUBLE or VARCHAR.") from None
    return count


def with_whole_numbers(table: pa.Table) -> pa.Table:
    """Return an answer of DuckDB with its sums of whole numbers as readers expect them: HUGEINT comes as decimals."""
    kinds = [pa.int64() if kind == _HUGEINT else kind for kind in table.schema.types]
    return table.cast(pa.schema(list(zip(table.column_names, kinds, strict=True))))


def _row_groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Yield batches of an answer as tables of a size that makes a good row group."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(one.nbytes for one in held) >= _GROUP_BYTES or sum(one.num_rows for one in held) >= _ANSWER_ROWS:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


def write_columns(path: Path, columns: Mapping[str, Sequence[Any]]) -> None:
    """Write the columns of an answer; their types are those of the values, text where there is no value."""
    arrays = {name: pa.array(values) for name, values in columns.items()}
    write_table(path, pa.table({n: a.cast(pa.string()) if pa.types.is_null(a.type) else a for n, a in arrays.items()}))


def read_records(path: Path | BinaryIO, record_type: type[T]) -> Iterator[T]:
    """Yield the records of one Parquet file, a batch in memory at a time."""
    names = schema_of(record_type).names
    listed = {name for name, hint in typing.get_type_hints(record_type).items() if _is_tuple(hint)}
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=256, columns=names):
            for row in batch.to_pylist():
                yield record_type(**{k: tuple(v) if k in listed else v for k, v in row.items()})


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of any Parquet file as mappings, a batch in memory at a time."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=256):
            yield from batch.to_pylist()


def read_column(path: Path | BinaryIO, name: str) -> list[Any]:
    """Return one column of one Parquet file."""
    return list(pq.read_table(path, columns=[name]).column(name).to_pylist())


def count_rows(path: Path) -> int | None:
    """Return how many rows a Parquet file says it has, from its end alone; None where it cannot be read."""
    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowException):
        return None


def to_arrow(records: Sequence[T], record_type: type[T]) -> pa.Table:
    """Return the records as an Arrow table, for a database that reads Arrow."""
    schema = schema_of(record_type)
    return pa.table([pa.array([getattr(r, f.name) for r in records], f.type) for f in schema], schema=schema)


def _groups(records: Iterable[T], record_type: type[T]) -> Iterator[list[T]]:
    """Yield the records in lists that make a row group each."""
    contents = [name for name, hint in typing.get_type_hints(record_type).items() if hint is bytes]
    group, byte_count = list[T](), 0
    for record in records:
        group.append(record)
        byte_count += sum(len(getattr(record, name)) for name in contents)
        if len(group) == _GROUP_RECORDS or byte_count >= _GROUP_BYTES:
            yield group
            group, byte_count = [], 0
    if group:
        yield group


def _repeating(schema: pa.Schema) -> list[str]:
    """Return the columns in which values repeat. Contents never do, and to look for it takes a tenth of the time."""
    return [field.name for field in schema if not pa.types.is_binary(field.type)]


def _arrow_field(name: str, hint: Any) -> pa.Field:
    is_optional = typing.get_origin(hint) is types.UnionType and type(None) in typing.get_args(hint)
    inner = next(a for a in typing.get_args(hint) if a is not type(None)) if is_optional else hint
    return pa.field(name, _ARROW_TYPES[inner], nullable=is_optional)


def _is_tuple(hint: Any) -> bool:
    return typing.get_origin(hint) is tuple
