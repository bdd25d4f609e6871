"""Parquet files of records: how they are laid out, and what is not loaded to make them."""

import io
import subprocess
import sys
from dataclasses import dataclass

import pyarrow.parquet as pq
import pytest

from storage.parquet import encode_records, read_records


@dataclass(frozen=True, slots=True)
class Page:
    number: int
    content: bytes


@pytest.mark.parametrize(
    ("count", "content_bytes", "group_counts"),
    [(1, 10, [1]), (256, 10, [256]), (300, 10, [256, 44]), (5, 5_000_000, [3, 2])],
)
def test_a_row_group_holds_so_many_records_or_bytes(count: int, content_bytes: int, group_counts: list[int]) -> None:
    pages = [Page(number, b"x" * content_bytes) for number in range(count)]
    packed = encode_records(iter(pages), Page)
    layout = pq.read_metadata(io.BytesIO(packed))
    assert [layout.row_group(number).num_rows for number in range(layout.num_row_groups)] == group_counts
    assert list(read_records(io.BytesIO(packed), Page)) == pages


def test_no_records_make_no_file() -> None:
    assert encode_records([], Page) == b""


def test_pandas_stays_out_of_a_process_that_leaves_it_alone() -> None:
    program = (
        "import sys; from storage.parquet import leave_pandas_alone, to_arrow; from storage.records import CrawlLedger;"
        "leave_pandas_alone(); to_arrow([], CrawlLedger); sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
