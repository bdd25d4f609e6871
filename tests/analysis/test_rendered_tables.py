"""Tables for people and for programs: aligned, complete, and harmless to a terminal."""

import csv
import io
import json
import time
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import pytest

from analysis.tables import Table, escape, records_table, render

TABLE = Table(
    ("model", "n", "pearson", "on"),
    (("Llama-1-7b", 19, -0.9307360929521639, date(2026, 10, 1)), ("日本", 5, None, None)),
)


def test_people_get_aligned_columns():
    assert render(TABLE) == (
        "model        n  pearson  on\n"
        "──────────  ──  ───────  ──────────\n"
        "Llama-1-7b  19  -0.9307  2026-10-01\n"
        "日本         5        –  –\n"
    )


@pytest.mark.parametrize(
    ("columns", "own"),
    [(("a", "a", "a"), ("a", "a_2", "a_3")), (("a", "a", "a_2"), ("a", "a_3", "a_2")), (("b", "a"), ("b", "a"))],
)
def test_columns_of_one_name_are_told_apart_in_every_format(columns, own):
    values = tuple(range(len(columns)))
    table = Table(columns, (values,))
    assert table.columns == own
    assert json.loads(render(table, "json")) == [dict(zip(own, values, strict=True))]
    assert render(table, "csv").splitlines()[0].split(",") == list(own)
    assert render(table).split()[: len(own)] == list(own)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.0000"), (0.5, "0.5000"), (12.34567, "12.3457"), (1234.5678, "1234.6"), (0.00012, "0.00012"),
        (1e15, "1e+15"), (float("nan"), "–"), (True, "yes"), (False, "no"), (10_000_000, "10000000"),
        (Decimal("0.25"), "0.2500"), (datetime(2026, 10, 1, 2, 3), "2026-10-01 02:03:00"), (("a", "b"), "a, b"),
        (b"\x01\xff", "01ff"),
    ],
)  # fmt: skip
def test_values_are_shown_with_sensible_digits(value, shown):
    assert render(Table(("x",), ((value,),))).splitlines()[2] == shown


def test_no_rows_are_said():
    assert render(Table(("x",), ())) == "(no rows)\n"


def test_long_text_is_cut_on_a_terminal_alone():
    table = Table(("name", "n"), (("x" * 100, 7),))
    assert "x" * 100 in render(table)
    row = render(table, width=30).splitlines()[2]
    assert row == "x" * 26 + "…  7"


def test_numbers_are_never_cut():
    row = render(Table(("a", "b"), (("word" * 5, 123456789012),)), width=26).splitlines()[2]
    assert row == "wordwordwor…  123456789012"


def test_columns_that_do_not_fit_are_left_out_of_the_middle_and_named():
    table = Table(("first", "b", "c", "d", "last"), (("word" * 5, 123456789012, 123456789012, "some text", 7),))
    lines = render(table, width=40).splitlines()
    assert lines[0].split() == ["first", "b", "last"]
    assert lines[2].split() == ["wordwordwordwordword", "123456789012", "7"]
    assert lines[3] == "… 2 columns do not fit: c, d"
    assert max(map(len, lines)) <= 40
    assert "123456789012" in render(table)


def test_columns_that_say_one_thing_are_told_below_before_others_are_left_out():
    rows = tuple(("2026-10", f"model {n}", 123456789012, "float32", n / 8) for n in range(3))
    table = Table(("snapshot_id", "model", "total_bits", "precision", "bits"), rows)
    lines = render(table, width=34).splitlines()
    assert lines[0].split() == ["model", "bits"]
    assert lines[2].split() == ["model", "0", "0.0000"]
    told = " ".join(line.strip() for line in lines[5:])
    assert told == "alike in all these rows: snapshot_id 2026-10, total_bits 123456789012, precision float32"
    assert max(map(len, lines)) <= 34
    assert render(table, width=80).splitlines()[0].split() == list(table.columns)


def test_rows_that_are_all_the_same_keep_a_column():
    lines = render(Table(("first", "second"), ((12345678, 12345678),) * 3), width=12).splitlines()
    assert lines[:3] == ["   first", "────────", "12345678"]


def test_a_long_text_is_cut_in_a_moment():
    table = Table(("text", "n"), tuple(("é" * 1_000_000, n) for n in range(40)))
    began = time.process_time()
    assert render(table, width=80).splitlines()[2] == "é" * 75 + "…   0"
    assert time.process_time() - began < 5


def test_wide_characters_are_cut_at_their_width():
    row = render(Table(("a", "n"), (("日本語" * 20, 7),)), width=20).splitlines()[2]
    assert row == "日本語日本語日本…  7"


def test_csv_has_full_precision_and_round_trips():
    rows = (('a "quoted", b\nc', -0.9307360929521639, None, True, float("nan"), ("x;y", "z")),)
    text = render(Table(("t", "f", "none", "yes", "nan", "list"), rows), "csv")
    (record,) = csv.DictReader(io.StringIO(text))
    assert float(record["f"]) == rows[0][1]
    assert record == {
        "t": 'a "quoted", b\nc', "f": "-0.9307360929521639", "none": "", "yes": "true", "nan": "",
        "list": '["x;y", "z"]',
    }  # fmt: skip


def test_csv_without_rows_has_its_header():
    assert render(Table(("a", "b"), ()), "csv") == "a,b\n"


def test_json_is_a_list_of_objects():
    table = Table(("d", "nan", "deep", "at"), ((date(2026, 10, 1), float("nan"), {"a": (1, float("inf"))}, None),))
    assert json.loads(render(table, "json")) == [{"d": "2026-10-01", "nan": None, "deep": {"a": [1, None]}, "at": None}]
    assert json.loads(render(Table(("a",), ()), "json")) == []


STEERING = "\x1b[31mred\x07 \x9b \u202eevil \x7f\u2028 line\nbreak\ttab \r \ud800"


def test_nothing_that_steers_a_terminal_is_printed():
    table = Table(("\x1b[1mname",), ((STEERING,), ([STEERING],)))
    for text in (render(table), render(table, width=80), render(table, "csv", width=80), render(table, "json")):
        assert not {c for c in text if c != "\n" and escape(c) != c}


def test_json_keeps_what_it_escapes():
    clean = STEERING.replace("\ud800", "")
    assert json.loads(render(Table(("x",), ((clean,),)), "json")) == [{"x": clean}]


def test_csv_into_a_file_keeps_control_characters():
    assert "\x1b[31m" in render(Table(("x",), (("\x1b[31m",),)), "csv")


def test_records_become_rows():
    @dataclass(frozen=True)
    class Row:
        name: str
        n: int

    assert records_table(Row, [Row("a", 1)]) == Table(("name", "n"), (("a", 1),))
