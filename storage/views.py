"""Published questions: every `NAME.sql` of a folder becomes the view NAME, so that any DuckDB can ask it."""

import hashlib
import re
from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path

from storage import rows
from storage.lake import Connection
from storage.records import PublishedView, Setting


def publish_views(connection: Connection, folder: Path, settings: Mapping[str, float]) -> None:
    """Create every view of the folder, each after the views it rests on, and the settings they read."""
    questions = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.sql")}
    for gone in {view.name for view in rows.select(connection, PublishedView)} - questions.keys():
        connection.execute(f"DROP VIEW IF EXISTS {gone}")
    connection.execute("DELETE FROM published_views")
    connection.execute("DELETE FROM settings")
    rows.insert(connection, [Setting(name, value) for name, value in settings.items()], Setting)
    for name in in_order(questions):
        connection.execute(f"CREATE OR REPLACE VIEW {name} AS {questions[name]}")
    rows.insert(connection, _published(questions), PublishedView)


def in_order(questions: Mapping[str, str]) -> list[str]:
    """Return the names of views, each after those its SQL rests on."""
    rests_on = {name: _names_in(sql, questions) - {name} for name, sql in questions.items()}
    return list(TopologicalSorter(rests_on).static_order())


def is_published(connection: Connection, folder: Path, settings: Mapping[str, float]) -> bool:
    """Say whether the lake holds exactly these views and settings, so that nothing need be written."""
    questions = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.sql")}
    current = {setting.name: setting.value for setting in rows.select(connection, Setting)}
    return current == dict(settings) and rows.select(connection, PublishedView) == _published(questions)


def _published(questions: Mapping[str, str]) -> list[PublishedView]:
    return [PublishedView(n, hashlib.sha256(sql.encode()).hexdigest()) for n, sql in sorted(questions.items())]


def _names_in(sql: str, names: Mapping[str, str]) -> set[str]:
    return set(re.findall(r"\w+", sql)) & names.keys()
