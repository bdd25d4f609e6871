"""The command `freshpress`: verbs in the order of the flow. Bodies open a workspace, call a job and print.

Heavy imports live inside the commands, so that `--help` answers at once.
"""

import os
import signal
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli_analysis import compare, correlate, drift, gap, predict, residuals
from cli_options import (
    FILE,
    ask_lake,
    dry_run_option,
    formatted,
    incomplete_option,
    print_rows,
    say,
    since_option,
    snapshot_option,
    sources_option,
    until_option,
    workspace_in,
)
from cli_registry import benchmarks, compression, models, references
from cli_scoring import export_texts, protocols, score, score_import
from cli_upkeep import backup, forget, maintain, restore, verify
from storage.errors import FreshpressError
from storage.records import SOURCES, utc_now

if TYPE_CHECKING:
    from analysis.tables import Table
    from schedules.periods import Period
    from schedules.workspace import Workspace


# What a shell reports of a program that SIGTERM ended.
TERMINATED = 128 + signal.SIGTERM
STAYS = "what was done stays, run it again to go on."


class FlowGroup(click.Group):
    """Commands are listed in the order of the flow, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands as they are defined."""
        return list(self.commands)


@click.group(cls=FlowGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--home", type=FILE, default=Path(), envvar="FRESHPRESS_HOME", help="Folder of this installation. [default: .]"
)
@click.version_option(package_name="freshpress")
@click.pass_context
def cli(context: click.Context, home: Path) -> None:
    """Measure language models by how well they compress text they cannot have seen."""
    context.obj = home


@cli.command()
@click.option("--contact", help="E-mail or web address that crawled sites may write to; a new home needs one.")
@click.option("--dry-run", is_flag=True, help="Say which migrations an older home would get, and change nothing.")
@click.pass_obj
def init(home: Path, contact: str | None, dry_run: bool) -> None:
    """Make a home, or bring one to the present schema; the catalog of before is kept."""
    from schedules.registry import add_codecs
    from schedules.workspace import create_workspace, told_migrations

    if dry_run:
        say(told_migrations(home))
        return
    workspace, applied = create_workspace(home, contact)
    add_codecs(workspace)
    say(f"{workspace.home.root} is ready" + (f"; schema {applied[-1]} applied." if applied else "."))


@cli.command()
@click.argument("source", type=click.Choice(SOURCES))
@since_option
@until_option
@click.option("--name", help="Window by name: YYYY-MM is that month. [default: every hole, then what is due]")
@dry_run_option
@formatted
@click.pass_obj
def crawl(
    home: Path, source: str, since: date | None, until: date | None, name: str | None, dry_run: bool, form: str
) -> None:
    """Fetch what one source has for a window; what has landed is not fetched again."""
    from analysis.tables import records_table
    from schedules.crawls import crawl_due, crawl_source
    from schedules.runs import locked
    from storage.records import CrawlRun

    workspace = workspace_in(home, publishes=not dry_run)
    period = _asked_period(workspace, name, since, until, [source])
    if dry_run:
        print_rows(_estimates(workspace, period, [source]), form)
        return
    with locked(workspace, "crawl", lock="refresh"):
        runs = [crawl_source(workspace, period, source)] if period else crawl_due(workspace, source)
    print_rows(records_table(CrawlRun, runs), form)


@cli.command()
@click.argument("snapshot")
@since_option
@until_option
@sources_option
@formatted
@click.pass_obj
def curate(
    home: Path, snapshot: str, since: date | None, until: date | None, sources: tuple[str, ...], form: str
) -> None:
    """Judge what has landed for a snapshot, without crawling or sealing."""
    from schedules.jobs import curate as curate_job
    from schedules.jobs import verdict_counts
    from schedules.runs import recorded

    workspace = workspace_in(home)
    chosen = sources or SOURCES
    period = _asked_period(workspace, snapshot, since, until, chosen)
    assert period, "a name is a window"
    with recorded(workspace, "curate", lock="refresh"):
        verdicts = curate_job(workspace, period, chosen)
    print_rows(verdict_counts(verdicts), form)


@cli.command()
@click.option("--name", help="Snapshot name; YYYY-MM means that month. [default: from the window]")
@since_option
@until_option
@sources_option
@incomplete_option
@dry_run_option
@formatted
@click.pass_obj
def refresh(
    home: Path,
    name: str | None,
    since: date | None,
    until: date | None,
    sources: tuple[str, ...],
    allow_incomplete: bool,
    dry_run: bool,
    form: str,
) -> None:
    """Crawl, curate and seal: one window, or every one that is due. Run it again after any interruption."""
    from schedules import jobs
    from schedules.runs import recorded

    workspace, chosen = workspace_in(home, publishes=not dry_run), sources or SOURCES
    period = _asked_period(workspace, name, since, until, chosen)
    if dry_run:
        print_rows(_estimates(workspace, period, chosen), form)
        return
    with recorded(workspace, "refresh") as outcome:
        if period:
            made = [jobs.refresh(workspace, period, chosen, allow_incomplete=allow_incomplete)]
        else:
            made = jobs.refresh_due(workspace, chosen, allow_incomplete=allow_incomplete)
        outcome.row_count = sum(snapshot.document_count for snapshot in made)
    print_rows(_verdicts(workspace, [snapshot.snapshot_id for snapshot in made]), form)


for command in (models, references, benchmarks, compression, score, export_texts, score_import, protocols):
    cli.add_command(command)
for command in (correlate, compare, predict, residuals, gap, drift):
    cli.add_command(command)


@cli.command()
@click.option("--out", type=FILE, help="Folder of the page. [default: <home>/report]")
@click.pass_obj
def report(home: Path, out: Path | None) -> None:
    """Write the page that people open."""
    from schedules.relate import report as report_job
    from schedules.runs import recorded

    workspace = workspace_in(home)
    with recorded(workspace, "report"):
        page = report_job(workspace, out)
    say(f"report: {page}")


@cli.command()
@click.argument("query", required=False)
@click.option("--file", type=FILE, help="Read the query from a file; QUERY as - reads it from stdin.")
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json", "parquet"]),
    help="How rows are written. [default: by the name of --out, else table]",
)  # fmt: skip
@click.option("--out", type=FILE, help="Write to this file (.csv, .json, .parquet) instead of stdout.")
@click.option("--all", "shows_all", is_flag=True, help="On a terminal all rows, not the first 40.")
@click.pass_obj
def sql(home: Path, /, query: str | None, file: Path | None, **output: Any) -> None:
    """Answer one SELECT over the lake's tables and views."""
    from analysis.query_output import print_answer, read_query

    if (query is None) == (file is None):
        raise click.UsageError("say one question: as QUERY, as - for stdin, or as --file FILE.")
    question = read_query(query, file)
    print_answer(workspace_in(home).home, question, **output, say=say)


@cli.command()
@click.argument("target", type=FILE)
@click.option("--with-texts", is_flag=True, help="Also the texts; mind their licences.")
@click.option("--recipe", is_flag=True, help="A snapshot without its texts: where each lay, its hashes, a Merkle root.")
@click.option("--prove", metavar="ID", help="The proof that a document was in a snapshot, for its Merkle root.")
@snapshot_option
@formatted
@click.pass_obj
def export(home: Path, /, target: Path, form: str, **asked: Any) -> None:
    """Write every table and view to a plain DuckDB file; or the recipe of a snapshot."""
    from schedules.recipes import export as export_job

    print_rows(export_job(workspace_in(home), target, **asked), form)


@cli.command()
@click.argument("document")
@formatted
@click.pass_obj
def explain(home: Path, document: str, form: str) -> None:
    """Tell one text's life by its id or URL: evidence, verdict, duplicates, scores."""
    from analysis.printing import print_tables
    from analysis.questions import explain as explain_document
    from storage import lake

    with lake.reading(workspace_in(home).home) as connection:
        print_tables(explain_document(connection, document), form)


@cli.command()
@formatted
@click.pass_obj
def status(home: Path, form: str) -> None:
    """Show snapshots, the last checks, what is covered or missing, how jobs ended and when they are due."""
    from analysis.printing import print_tables
    from schedules.timetable import due_table

    workspace = workspace_in(home)
    titled = (
        ("snapshots", "snapshots"),
        ("checks", "status_checks"),
        ("audits", "status_audits"),
        ("coverage", "status_watermarks"),
        ("jobs", "status_jobs"),
    )
    tables = [(title, ask_lake(workspace, name)) for title, name in titled]
    print_tables([*tables, ("due", due_table(workspace))], form)


@cli.command()
@formatted
@click.pass_obj
def doctor(home: Path, form: str) -> None:
    """Check every invariant of the lake, and show how any DuckDB attaches it."""
    from schedules.checks import examine

    table, attach, is_sound = examine(workspace_in(home))
    print_rows(table, form)
    say(f"any DuckDB 1.5 reads this lake: {attach}")
    if not is_sound:
        raise FreshpressError("an invariant is broken; the rows above name it and an example.")


for command in (backup, restore, maintain, forget, verify):
    cli.add_command(command)


@cli.command()
@click.pass_obj
def run(home: Path) -> None:
    """Run the timetable until SIGTERM."""
    from schedules.service import Service

    Service(workspace_in(home)).run()


@cli.command()
@click.pass_obj
def demo(home: Path) -> None:
    """Do the whole job on a small internet of its own, in demo-home/ (or the folder given with --home)."""
    from demo.walk import walk

    walk(home if home != Path() else Path("demo-home"))


def main() -> None:
    """Run the command line: exit 0 done, 1 a stated failure, 2 wrong usage."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    try:
        cli.main(standalone_mode=False)
    except FreshpressError as error:
        say(f"freshpress: {error}")
        sys.exit(1)
    except BrokenPipeError:
        # The reader has seen enough; Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        # A folder that is a file, a disk that is full, a place that may not be written.
        say(f"freshpress: {error.strerror}: {error.filename or 'a file'}; name another place or make room.")
        sys.exit(1)
    except click.Abort:
        say(f"freshpress: interrupted; {STAYS}")
        sys.exit(130)
    except SystemExit as end:
        if end.code == TERMINATED:
            say(f"freshpress: terminated; {STAYS}")
        raise
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


def _asked_period(
    workspace: "Workspace", name: str | None, since: date | None, until: date | None, sources: Sequence[str]
) -> "Period | None":
    """Return the window a user names, by its name, its dates or both; None for whatever is due."""
    from schedules.due import due_span
    from schedules.periods import parse_period

    if name is None and since is None and until is None:
        return None
    return parse_period(name, since, until, due_span(workspace, sources), utc_now().date())


def _estimates(workspace: "Workspace", period: "Period | None", sources: Sequence[str]) -> "Table":
    from schedules.crawls import windows_of
    from schedules.estimates import estimate_crawls

    windows = [(period, source) for source in sources] if period else windows_of(workspace, sources)
    return estimate_crawls(workspace, windows)


def _verdicts(workspace: "Workspace", snapshot_ids: Sequence[str]) -> "Table":
    from analysis.tables import Table

    answers = [(name, ask_lake(workspace, "verdicts", snapshot_id=name)) for name in snapshot_ids]
    rows = tuple((name, *row) for name, answer in answers for row in answer.rows)
    return Table(("snapshot_id", *answers[0][1].columns), rows)


if __name__ == "__main__":
    main()
