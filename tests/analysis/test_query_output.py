"""Answers to SQL: a screen of rows for people, whole and clean documents for programs, however long they are."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from analysis import query_output
from analysis.query_output import print_answer, read_query
from storage import lake
from storage.errors import InputError
from storage.home import create_home
from storage.migrate import run_migrations


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    made = create_home(tmp_path_factory.mktemp("query") / "home", "tests@example.org")
    lake.write(made, "migrate", run_migrations)
    return made


@pytest.fixture
def answer(home, capsysbinary):
    """Print an answer; return what went to stdout, and what was said."""

    def printed(query, form=None, **choices):
        said = []
        print_answer(home, query, form, say=said.append, **choices)
        return capsysbinary.readouterr().out, said

    return printed


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr(query_output, "terminal_width", lambda: 30)


def test_a_terminal_gets_a_screen_of_rows_and_their_number(answer, terminal):
    out, said = answer("FROM range(12345)")
    assert len(out.splitlines()) == 2 + 40
    assert said[0].startswith("first 40 of 12,345 rows (--all or --format csv for the rest) in ")
    out, said = answer("FROM range(12345)", shows_all=True)
    assert len(out.splitlines()) == 2 + 12_345
    assert said[0].startswith("12,345 rows in ")
    assert answer("FROM range(40)")[1][0].startswith("40 rows in ")
    assert answer("FROM range(1)")[1][0].startswith("1 row in ")


def test_rows_are_counted_for_a_second_and_no_longer(answer, terminal, monkeypatch):
    monkeypatch.setattr(query_output, "COUNTED_ROWS", 20_000)
    assert answer("FROM range(1000000000000)")[1][0].startswith("first 40 of more than 20,000 rows")


def test_a_pipe_gets_every_row_of_a_table(answer):
    out, said = answer("FROM range(100)")
    assert len(out.splitlines()) == 102
    assert said[0].startswith("100 rows in ")


def test_lines_are_never_longer_than_the_terminal(answer, terminal):
    out, _ = answer("SELECT repeat('é', 100000) AS text, range AS n, 'a' || range AS b, range AS c FROM range(5)")
    assert max(len(line) for line in out.decode().splitlines()) <= 30
    assert "…" in out.decode()


QUERY = "SELECT range AS n, 'a, \"b\"' || range AS text, NULL AS none, sum(range) OVER () AS n FROM range(25000)"


def test_programs_get_one_clean_document(answer):
    as_csv, said = answer(QUERY, "csv")
    rows = list(csv.reader(io.StringIO(as_csv.decode())))
    assert rows[0] == ["n", "text", "none", "n_2"]
    assert rows[-1] == ["24999", 'a, "b"24999', "", "312487500"]
    assert len(rows) == 25_001
    assert not said
    as_json, _ = answer(QUERY, "json")
    assert json.loads(as_json)[24_999] == {"n": 24_999, "text": 'a, "b"24999', "none": None, "n_2": 312_487_500}
    as_parquet, _ = answer(QUERY, "parquet")
    table = pq.read_table(io.BytesIO(as_parquet))
    assert table.num_rows == 25_000
    # A sum of whole numbers is a whole number to whoever reads the file.
    assert [(field.name, str(field.type)) for field in table.schema] == [
        ("n", "int64"), ("text", "string"), ("none", "int32"), ("n_2", "int64"),
    ]  # fmt: skip
    assert table.column("n_2")[0].as_py() == 312_487_500


def test_no_rows_are_a_document_too(answer):
    assert answer("SELECT 1 AS a WHERE false", "json")[0] == b"[]\n"
    assert answer("SELECT 1 AS a WHERE false", "csv")[0] == b"a\n"
    assert pq.read_table(io.BytesIO(answer("SELECT 1 AS a WHERE false", "parquet")[0])).num_rows == 0


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_a_file_has_the_format_of_its_name(answer, tmp_path, ending):
    out, said = answer(QUERY, out=tmp_path / f"rows.{ending}")
    assert out == b""
    assert said[0].startswith("25,000 rows in ")
    assert said[0].endswith(f": {tmp_path / f'rows.{ending}'}")
    assert (tmp_path / f"rows.{ending}").read_bytes() == answer(QUERY, ending)[0]


def test_a_file_of_a_table_has_every_row_whole(answer, terminal, tmp_path):
    answer("SELECT repeat('x', 90) FROM range(100)", "table", out=tmp_path / "rows.txt")
    lines = (tmp_path / "rows.txt").read_text().splitlines()
    assert len(lines) == 102
    assert lines[-1] == "x" * 90


def test_parquet_never_reaches_a_terminal(answer, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    with pytest.raises(InputError, match="Parquet is no text for a terminal; name a file with --out"):
        answer("SELECT 1", "parquet")


@pytest.mark.parametrize(
    ("query", "choices", "said"),
    [
        ("SELECT 1", {"out": "rows.txt"}, "rows.txt does not say its format; end it in .csv, .json or .parquet"),
        ("SELECT interval 1 day", {"out": "rows.parquet"}, "the answer cannot be Parquet .*CAST that column"),
        ("SELECT 1::HUGEINT << 100", {"out": "rows.parquet"}, "the answer cannot be Parquet .*CAST that column"),
        ("SELECT error('boo') FROM range(9)", {"out": "rows.csv"}, "the query cannot be answered: .*boo"),
        ("SELECT error('boo') FROM range(9)", {"out": "rows.parquet"}, "the query cannot be answered: .*boo"),
        ("DROP TABLE models", {"out": "rows.csv"}, "the query is DROP"),
    ],
)
def test_what_fails_is_one_sentence_and_leaves_no_file(answer, tmp_path, query, choices, said):
    with pytest.raises(InputError, match=said) as refused:
        answer(query, out=tmp_path / choices["out"])
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_query_comes_from_the_line_a_file_or_stdin(tmp_path, monkeypatch):
    (tmp_path / "query.sql").write_text("SELECT 1")
    assert read_query("SELECT 2", None) == "SELECT 2"
    assert read_query(None, tmp_path / "query.sql") == "SELECT 1"
    monkeypatch.setattr(sys, "stdin", io.StringIO("SELECT 3"))
    assert read_query("-", None) == "SELECT 3"
    with pytest.raises(InputError, match=r"none\.sql cannot be read: No such file"):
        read_query(None, tmp_path / "none.sql")


# One and a half gigabytes. A tenth of a kilobyte takes 210 MiB, this 400 to 560, by what else the machine does.
LONG = "SELECT range AS n, repeat('x', 5000) AS text FROM range(300000)"


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_long_answer_goes_through_a_pipe_in_little_memory(home, form):
    command = [sys.executable, "-m", "cli", "--home", str(home.root), "sql", LONG, "--format", form]
    peak_kib = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as job:
        while os.read(job.stdout.fileno(), 1 << 20):
            found = re.search(r"VmHWM:\s+([0-9]+) kB", Path(f"/proc/{job.pid}/status").read_text())
            peak_kib = max(peak_kib, int(found[1]) if found else 0)
        assert job.wait() == 0, job.stderr.read()
    assert 0 < peak_kib < 800 * 1024
