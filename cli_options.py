"""What the commands share: options that mean the same everywhere, a home to work in, rows on stdout, lines on stderr.

Heavy imports live inside the functions, so that `--help` answers at once.
"""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from storage.records import SOURCES

if TYPE_CHECKING:
    from analysis.tables import Table
    from schedules.workspace import Workspace


class Day(click.ParamType[date]):
    """A calendar day, YYYY-MM-DD."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the day or say how it is written."""
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a day; write it as YYYY-MM-DD.", param, ctx)


DAY = Day()
FILE = click.Path(path_type=Path)
FORMATS = click.Choice(["table", "csv", "json"])
formatted = click.option("--format", "form", type=FORMATS, default="table", help="How rows are printed.")
since_option = click.option("--since", type=DAY, help="First day of the window.")
until_option = click.option("--until", type=DAY, help="First day after the window.")
snapshot_option = click.option("--snapshot", help="Snapshot name. [default: the latest]")
protocol_option = click.option("--protocol", help="Scoring protocol. [default: [scoring] protocol]")
sources_option = click.option(
    "--source", "sources", multiple=True, type=click.Choice(SOURCES), help="Only this source; may be repeated."
)
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Say requests, bytes and hours, ask no source and write nothing."
)
incomplete_option = click.option(
    "--allow-incomplete", is_flag=True, help="Seal although a crawl has holes; the snapshot says so for ever."
)


def workspace_in(home: Path, *, publishes: bool = True) -> "Workspace":
    """Open the home for a command."""
    from schedules.workspace import open_workspace

    return open_workspace(home, publishes=publishes)


def ask_lake(workspace: "Workspace", question: str, **parameters: Any) -> "Table":
    """Answer one question of analysis/queries."""
    from analysis.questions import ask
    from storage import lake

    with lake.reading(workspace.home) as connection:
        return ask(connection, question, parameters)


def print_rows(table: "Table", form: str) -> None:
    """Print rows in the format that was asked for."""
    from analysis.printing import print_table

    print_table(table, form)


def say(line: str) -> None:
    """Write one line for people, to stderr."""
    from schedules.progress import say as say_line

    say_line(line)
