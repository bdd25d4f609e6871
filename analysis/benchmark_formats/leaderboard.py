"""Results of the Open LLM Leaderboard: its table as the hub gives it, Parquet, CSV, JSON rows or JSON lines.

Columns as of the datasets open-llm-leaderboard/contents (version 2, June 2024 to March 2025) and
open-llm-leaderboard-old/contents (version 1). Version 2 has each benchmark twice: `MMLU-PRO Raw` in 0–1, which is
taken, and `MMLU-PRO`, from which chance is taken off (0–100); only where the first is missing the second is read, as
another setting. Version 1 is in percent. Metrics and examples per benchmark are those of huggingface/leaderboards,
docs/source/en/open_llm_leaderboard/{about,archive}.md.

A model may stand there several times, by precision, revision and chat template. The row of the registered revision
counts, then the one that is least rounded, then the last one submitted. Rows flagged by the community do not count.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from analysis.benchmark_formats.areas import NO_AREA, Areas
from analysis.benchmark_formats.claims import Claim, Claims, Skipped, setting_of, shots_part
from analysis.csv_rows import Row, table_rows
from storage.errors import InputError

# Examples per benchmark; metrics as the archive states them.
VERSION_1 = {
    "ARC": ("acc_norm", 25), "HellaSwag": ("acc_norm", 10), "MMLU": ("acc", 5), "TruthfulQA": ("mc2", 0),
    "Winogrande": ("acc", 5), "GSM8K": ("acc", 5),
}  # fmt: skip
VERSION_2 = {"IFEval": 0, "BBH": 3, "MATH Lvl 5": 4, "GPQA": 0, "MUSR": 0, "MMLU-PRO": 5}
RAW = " Raw"
NAME, SHA = "fullname", "Model sha"
# What says nothing of a result. The arrow and the heart come with and without their variation selector.
OTHER_COLUMNS = frozenset({
    "eval_name", "Precision", "Type", "T", "Weight type", "Architecture", "Model", NAME, SHA, "Average ⬆",
    "Hub License", "Hub ❤", "#Params (B)", "Available on the hub", "Merged", "Not_Merged", "MoE", "Flagged", "date",
    "Chat Template", "Maintainers Choice", "Maintainer's Highlight", "CO₂ cost (kg)", "Official Providers",
    "Upload To Hub Date", "Submission Date", "Generation", "Base Model", "", "Unnamed: 0", "__index_level_0__",
})  # fmt: skip
SUBMITTED = ("Submission Date", "date")
# The least rounded weights first.
PRECISIONS = ("float32", "bfloat16", "float16", "8bit", "4bit", "GPTQ")


def is_leaderboard(columns: Iterable[str]) -> bool:
    """Say whether a table with these columns is one of the leaderboard."""
    named = set(columns)
    return NAME in named and bool(named & {*VERSION_1, *VERSION_2, *(f"{name}{RAW}" for name in VERSION_2)})


def json_rows(document: Any) -> list[Any] | None:
    """Return the rows of a list of objects, of one, or of a page of the hub's rows API; None of any other document."""
    if isinstance(document, dict) and isinstance(document.get("rows"), list):
        return [entry.get("row") if isinstance(entry, dict) else entry for entry in document["rows"]]
    if isinstance(document, dict) and NAME in document:
        return [document]
    return document if isinstance(document, list) else None


def csv_leaderboard(path: Path, areas: Areas) -> Claims:
    """Read the table from a CSV file."""
    return _claims(table_rows(path, lambda line, header: _check_columns(f"{path}:{line}", header)), areas)


def typed_leaderboard(path: Path, rows: Iterable[Any], areas: Areas) -> Claims:
    """Read the table from rows of a Parquet or JSON file, whose values have types."""
    return _claims(_as_text(path, rows), areas)


def _claims(rows: Iterable[Row], areas: Areas) -> Claims:
    claims: list[Claim] = []
    skipped: dict[Skipped, None] = {}
    for row in rows:
        row.refuse_control_characters((NAME, *(name for name in (SHA, "Precision") if name in row.cells)))
        if row.cells.get("Flagged", "").lower() == "true":
            skipped[Skipped(f"model {row.text(NAME)}", "flagged by the community")] = None
            continue
        for benchmark, column in _measured(row.cells).items():
            known = areas.find(benchmark)
            if known and known.area == NO_AREA:
                skipped[Skipped(f"benchmark {benchmark}", f"of none of the three areas ({known.source})")] = None
            elif row.cells[column]:
                claims.append(_claim(row, benchmark, column))
            else:
                skipped[Skipped(f"{benchmark} of {row.text(NAME)}", "it has no result")] = None
    return Claims(claims, tuple(skipped))


def _measured(columns: Iterable[str]) -> dict[str, str]:
    """Return the column to read of every benchmark of the table, the raw one where there is a choice."""
    named = set(columns)
    found = {name: name for name in VERSION_1 if name in named}
    for name in VERSION_2:
        if chosen := next((column for column in (f"{name}{RAW}", name) if column in named), None):
            found[name] = chosen
    return found


def _claim(row: Row, benchmark: str, column: str) -> Claim:
    top = 1.0 if column.endswith(RAW) else 100.0
    metric, shots = VERSION_1.get(benchmark) or ("raw" if top == 1 else "normalised", VERSION_2[benchmark])
    version = 1 if benchmark in VERSION_1 else 2
    name, sha = row.text(NAME), row.cells.get(SHA, "")
    return Claim(
        place=row.place,
        names=(f"{name}@{sha}", name) if sha else (name,),
        benchmark=benchmark,
        setting=setting_of(metric, shots_part(shots)),
        value=row.number(column, 0, top) / top,
        shots=shots,
        source=setting_of(row.path.name, f"revision {sha}" if sha else None, row.cells.get("Precision") or None),
        reported_by=f"open-llm-leaderboard v{version}",
        preference=_preference(row),
    )


def _preference(row: Row) -> tuple[float, ...]:
    precision = row.cells.get("Precision", "").removeprefix("torch.")
    rank = PRECISIONS.index(precision) if precision in PRECISIONS else len(PRECISIONS)
    submitted = next((day for name in SUBMITTED if (day := _day(row.cells.get(name, "")))), None)
    return rank, -submitted.toordinal() if submitted else math.inf


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _as_text(path: Path, rows: Iterable[Any]) -> Iterator[Row]:
    columns: Sequence[str] | None = None
    for number, row in enumerate(rows, start=1):
        place = f"{path}, row {number}"
        if not isinstance(row, Mapping):
            raise InputError(f"{place} is {row!r}, it must be an object with the columns of the leaderboard.")
        if columns != list(row):
            _check_columns(place, columns := list(row))
        yield Row(path, number, {name: _cell(value) for name, value in row.items()}, "row")


def _cell(value: Any) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value).strip()


def _check_columns(place: str, header: Sequence[str]) -> None:
    measured = {*VERSION_1, *VERSION_2, *(f"{name}{RAW}" for name in VERSION_2)}
    unknown = [name for name in header if name.replace("\ufe0f", "") not in OTHER_COLUMNS | measured]
    if unknown:
        raise InputError(f"{place}: unknown columns {', '.join(map(repr, unknown))}; drop them from the file.")
    if not is_leaderboard(header):
        raise InputError(f"{place}: the columns must be {NAME} and benchmarks of the Open LLM Leaderboard.")
