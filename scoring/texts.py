"""The texts a scorer is given, and the folder they travel in to a node that has no lake.

An export folder holds `texts.jsonl` (one text a line) and `snapshot.json`. What is read is checked against its hash.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scoring.json_lines import plain_row, read_lines, record_of, write_lines
from storage.errors import InputError
from storage.records import text_sha256

TEXTS_FILE = "texts.jsonl"
SNAPSHOT_FILE = "snapshot.json"


@dataclass(frozen=True, slots=True)
class Text:
    """One text to be scored."""

    document_id: str
    text_sha256: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class ExportedSnapshot:
    """Which snapshot an export folder holds, and how many texts; written last, so that a cut export shows."""

    snapshot_id: str
    text_count: int


def write_export(folder: Path, snapshot_id: str, texts: Iterable[Text]) -> int:
    """Write the texts and their snapshot's name to the folder and return how many there were."""
    count = write_lines(folder / TEXTS_FILE, map(plain_row, texts))
    write_lines(folder / SNAPSHOT_FILE, [plain_row(ExportedSnapshot(snapshot_id, count))])
    return count


def read_export(folder: Path) -> tuple[str, list[Text]]:
    """Return the snapshot's name and the texts of an export folder."""
    path = folder / SNAPSHOT_FILE
    number, row = next(read_lines(path), (1, {}))
    exported = record_of(path, number, row, ExportedSnapshot)
    texts = list(read_texts(folder / TEXTS_FILE))
    if exported.text_count != len(texts):
        message = f"{folder} holds {len(texts)} texts and its {SNAPSHOT_FILE} counts {exported.text_count}"
        raise InputError(f"{message}; export the snapshot again")
    return exported.snapshot_id, texts


def read_texts(path: Path) -> Iterator[Text]:
    """Yield the texts of one file; a line that is not a text, or not the text it claims, is an error."""
    for number, row in read_lines(path):
        text = record_of(path, number, row, Text)
        if text_sha256(text.text) != text.text_sha256:
            raise InputError(f"line {number} of {path} is not the text its sha256 names; export the snapshot again")
        yield text


def fingerprint(texts: Sequence[Text]) -> str:
    """Hash which texts these are, whatever their order."""
    names = sorted(f"{text.document_id} {text.source} {text.text_sha256}" for text in texts)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()
