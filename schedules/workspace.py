"""What every job works in: a home with its lake at the right schema, and its settings."""

from dataclasses import dataclass
from pathlib import Path

from analysis.questions import VIEWS
from config import Settings, load_settings
from schedules.progress import say
from storage import lake, views
from storage.catalog import copy_before_migration
from storage.errors import HomeError
from storage.home import Home, create_home, open_home
from storage.migrate import pending_migrations, run_migrations, titles


@dataclass(frozen=True, slots=True)
class Workspace:
    """A home and the settings that hold in it."""

    home: Home
    settings: Settings


def open_workspace(root: Path, *, publishes: bool = True) -> Workspace:
    """Open a home for work. A lake of another schema is not touched; without `publishes` nothing is."""
    home = open_home(root)
    settings = load_settings(home.root)
    with lake.reading(home) as connection:
        if pending := pending_migrations(connection):
            raise HomeError(
                f"the lake of {home.root} lacks schema {pending[-1]}; `freshpress --home {home.root} init` brings it "
                "there (`--dry-run` says what that does)."
            )
    workspace = Workspace(home, settings)
    # Questions are answered by the settings that hold now, not by those of the last job.
    if publishes:
        publish_questions(workspace)
    return workspace


def create_workspace(root: Path, contact: str | None) -> tuple[Workspace, list[int]]:
    """Make a home, or bring one to the present schema; return it and the numbers of the migrations applied.

    The catalog of an older schema is kept beside the migrated one.
    """
    home = create_home(root, contact)
    settings = load_settings(home.root)
    if waiting := waiting_migrations(home):
        say(f"the catalog of before is kept as {copy_before_migration(home, waiting[0])}")
    applied = lake.write(home, "migrate", run_migrations)
    workspace = Workspace(home, settings)
    publish_questions(workspace)
    return workspace, applied


def told_migrations(root: Path) -> str:
    """Say what `init` would do to the lake of a home."""
    waiting = waiting_migrations(open_home(root))
    return f"{root} would get {', '.join(titles(waiting))}." if waiting else f"{root} has the present schema."


def waiting_migrations(home: Home) -> list[int]:
    """Return the numbers of the migrations that the lake of a home lacks; none where there is no lake yet."""
    if not lake.catalog_path(home).exists():
        return []
    with lake.reading(home) as connection:
        return pending_migrations(connection)


def publish_questions(workspace: Workspace) -> None:
    """Bring the views of the lake up to the questions of this version and the settings they read."""
    analysis = workspace.settings.analysis
    read = {"cutoff_margin_days": float(analysis.cutoff_margin_days), "min_fresh_share": analysis.min_fresh_share}
    with lake.reading(workspace.home) as connection:
        if views.is_published(connection, VIEWS, read):
            return
    lake.write(
        workspace.home,
        "publish views",
        lambda connection: views.publish_views(connection, VIEWS, read),
        workspace.settings.storage.busy_wait_seconds,
    )
