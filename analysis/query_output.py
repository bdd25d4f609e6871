"""The answer to a question in SQL: a table for people, one clean document for programs, streamed however long it is."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, Literal

from analysis.printing import terminal_width
from analysis.tables import Table, csv_pieces, json_pieces, render, told_apart
from storage.durable_files import replacing
from storage.errors import InputError
from storage.home import Home
from storage.query import Answer, answering

Form = Literal["table", "csv", "json", "parquet"]
FORMS: tuple[Form, ...] = ("table", "csv", "json", "parquet")
# A screen of rows; whoever wants more says so.
SHOWN_ROWS = 40
# Rows beyond those shown are counted up to here, a second of work; then "more than" is said.
COUNTED_ROWS = 1_000_000


def print_answer(
    home: Home,
    query: str,
    form: Form | None = None,
    *,
    out: Path | None = None,
    shows_all: bool = False,
    say: Callable[[str], None],
) -> None:
    """Answer one question on stdout or into a file; `say` tells people of rows and seconds.

    Without a form it is that of the file's name, or a table.
    """
    form = form or _form_of(out)
    if form == "parquet" and out is None and sys.stdout.isatty():
        raise InputError("Parquet is no text for a terminal; name a file with --out FILE, or send stdout into one.")
    began = time.perf_counter()
    with answering(home, query) as answer:
        if form == "table":
            told = _print_table(answer, out, shows_all=shows_all)
        else:
            told = _counted(_write(answer, form, out))
    if form == "table" or out:
        say(f"{told} in {time.perf_counter() - began:.2f} s{f': {out}' if out else ''}")


def read_query(query: str | None, file: Path | None) -> str:
    """Return the question: from the file where there is one, from stdin where it is `-`, else as it is given."""
    try:
        if file is not None:
            return file.read_text(encoding="utf-8-sig")
        return sys.stdin.read() if query == "-" else str(query)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InputError(f"the query {file or 'on stdin'} cannot be read: {reason}.") from None


def _form_of(out: Path | None) -> Form:
    if out is None:
        return "table"
    named = next((form for form in FORMS if out.suffix == f".{form}"), None)
    if named is None:
        raise InputError(f"{out.name} does not say its format; end it in .csv, .json or .parquet, or give --format.")
    return named


def _print_table(answer: Answer, out: Path | None, *, shows_all: bool) -> str:
    """Print a table and return what is to be said of its rows. A file and a pipe get all of them."""
    width = None if out else terminal_width()
    rows = chain.from_iterable(answer.chunks())
    shown = list(rows if shows_all or width is None else islice(rows, SHOWN_ROWS))
    text = render(Table(answer.columns, tuple(shown)), width=width)
    with _destination(out) as file:
        file.write(text.encode())
    others = sum(1 for _ in islice(rows, COUNTED_ROWS + 1))
    if not others:
        return _counted(len(shown))
    total = f"more than {COUNTED_ROWS:,}" if others > COUNTED_ROWS else f"{len(shown) + others:,}"
    return f"first {len(shown)} of {total} rows (--all or --format csv for the rest)"


def _write(answer: Answer, form: Form, out: Path | None) -> int:
    """Write the answer for a program and return its rows."""
    if form == "parquet":
        with _destination(out) as file:
            return answer.write_parquet(file, told_apart(answer.columns))
    counts: list[int] = []
    columns, chunks = told_apart(answer.columns), _counting(answer.chunks(), counts)
    is_terminal = out is None and terminal_width() is not None
    pieces = json_pieces(columns, chunks) if form == "json" else csv_pieces(columns, chunks, is_terminal=is_terminal)
    with _destination(out) as file:
        for piece in pieces:
            file.write(piece.encode())
    return sum(counts)


def _counting(chunks: Iterable[list[tuple[Any, ...]]], counts: list[int]) -> Iterator[list[tuple[Any, ...]]]:
    for chunk in chunks:
        counts.append(len(chunk))
        yield chunk


def _counted(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def _destination(out: Path | None) -> AbstractContextManager[BinaryIO]:
    """Return where an answer goes: a file that is whole or not there, or stdout."""
    return replacing(out) if out else nullcontext(sys.stdout.buffer)
