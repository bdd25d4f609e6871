"""Language models: registered under an id that names their exact weights, called by any alias."""

from collections.abc import Iterable
from dataclasses import replace

from storage import rows
from storage.errors import InputError
from storage.lake import Connection
from storage.records import LanguageModel, ModelAlias


def add_model(connection: Connection, model: LanguageModel, name: str) -> None:
    """Register a model under the name people use; what was known of the same id gives way."""
    add_names(connection, [ModelAlias(name, model.model_id)])
    rows.replace(connection, [model], LanguageModel)


def add_names(connection: Connection, names: Iterable[ModelAlias]) -> None:
    """Give models further names; a name means one model."""
    wanted = list(names)
    known = aliases(connection)
    for name in wanted:
        if known.get(name.alias, name.model_id) != name.model_id:
            raise InputError(
                f"the name {name.alias!r} belongs to {known[name.alias]}, not to {name.model_id}; "
                f"give this model another one with --name."
            )
    rows.insert(connection, wanted, ModelAlias)


def import_models(connection: Connection, new: Iterable[LanguageModel], names: Iterable[ModelAlias]) -> int:
    """Register models from a table, and names of known ones; return how many models are new."""
    added = rows.insert(connection, new, LanguageModel)
    add_names(connection, names)
    return added


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
