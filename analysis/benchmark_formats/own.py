"""Benchmark results in our own CSV: model, benchmark, area, value, scale, shots, setting, source, reported_by."""

from pathlib import Path

from analysis.benchmark_formats.claims import MAX_SHOTS, Claim, Claims
from analysis.csv_rows import Row, csv_rows
from analysis.points import AREA_SOURCES

COLUMNS = ("model", "benchmark", "area", "value", "scale", "shots", "setting", "source", "reported_by")
SCALES = ("1", "100")


def own_claims(path: Path) -> Claims:
    """Read the file; values on either scale come out in 0–1."""
    return Claims([_claim(row) for row in csv_rows(path, COLUMNS)])


def _claim(row: Row) -> Claim:
    scale = float(row.choice("scale", SCALES))
    return Claim(
        place=row.place,
        names=(row.text("model"),),
        benchmark=row.text("benchmark"),
        setting=row.cells["setting"],
        value=row.number("value", 0, scale) / scale,
        shots=row.optional_whole("shots", 0, MAX_SHOTS),
        source=row.optional_text("source"),
        reported_by=row.text("reported_by"),
        area=row.choice("area", tuple(AREA_SOURCES)),
    )
