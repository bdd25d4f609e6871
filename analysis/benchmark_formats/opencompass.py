"""Results of OpenCompass: the `summary_*.csv` that its DefaultSummarizer writes.

Read from open-compass/opencompass, opencompass/summarizers/default.py (the same in releases 0.2 to 0.5): the header is
`dataset,version,metric,mode` and then the models; values are percent with two decimals, `-` where there is none; cells
are not quoted, commas in them are blanks. A dataset has a row per metric, the one that counts most first, and that one
is taken unless `--metric` names another.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from analysis.benchmark_formats.areas import NO_AREA, Areas
from analysis.benchmark_formats.claims import Claim, Claims, Skipped, setting_of
from analysis.csv_rows import Row, table_rows
from storage.errors import InputError

REPORTED_BY = "opencompass"
HEAD = ("dataset", "version", "metric", "mode")
MISSING = "-"


def is_opencompass(header: Sequence[str]) -> bool:
    """Say whether a CSV with this header is a summary of OpenCompass."""
    return tuple(header[:4]) == HEAD


def opencompass_claims(path: Path, areas: Areas, wanted: Sequence[str] = ()) -> Claims:
    """Read every model of one summary; `wanted` are metrics by preference."""
    rows = list(table_rows(path, lambda line, header: _check_header(path, line, header)))
    by_dataset: dict[str, list[Row]] = {}
    skipped: list[Skipped] = []
    for row in rows:
        row.refuse_control_characters(row.cells)
        if all(row.cells[model] == MISSING for model in _models(row)):
            skipped.append(Skipped(f"dataset {row.cells['dataset']}", "it has no result (-)"))
        else:
            by_dataset.setdefault(row.text("dataset"), []).append(row)
    claims: list[Claim] = []
    for dataset, found in by_dataset.items():
        known = areas.find(dataset)
        if known and known.area == NO_AREA:
            skipped.append(Skipped(f"benchmark {dataset}", f"of none of the three areas ({known.source})"))
            continue
        chosen = _chosen(found, wanted)
        skipped += [
            Skipped(f"metric {row.cells['metric']} of {dataset}", f"{chosen.cells['metric']} counts (--metric)")
            for row in found
            if row is not chosen
        ]
        for model in _models(chosen):
            if chosen.cells[model] == MISSING:
                skipped.append(Skipped(f"{dataset} of {model}", "it has no result (-)"))
            else:
                claims.append(_claim(chosen, model))
    return Claims(claims, skipped)


def _claim(row: Row, model: str) -> Claim:
    version, mode = (None if row.cells[name] == MISSING else row.cells[name] for name in ("version", "mode"))
    return Claim(
        place=row.place,
        names=(model,),
        benchmark=row.text("dataset"),
        setting=setting_of(row.text("metric"), mode),
        value=row.number(model, 0, 100) / 100,
        shots=None,
        source=setting_of(REPORTED_BY, f"prompt {version}" if version else None, row.path.name),
        reported_by=REPORTED_BY,
    )


def _chosen(rows: Sequence[Row], wanted: Iterable[str]) -> Row:
    """Return the row of a dataset that counts. Two of one metric (of two prompts) are told by no option."""
    for metric in wanted:
        task, _, name = metric.rpartition("=")
        if named := [row for row in rows if row.cells["metric"] == name and task in ("", row.cells["dataset"])]:
            return _only(named)
    return _only([row for row in rows if row.cells["metric"] == rows[0].cells["metric"]])


def _only(rows: Sequence[Row]) -> Row:
    if len(rows) > 1:
        raise InputError(f"{rows[1].place}: the row repeats line {rows[0].line}; keep one of them.")
    return rows[0]


def _models(row: Row) -> list[str]:
    return [name for name in row.cells if name not in HEAD]


def _check_header(path: Path, line: int, header: Sequence[str]) -> None:
    models = list(header[4:])
    if not is_opencompass(header) or not models or "" in models or len(set(header)) < len(header):
        raise InputError(
            f"{path}:{line}: the columns are {','.join(header)}; they must be {','.join(HEAD)} and then one per model, "
            "each with a name of its own."
        )
