"""The questions and their answers: one `.sql` per question, its first line states it.

Those beside this module are published in the lake as views, where any DuckDB can ask them; `fresh_only.sql` defines
which scores count as fresh. Those in `queries/` take values and are asked here, for the command line and the report.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.tables import Table
from storage.errors import InputError
from storage.lake import Connection

VIEWS = Path(__file__).parent
QUERIES = Path(__file__).with_name("queries")
NOT_EXTRACTED = "`freshpress sql \"SELECT document_id FROM verdicts WHERE step = 'extract'\"`"

# One text's life in the order it is lived.
_CHAPTERS = (
    ("forgotten", "explain_forgotten"),
    ("evidence", "explain_evidence"),
    ("verdicts", "explain_verdicts"),
    ("what it shares with another", "explain_shared_spans"),
    ("dropped because of it", "explain_duplicates"),
    ("scores", "explain_scores"),
)


def questions() -> dict[str, str]:
    """Return every published view with the question it answers."""
    return {path.stem: _first_line(path) for path in sorted(VIEWS.glob("*.sql"))}


def ask(connection: Connection, name: str, parameters: Mapping[str, Any] | None = None) -> Table:
    """Answer one question of `queries/`, its values bound."""
    known = {path.stem: path for path in QUERIES.glob("*.sql")}
    if name not in known:
        raise InputError(f"there is no question {name!r}; there are: {', '.join(sorted(known))}.")
    cursor = connection.execute(known[name].read_text(encoding="utf-8"), dict(parameters or {}))
    return Table(tuple(column[0] for column in cursor.description or ()), tuple(cursor.fetchall()))


def explain(connection: Connection, id_or_url: str) -> list[tuple[str, Table]]:
    """Tell one text's life: what it is, its evidence, its verdicts, what it displaced, its scores.

    An item that a crawler met but did not land has only the reason why. What there is nothing to tell of is left away.
    """
    found = [row[0] for row in ask(connection, "explain_found", {"target": id_or_url}).rows]
    if found:
        return [titled for document_id in found for titled in _life(connection, document_id, is_only=len(found) == 1)]
    not_landed = ask(connection, "explain_not_landed", {"target": id_or_url})
    if not_landed.rows:
        return [("not landed", not_landed)]
    raise InputError(
        f"no text or crawled item of id or URL {id_or_url!r} is in this lake; `freshpress sql` over the table "
        f"documents lists its texts. Those that could not be extracted are known by id only: {NOT_EXTRACTED}."
    )


def _life(connection: Connection, document_id: str, *, is_only: bool) -> list[tuple[str, Table]]:
    chapters = [("text", _facts(ask(connection, "explain_text", {"document_id": document_id})))]
    chapters += [(title, ask(connection, name, {"document_id": document_id})) for title, name in _CHAPTERS]
    told = [(title, table) for title, table in chapters if table.rows]
    return told if is_only else [(f"{title} of {document_id}", table) for title, table in told]


def _facts(table: Table) -> Table:
    """Turn a wide row about one thing into one line per fact, for reading; what is not known is left away."""
    facts = [
        (name, value) for row in table.rows for name, value in zip(table.columns, row, strict=True) if value is not None
    ]
    return Table(("fact", "value"), tuple(facts))


def _first_line(path: Path) -> str:
    return path.read_text(encoding="utf-8").splitlines()[0].removeprefix("-- ")
