"""Which format a file of benchmark results has, told from what stands in it, and its claims."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.benchmark_formats.areas import Areas
from analysis.benchmark_formats.claims import Claims
from analysis.benchmark_formats.harness import harness_claims, is_harness
from analysis.benchmark_formats.json_files import read_json
from analysis.benchmark_formats.leaderboard import csv_leaderboard, is_leaderboard, json_rows, typed_leaderboard
from analysis.benchmark_formats.opencompass import is_opencompass, opencompass_claims
from analysis.benchmark_formats.own import own_claims
from analysis.csv_rows import header_of
from storage.errors import InputError

OWN, HARNESS, OPENCOMPASS, LEADERBOARD = FORMATS = ("csv", "lm-eval", "opencompass", "open-llm-leaderboard")
_PARQUET = b"PAR1"


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a file: its format where it is forced, metrics by preference, the model where no file names it."""

    form: str | None = None
    metrics: tuple[str, ...] = ()
    model: str | None = None


def read_claims(path: Path, areas: Areas, reading: Reading) -> Claims:
    """Read a file of benchmark results of any format."""
    kind = _kind(path)
    form = reading.form or _FORMAT_OF[kind](path)
    readers: Mapping[tuple[str, str], Callable[[], Claims]] = {
        ("text", OWN): lambda: own_claims(path),
        ("text", OPENCOMPASS): lambda: opencompass_claims(path, areas, reading.metrics),
        ("text", LEADERBOARD): lambda: csv_leaderboard(path, areas),
        ("json", HARNESS): lambda: _harness(path, areas, reading),
        ("json", LEADERBOARD): lambda: typed_leaderboard(path, _rows(path), areas),
        ("parquet", LEADERBOARD): lambda: typed_leaderboard(path, _parquet_rows(path), areas),
    }
    if (kind, form) not in readers:
        raise InputError(f"{path} is {_SPELLED[kind]}, which is no file of {form}; leave --as away or name another.")
    _refuse_what_is_not_read(form, reading)
    return readers[kind, form]()


_SPELLED = {"text": "text", "json": "JSON", "parquet": "Parquet"}


def _kind(path: Path) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    if head.startswith(_PARQUET):
        return "parquet"
    return "json" if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") else "text"


def _text_format(path: Path) -> str:
    header = header_of(path)
    if is_opencompass(header):
        return OPENCOMPASS
    # What is none of the others is held to our own columns, whose refusal names them all.
    return LEADERBOARD if is_leaderboard(header) else OWN


def _json_format(path: Path) -> str:
    document = read_json(path)
    rows = json_rows(document)
    if is_harness(document):
        return HARNESS
    if rows and isinstance(rows[0], dict) and is_leaderboard(rows[0]):
        return LEADERBOARD
    raise InputError(
        f"{path} is JSON, but neither a result of lm-evaluation-harness (an object with results and config) nor rows "
        "of the Open LLM Leaderboard (objects with fullname and its benchmarks)."
    )


_FORMAT_OF: Mapping[str, Callable[[Path], str]] = {
    "text": _text_format,
    "json": _json_format,
    "parquet": lambda _: LEADERBOARD,
}


def _refuse_what_is_not_read(form: str, reading: Reading) -> None:
    if reading.metrics and form not in (HARNESS, OPENCOMPASS):
        raise InputError(
            f"--metric says nothing about a file of {form}, which has one result per benchmark; leave it away."
        )
    if reading.model and form != HARNESS:
        raise InputError(f"--model says nothing about a file of {form}, which names its models; leave it away.")


def _harness(path: Path, areas: Areas, reading: Reading) -> Claims:
    document = read_json(path)
    if not is_harness(document):
        raise InputError(f"{path} has no results and config as lm-evaluation-harness writes them.")
    return harness_claims(path, document, areas, reading.metrics, reading.model)


def _rows(path: Path) -> Sequence[Any]:
    rows = json_rows(read_json(path))
    if rows is None:
        raise InputError(f"{path} has no rows: it must be a list of objects or a page of the hub's rows.")
    return rows


def _parquet_rows(path: Path) -> Sequence[Any]:
    from storage.parquet import read_rows

    return list(read_rows(path))
