"""What is scored: the texts of a sealed snapshot, or the items of a reference set under the name `reference:NAME`."""

from dataclasses import dataclass
from urllib.parse import quote

from scoring.texts import Text
from storage import references, snapshots
from storage.lake import Connection


@dataclass(frozen=True, slots=True)
class ScoredTexts:
    """Some texts that are scored together: the id their scores bear, and the folder their result files lie in."""

    snapshot_id: str
    folder_name: str
    reference: str | None = None


def find_scored_texts(connection: Connection, name: str | None) -> ScoredTexts:
    """Return what a user names; without a name the latest snapshot."""
    if name is None or not name.startswith(references.PREFIX):
        snapshot_id = snapshots.require_snapshot(connection, name).snapshot_id
        return ScoredTexts(snapshot_id, snapshot_id)
    found = references.require_reference(connection, name.removeprefix(references.PREFIX))
    # A set that is registered again with other items is measured in another folder.
    folder_name = f"reference--{quote(found.name, safe='')}-{found.fingerprint[:12]}"
    return ScoredTexts(references.PREFIX + found.name, folder_name, found.name)


def read_texts(connection: Connection, scored: ScoredTexts) -> list[Text]:
    """Return the texts themselves, by ascending id."""
    if scored.reference is None:
        kept = snapshots.kept_texts(connection, scored.snapshot_id)
    else:
        kept = references.reference_texts(connection, scored.reference)
    return [Text(text.document_id, text.text_sha256, text.source, text.text) for text in kept]
