"""What a protocol for codecs needs: which codecs it is for, and the dictionary of `codec_dictionary`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from schedules.progress import say
from schedules.workspace import Workspace
from scoring.codec_dictionaries import PRIMED_CODEC, dictionary_path, make_dictionary, protocol_after
from scoring.protocols import AFTER_DICTIONARY, DICTIONARY_NAME, UTF8
from storage import lake, snapshots
from storage.durable_files import write_whole
from storage.errors import ScoringError
from storage.records import LanguageModel, Protocol

if TYPE_CHECKING:
    from scoring.models import ModelSource

CODEC_KIND = "codec"
FOLDER = "dictionaries"


def codecs_for(protocol: Protocol, models: Sequence[LanguageModel]) -> list[LanguageModel]:
    """Return the models that a protocol can measure, where it is one for codecs; all of them where it is not."""
    if protocol.encoding != UTF8:
        return list(models)
    codecs = [model for model in models if model.kind == CODEC_KIND]
    return [codec for codec in codecs if protocol.name != DICTIONARY_NAME or codec.model_id == PRIMED_CODEC]


def after_last_snapshot(workspace: Workspace, protocol: Protocol, snapshot_id: str) -> Protocol:
    """Return `codec_dictionary` as it is for one snapshot, its dictionary written; any other protocol as it is."""
    if protocol.name != DICTIONARY_NAME:
        return protocol
    with lake.reading(workspace.home) as connection:
        before = snapshots.snapshot_before(connection, snapshots.require_snapshot(connection, snapshot_id))
        if before is None:
            message = f"no snapshot is sealed whose window ends before that of {snapshot_id} begins"
            raise ScoringError(f"{message}, and {protocol.name} compresses after the texts of one; choose codec")
        dictionary = make_dictionary(snapshots.drawn_texts(connection, before.snapshot_id))
    found = protocol_after(dictionary)
    path = dictionary_path(workspace.home.scoring / FOLDER, found)
    if not path.is_file():
        write_whole(path, dictionary)
    say(f"{snapshot_id} is compressed after {len(dictionary):,} bytes of {before.snapshot_id}: {found.protocol_id}")
    return found


def with_dictionary(workspace: Workspace, source: "ModelSource", protocol: Protocol) -> "ModelSource":
    """Tell a codec where the dictionary of its protocol lies."""
    if not protocol.start_token.startswith(AFTER_DICTIONARY):
        return source
    return replace(source, location=str(dictionary_path(workspace.home.scoring / FOLDER, protocol)))
