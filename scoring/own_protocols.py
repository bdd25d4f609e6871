"""A user's own protocols on their way to a node without the lake: `protocols.jsonl` of an export folder.

A protocol there is taken only if it is one that Freshpress can follow and its id is that of its fields.
"""

from collections.abc import Sequence
from pathlib import Path

from scoring.json_lines import plain_row, read_lines, record_of, write_lines
from scoring.protocols import PROCEDURES, PROTOCOLS, own_protocol
from storage.errors import InputError
from storage.records import Protocol

PROTOCOLS_FILE = "protocols.jsonl"


def write_own_protocols(folder: Path, protocols: Sequence[Protocol]) -> None:
    """Write the protocols into an export folder; those of an earlier export give way."""
    write_lines(folder / PROTOCOLS_FILE, map(plain_row, protocols))


def read_own_protocols(folder: Path) -> list[Protocol]:
    """Return the protocols of an export folder; none where it was written before there were any."""
    path = folder / PROTOCOLS_FILE
    if not path.is_file():
        return []
    protocols = []
    for number, row in read_lines(path):
        protocol = record_of(path, number, row, Protocol)
        if protocol != _made_anew(protocol):
            message = f"line {number} of {path} is no protocol that this version can follow ({protocol.protocol_id})"
            raise InputError(f"{message}; export the snapshot again with the version that scores it")
        protocols.append(protocol)
    return protocols


def _made_anew(protocol: Protocol) -> Protocol | None:
    """Return the protocol of this name and these windows after the procedure that encodes so; None where none does."""
    like = next((shipped.name for shipped in PROTOCOLS if shipped.encoding == protocol.encoding), None)
    if like not in PROCEDURES or protocol.window_tokens is None or protocol.stride_tokens is None:
        return None
    return own_protocol(protocol.name, like, protocol.window_tokens, protocol.stride_tokens)
