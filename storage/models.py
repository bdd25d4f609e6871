"""Language models: registered under an id that names their exact weights, called by any alias."""

from collections.abc import Iterable
from dataclasses import replace

from storage import rows
from storage.errors import InputError
from storage.lake import Connection
from storage.records import LanguageModel, ModelAlias


def add_models(connection: Connection, models: Iterable[tuple[LanguageModel, str]]) -> int:
    """Register models, each with the alias people use; what was known of the same id gives way."""
    pairs = list(models)
    for model, alias in pairs:
        taken = rows.select(connection, ModelAlias, "alias = ? AND model_id <> ?", [alias, model.model_id])
        if taken:
            raise InputError(
                f"the name {alias!r} belongs to {taken[0].model_id}, not to {model.model_id}; "
                f"give this model another one with --name."
            )
    rows.replace(connection, [model for model, _ in pairs], LanguageModel)
    rows.replace(connection, [ModelAlias(alias, model.model_id) for model, alias in pairs], ModelAlias)
    return len(pairs)


def aliases(connection: Connection) -> dict[str, str]:
    """Return every name a model goes by, its id included, with the id."""
    known = {model.model_id: model.model_id for model in rows.select(connection, LanguageModel)}
    return known | {alias.alias: alias.model_id for alias in rows.select(connection, ModelAlias)}


def find_models(connection: Connection, names: Iterable[str]) -> list[LanguageModel]:
    """Return the models of these names, or every active one when no name is given."""
    wanted = list(names)
    if not wanted:
        return rows.select(
            connection, LanguageModel, "is_active AND location IS NOT NULL OR is_active AND kind = 'codec'"
        )
    known = aliases(connection)
    if missing := [name for name in wanted if name not in known]:
        listed = ", ".join(sorted(known)) or "none; `freshpress models add` registers one"
        raise InputError(f"there is no model {missing[0]!r}; registered are: {listed}.")
    return [rows.select(connection, LanguageModel, "model_id = ?", [known[name]])[0] for name in wanted]


def deactivate_model(connection: Connection, name: str) -> LanguageModel:
    """Leave a model out of coming scoring runs; its scores stay."""
    (model,) = find_models(connection, [name])
    rows.replace(connection, [replace(model, is_active=False)], LanguageModel)
    return model
