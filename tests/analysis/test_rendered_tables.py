"""Tables for people and for programs: aligned, complete, and harmless to a terminal."""

import csv
import io
import json
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
    row = render(Table(("a", "b"), (("word" * 5, 123456789012),)), width=12).splitlines()[2]
    assert row.endswith("123456789012")


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
