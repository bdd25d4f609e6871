"""What users bring: models and reference sets. Checked, then written at once."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from schedules.workspace import Workspace
from storage import lake, models, references, rows
from storage.errors import InputError
from storage.records import (
    DROP_IF_IN_REFERENCE,
    KEEP_OLDEST,
    LanguageModel,
    ReferenceSet,
    utc_now,
)

# Codecs are models too: floor rows in every comparison, known from the first day.
CODECS = ("zstd@19", "xz@9e", "brotli@11", "ppmd@12")


@dataclass(frozen=True, slots=True)
class ModelClaims:
    """What the user says of a model, beyond what its files say."""

    name: str | None
    family: str | None
    organisation: str | None
    released_on: date | None
    knowledge_cutoff_on: date | None
    kind: str


def add_codecs(workspace: Workspace) -> None:
    """Register the codecs, unless an operator has switched one off."""
    codecs = [LanguageModel(name, "codec", None, None, None, None, None, "codec", None, True) for name in CODECS]
    _write(workspace, "add codecs", lambda connection: rows.insert(connection, codecs, LanguageModel))


def add_model(workspace: Workspace, location: str, revision: str | None, claims: ModelClaims) -> LanguageModel:
    """Register a model from its own files (a folder, or a repository on the Hub)."""
    from scoring.models import describe_model

    is_trusted = location in workspace.settings.scoring.trust_remote_code
    facts = describe_model(location, revision, trust_remote_code=is_trusted)
    name = claims.name or facts.model_id.rpartition("@")[0]
    model = LanguageModel(
        facts.model_id,
        claims.family or name,
        claims.organisation,
        facts.parameter_count,
        facts.context_tokens,
        claims.released_on,
        claims.knowledge_cutoff_on,
        claims.kind,
        str(Path(location).resolve()) if Path(location).is_dir() else location,
        True,
    )
    _write(workspace, f"add model {name}", lambda connection: models.add_model(connection, model, name))
    return model


def deactivate_model(workspace: Workspace, name: str) -> LanguageModel:
    """Leave a model out of coming scoring runs."""
    return _write(workspace, f"deactivate {name}", lambda connection: models.deactivate_model(connection, name))


def import_models(workspace: Workspace, path: Path) -> int:
    """Register models, and names of known ones, from a table."""
    from analysis.imports import read_models

    new, names = read_models(path, _aliases(workspace))
    return _write(
        workspace, f"import models {path.name}", lambda connection: models.import_models(connection, new, names)
    )


@dataclass(frozen=True, slots=True)
class ReferenceClaims:
    """What the user says of a reference set: which columns hold its texts, who goes for it, since when it is out."""

    columns: tuple[str, ...] = ()
    mode: str = DROP_IF_IN_REFERENCE
    dated_on: date | None = None


def add_reference(
    workspace: Workspace, name: str, paths: Sequence[Path], claims: ReferenceClaims = ReferenceClaims()
) -> int:
    """Register a benchmark test set or an older corpus that fresh text must not repeat."""
    from curation.references import read_references

    if (claims.mode == KEEP_OLDEST) != (claims.dated_on is not None):
        raise InputError(
            f"mode {claims.mode} and date {claims.dated_on or 'none'} of {name} do not go together: "
            f"{KEEP_OLDEST} needs --dated, the day from which on its items are known, and no other mode reads one."
        )
    items = read_references(name, paths, claims.columns)
    digest = hashlib.sha256("\n".join(sorted(f"{i.item}\x1f{i.text}" for i in items)).encode()).hexdigest()
    listed = ", ".join(str(path) for path in paths)
    reference = ReferenceSet(name, listed, len(items), digest, utc_now(), claims.mode, claims.dated_on)
    return _write(
        workspace,
        f"add reference {name}",
        lambda connection: references.store_reference(connection, reference, items),
    )


def _aliases(workspace: Workspace) -> dict[str, str]:
    with lake.reading(workspace.home) as connection:
        return models.aliases(connection)


def _write(workspace: Workspace, message: str, action: Callable[[lake.Connection], lake.Result]) -> lake.Result:
    return lake.write(workspace.home, message, action, workspace.settings.storage.busy_wait_seconds)
