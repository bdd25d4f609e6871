"""Which protocol a name stands for: shipped, defined by this home's settings, or known from its scores alone."""

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

from analysis.questions import ask
from analysis.tables import Table
from config import ScoringSettings
from schedules.progress import say
from schedules.workspace import Workspace
from scoring.protocols import PROTOCOLS, find_protocol, own_protocol
from storage import lake, rows
from storage.errors import ComparisonError, InputError
from storage.lake import Connection
from storage.records import Protocol


def own_protocols(settings: ScoringSettings) -> tuple[Protocol, ...]:
    """Return the protocols that a user defined under `[scoring.protocols]`."""
    return tuple(
        own_protocol(name, asked.like, asked.window_tokens, asked.stride_tokens)
        for name, asked in settings.protocols.items()
    )


def require_protocol(settings: ScoringSettings, name: str | None) -> Protocol:
    """Return the protocol to score by, of this name or id; by default that of `[scoring] protocol`."""
    return find_protocol(name or settings.protocol, own_protocols(settings))


def require_imported(settings: ScoringSettings, path: Path, protocol_id: str) -> Protocol:
    """Return the protocol of a result file, which must be one that this home would score by itself."""
    known = {protocol.protocol_id: protocol for protocol in (*PROTOCOLS, *own_protocols(settings))}
    if protocol_id not in known:
        name = protocol_id.partition("@")[0]
        own = next((one.protocol_id for one in known.values() if one.name == name), None)
        raise InputError(
            f"{path} was scored by protocol {protocol_id}, and {name} is {own or 'not defined'} here; "
            f"score it again with a fresh export of this home, or define [scoring.protocols.{name}] as it was."
        )
    return known[protocol_id]


def stored_protocol(workspace: Workspace, connection: Connection, name: str | None) -> Protocol:
    """Return the protocol whose scores are asked for, of this name or id; also one that settings no longer define.

    A name that has several ids in the lake stands for what it means now, which is said; where it means nothing now
    it is refused, since scores of two ids do not compare.
    """
    settings = workspace.settings.scoring
    wanted = name or settings.protocol
    defined = (*PROTOCOLS, *own_protocols(settings))
    stored = rows.select(connection, Protocol)
    for protocol in (*defined, *stored):
        if wanted == protocol.protocol_id:
            return protocol
    namesakes = [protocol for protocol in stored if protocol.name == wanted]
    current = next((protocol for protocol in defined if protocol.name == wanted), None)
    if current:
        _tell_apart(current, namesakes)
        return current
    if len(namesakes) > 1:
        ids = ", ".join(sorted(protocol.protocol_id for protocol in namesakes))
        raise ComparisonError(
            f"protocol {wanted} has {len(namesakes)} ids in this lake ({ids}), which differ in "
            f"{differing_fields(namesakes)} and do not compare; name one of them."
        )
    return namesakes[0] if namesakes else find_protocol(wanted, own_protocols(settings))


def list_protocols(workspace: Workspace) -> Table:
    """Return every protocol: those that can be scored by now, and those that only scores in the lake still name."""
    own = own_protocols(workspace.settings.scoring)
    defined = [("Freshpress", protocol) for protocol in PROTOCOLS] + [("this home", protocol) for protocol in own]
    with lake.reading(workspace.home) as connection:
        stored = ask(connection, "protocols")
    counts = {row[0]: row[-2:] for row in stored.rows}
    now = [(by, *astuple(protocol), *counts.get(protocol.protocol_id, (0, 0))) for by, protocol in defined]
    known = {protocol.protocol_id for _, protocol in defined}
    past = [("scores alone", *row) for row in stored.rows if row[0] not in known]
    return Table(("defined_by", *stored.columns), (*now, *past))


def differing_fields(protocols: Sequence[Protocol]) -> str:
    """Name the fields in which protocols differ, with their values: `window_tokens (512, 1900)`."""
    columns = [field for field in rows.column_names(Protocol) if field not in ("protocol_id", "name")]
    values = {field: sorted({str(getattr(protocol, field)) for protocol in protocols}) for field in columns}
    return ", ".join(f"{field} ({', '.join(some)})" for field, some in values.items() if len(some) > 1)


def _tell_apart(current: Protocol, namesakes: Sequence[Protocol]) -> None:
    """Say that scores of the same name are left out, and by what they were counted otherwise."""
    if others := [protocol for protocol in namesakes if protocol != current]:
        ids = ", ".join(sorted(protocol.protocol_id for protocol in others))
        say(
            f"{current.name} is {current.protocol_id} now; scores by {ids} differ in "
            f"{differing_fields([current, *others])} and are not joined with it, name the id to see them"
        )
