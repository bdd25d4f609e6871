"""What a comparison asks: one snapshot by one protocol, its texts, and which models have but a sample of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from storage.errors import ComparisonError
from storage.lake import Connection

# A protocol of this packing reads all texts of a source as one stream, of which no part is fresh by itself.
PACKED = "source_stream"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of which database. `is_packed` protocols read all texts of a source as one stream.

    `sampled` are the models that a stop rule left with a random sample.
    """

    connection: Connection
    snapshot_id: str
    protocol_id: str
    is_packed: bool
    sampled: frozenset[str]


@dataclass(frozen=True, slots=True)
class TextCount:
    """Texts and characters of one source."""

    source: str
    document_count: int
    char_count: int


def pose(connection: Connection, snapshot_id: str, protocol_id: str) -> Question:
    """Return the question, with what the lake says of its protocol and runs."""
    is_packed = _is_packed(connection, protocol_id)
    question = Question(connection, snapshot_id, protocol_id, is_packed, frozenset())
    found = ask(question, "sampled_models", {"snapshot_id": snapshot_id, "protocol_id": protocol_id})
    return replace(question, sampled=frozenset(model_id for (model_id,) in found))


def text_counts(asked: Question, after_on: date | None) -> dict[str, TextCount]:
    """Return what each source has of texts published after a day, of all where there is none."""
    rows = ask(asked, "text_counts", {"snapshot_id": asked.snapshot_id, "after_on": after_on})
    return {row[0]: TextCount(*row) for row in rows}


def ask(asked: Question, name: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows that one question of `queries/` gives."""
    query = (Path(__file__).with_name("queries") / f"{name}.sql").read_text(encoding="utf-8")
    return list(asked.connection.execute(query, dict(values)).fetchall())


def _is_packed(connection: Connection, protocol_id: str) -> bool:
    row = connection.execute("SELECT packing FROM protocols WHERE protocol_id = $id", {"id": protocol_id}).fetchone()
    if row is None:
        raise ComparisonError(f"protocol {protocol_id!r} has no score in this lake; `freshpress score` makes some.")
    return bool(row[0] == PACKED)
