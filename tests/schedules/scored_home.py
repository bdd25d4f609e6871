"""A home with one sealed snapshot of short texts and models small enough to score it in a moment."""

import random
from datetime import date, datetime
from pathlib import Path

from schedules.registry import ModelClaims, ReferenceClaims, add_model, add_reference
from schedules.workspace import Workspace, create_workspace, open_workspace
from storage import lake, rows
from storage.records import Document, LanguageModel, Snapshot, SnapshotDocument, text_sha256
from tests.scoring import tiny
from tests.storage.builders import make

SOURCES = ("arxiv", "common_crawl", "github")
CLAIMS = ModelClaims(None, "tiny", None, None, date(2026, 1, 31), "base")
CODEC = LanguageModel("zstd@19", "codec", None, None, None, None, None, "codec", None, True)
# Eight documents a file, so that a few dozen texts are several shards; the plain loop would take most of the time.
SETTINGS = "\n[scoring]\nshard_documents = 8\nrecheck_share = 0.0\n"
OCTOBER = "2026-10"


def make_home(folder: Path, text_count: int = 48, char_count: int = 300) -> Workspace:
    """Make a home with a sealed snapshot of so many texts of about so many characters, drawn by a seed."""
    create_workspace(folder, "tests@example.org")
    with (folder / "freshpress.toml").open("a") as settings:
        settings.write(SETTINGS)
    workspace = open_workspace(folder)
    lake.write(workspace.home, "add a codec", lambda connection: rows.insert(connection, [CODEC], LanguageModel))
    chance = random.Random(2404)
    contents = [_words(chance, char_count) for _ in range(text_count)]
    seal(workspace, OCTOBER, contents)
    return workspace


def seal(workspace: Workspace, snapshot_id: str, contents: list[str]) -> None:
    """Put a snapshot of these texts into the lake."""
    documents = [_document(f"{snapshot_id}-{n:03d}", text, SOURCES[n % 3]) for n, text in enumerate(contents)]
    members = [SnapshotDocument(snapshot_id, one.document_id, one.text_sha256) for one in documents]
    chars = sum(len(text) for text in contents)
    snapshot = make(Snapshot, snapshot_id=snapshot_id, document_count=len(documents), char_count=chars, sources=SOURCES)

    def write(connection: lake.Connection) -> None:
        rows.insert(connection, documents, Document)
        rows.insert(connection, members, SnapshotDocument)
        rows.insert(connection, [snapshot], Snapshot)

    lake.write(workspace.home, f"seal {snapshot_id}", write)


def add_tiny_model(workspace: Workspace, folder: Path, family: str = "gpt2") -> str:
    """Save a tiny model of a family, register it, and return its id."""
    tiny.save(tiny.network(family), tiny.byte_tokenizer(), folder)
    return add_model(workspace, str(folder), None, CLAIMS).model_id


def add_questions(workspace: Workspace, path: Path, *questions: str) -> None:
    """Register a reference set `quiz` of these items."""
    path.mkdir(exist_ok=True)
    for number, question in enumerate(questions):
        (path / f"{number}.txt").write_text(question, encoding="utf-8")
    add_reference(workspace, "quiz", [path], ReferenceClaims())


def ask(workspace: Workspace, query: str) -> list[tuple]:
    """Answer a query over the lake."""
    with lake.reading(workspace.home) as connection:
        return connection.execute(query).fetchall()


def _words(chance: random.Random, char_count: int) -> str:
    words = ("".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 9))) for _ in range(char_count // 6))
    return " ".join(words) + " – naïve 数据."


def _document(document_id: str, text: str, source: str) -> Document:
    return make(
        Document,
        document_id=document_id,
        text_sha256=text_sha256(text),
        source=source,
        text=text,
        char_count=len(text),
        byte_count=len(text.encode()),
        published_at=datetime(2026, 10, 5),
        freshness_grade="A",
    )
