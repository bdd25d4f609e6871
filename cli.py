"""The command `freshpress`: verbs in the order of the flow. Bodies open a workspace, call a job and print.

Heavy imports live inside the commands, so that `--help` answers at once.
"""

import os
import signal
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from storage.errors import FreshpressError
from storage.records import SOURCES, utc_now

if TYPE_CHECKING:
    from analysis.tables import Table
    from schedules.periods import Period
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
incomplete_option = click.option(
    "--allow-incomplete", is_flag=True, help="Seal although a crawl has holes; the snapshot says so for ever."
)


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
@click.option("--contact", required=True, help="E-mail or web address that crawled sites may write to.")
@click.pass_obj
def init(home: Path, contact: str) -> None:
    """Make a home, or bring one to the present schema."""
    from schedules.registry import add_codecs
    from schedules.workspace import create_workspace

    workspace, applied = create_workspace(home, contact)
    add_codecs(workspace)
    _say(f"{workspace.home.root} is ready" + (f"; schema {applied[-1]} applied." if applied else "."))


@cli.command()
@click.argument("source", type=click.Choice(SOURCES))
@since_option
@until_option
@click.option("--name", help="Window by name: YYYY-MM is that month.")
@formatted
@click.pass_obj
def crawl(home: Path, source: str, since: date | None, until: date | None, name: str | None, form: str) -> None:
    """Fetch what one source has for a window; what has landed is not fetched again."""
    from analysis.tables import records_table
    from schedules.jobs import crawl_source
    from schedules.runs import recorded

    workspace = _open(home)
    period = _period(workspace, name, since, until, [source])
    with recorded(workspace, "crawl", lock="refresh") as outcome:
        run = crawl_source(workspace, period, source)
        outcome.row_count = run.landed_count
    _print(records_table(type(run), [run]), form)


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

    workspace = _open(home)
    chosen = sources or SOURCES
    period = _period(workspace, snapshot, since, until, chosen)
    with recorded(workspace, "curate", lock="refresh"):
        verdicts = curate_job(workspace, period, chosen)
    _print(verdict_counts(verdicts), form)


@cli.command()
@click.option("--name", help="Snapshot name; YYYY-MM means that month. [default: from the window]")
@since_option
@until_option
@sources_option
@incomplete_option
@formatted
@click.pass_obj
def refresh(
    home: Path,
    name: str | None,
    since: date | None,
    until: date | None,
    sources: tuple[str, ...],
    allow_incomplete: bool,
    form: str,
) -> None:
    """Crawl, curate and seal one snapshot. Run it again after any interruption."""
    from schedules.jobs import refresh as refresh_job
    from schedules.runs import recorded

    workspace = _open(home)
    chosen = sources or SOURCES
    period = _period(workspace, name, since, until, chosen)
    with recorded(workspace, "refresh") as outcome:
        snapshot, was_sealed = refresh_job(workspace, period, chosen, allow_incomplete=allow_incomplete)
        outcome.row_count = snapshot.document_count
    _say(f"snapshot {snapshot.snapshot_id} {'already sealed' if was_sealed else 'sealed'}: {snapshot.fingerprint}")
    _print(_ask(workspace, "verdicts", snapshot_id=snapshot.snapshot_id), form)


@cli.group()
def models() -> None:
    """Register the models that are measured."""


@models.command("add")
@click.argument("location")
@click.option("--name", help="What people call it. [default: the folder's or repository's name]")
@click.option("--family", help="Models of one family are one cluster of the intervals. [default: its name]")
@click.option("--organisation")
@click.option("--released-on", type=DAY)
@click.option("--knowledge-cutoff-on", type=DAY, help="Its month counts as known to the last day.")
@click.option("--kind", type=click.Choice(["base", "chat"]), default="base", show_default=True)
@click.option("--revision", help="Commit of a repository on the Hub.")
@formatted
@click.pass_obj
def models_add(home: Path, /, location: str, revision: str | None, form: str, **claims: Any) -> None:
    """Register a Hugging Face folder, or a repository on the Hub."""
    from analysis.tables import records_table
    from schedules.registry import ModelClaims, add_model

    model = add_model(_open(home), location, revision, ModelClaims(**claims))
    _print(records_table(type(model), [model]), form)


@models.command("list")
@formatted
@click.pass_obj
def models_list(home: Path, form: str) -> None:
    """List models, and from which day on a text is new to each."""
    _print(_ask(_open(home), "models"), form)


@models.command("import")
@click.argument("path", type=FILE)
@click.pass_obj
def models_import(home: Path, path: Path) -> None:
    """Register models, or more names of known ones, from a CSV file."""
    from schedules.registry import import_models

    _say(f"{import_models(_open(home), path)} models registered")


@models.command("deactivate")
@click.argument("name")
@click.pass_obj
def models_deactivate(home: Path, name: str) -> None:
    """Leave a model out of coming scoring runs; its scores stay."""
    from schedules.registry import deactivate_model

    _say(f"{deactivate_model(_open(home), name).model_id} is no longer scored")


@cli.group()
def references() -> None:
    """Register texts that a snapshot must not repeat."""


@references.command("add")
@click.argument("name")
@click.argument("paths", nargs=-1, required=True, type=FILE)
@click.pass_obj
def references_add(home: Path, name: str, paths: tuple[Path, ...]) -> None:
    """Register a benchmark test set or an older corpus (jsonl, csv, parquet, text)."""
    from schedules.registry import add_reference

    _say(f"reference {name}: {add_reference(_open(home), name, paths)} items")


@cli.group()
def benchmarks() -> None:
    """Bring in benchmark results."""


@benchmarks.command("import")
@click.argument("path", type=FILE)
@click.pass_obj
def benchmarks_import(home: Path, path: Path) -> None:
    """Import a CSV: model, benchmark, area, value, scale, shots, setting, source, reported_by."""
    from schedules.registry import import_benchmarks

    _say(f"{import_benchmarks(_open(home), path)} benchmark results imported")


@cli.group()
def compression() -> None:
    """Bring in bits per character that others published."""


@compression.command("import")
@click.argument("path", type=FILE)
@click.pass_obj
def compression_import(home: Path, path: Path) -> None:
    """Import a CSV: model, source, corpus, bits_per_character, protocol, reported_by."""
    from schedules.registry import import_compression

    _say(f"{import_compression(_open(home), path)} compression results imported")


@cli.command()
@snapshot_option
@click.option("--model", "names", multiple=True, help="Only this model; may be repeated. [default: every active one]")
@protocol_option
@click.option("--device", help="cpu, cuda or cuda:N. [default: [scoring] device]")
@click.option("--dtype", type=click.Choice(["auto", "float32", "bfloat16", "float16"]))
@formatted
@click.pass_obj
def score(
    home: Path,
    snapshot: str | None,
    names: tuple[str, ...],
    protocol: str | None,
    device: str | None,
    dtype: str | None,
    form: str,
) -> None:
    """Count the bits each model needs for each text of a snapshot."""
    from schedules.measure import Wanted
    from schedules.measure import score as score_job
    from schedules.runs import recorded

    workspace = _open(home)
    with recorded(workspace, "score") as outcome:
        scored, used, outcome.row_count = score_job(workspace, Wanted(snapshot, names, protocol, device, dtype))
    _print(_ask(workspace, "compression", snapshot_id=scored.snapshot_id, protocol_id=used.protocol_id), form)


@cli.command("export-texts")
@click.argument("snapshot")
@click.argument("folder", type=FILE)
@click.pass_obj
def export_texts(home: Path, snapshot: str, folder: Path) -> None:
    """Write a snapshot's texts for `python -m scoring` on a node without the lake."""
    from schedules.measure import export_texts as export_job

    _say(f"{export_job(_open(home), snapshot, folder)} texts written to {folder}")


@cli.command("score-import")
@click.argument("path", type=FILE)
@click.pass_obj
def score_import(home: Path, path: Path) -> None:
    """Bring in the result file of `python -m scoring`."""
    from schedules.measure import import_scores

    _say(f"{import_scores(_open(home), path)} scores imported")


@cli.command()
@click.option("--published", is_flag=True, help="The paper's own tables, shipped with Freshpress; needs no home.")
@click.option("--imported", is_flag=True, help="Compression that others published and this home imported.")
@click.option("--by", type=click.Choice(["area", "benchmark"]), default="area", show_default=True)
@snapshot_option
@protocol_option
@click.option("--reported-by", help="Whose benchmark results; one fit uses one reporter.")
@click.option("--compression-reported-by", help="With --imported: whose compression results.")
@click.option("--exclude", multiple=True, help="Leave out MODEL, or AREA:MODEL; may be repeated.")
@click.option("--all-texts", is_flag=True, help="Also texts that a model may have seen.")
@formatted
@click.pass_obj
def correlate(home: Path, /, form: str, **asked: Any) -> None:
    """Relate compression to benchmark results: coefficient, interval, and who is in and out."""
    from analysis.printing import print_fits
    from schedules.relate import FitQuestion, fit

    print_fits(fit(home, FitQuestion(**asked)), form)


@cli.command()
@click.option("--out", type=FILE, help="Folder of the page. [default: <home>/report]")
@click.pass_obj
def report(home: Path, out: Path | None) -> None:
    """Write the page that people open."""
    from schedules.relate import report as report_job
    from schedules.runs import recorded

    workspace = _open(home)
    with recorded(workspace, "report"):
        page = report_job(workspace, out)
    _say(f"report: {page}")


@cli.command()
@click.argument("query")
@formatted
@click.pass_obj
def sql(home: Path, query: str, form: str) -> None:
    """Answer one SELECT over the lake's tables and views."""
    from analysis.tables import Table
    from storage.query import ask

    columns, rows = ask(_open(home).home, query)
    _print(Table(tuple(columns), tuple(rows)), form)


@cli.command()
@click.argument("target", type=FILE)
@click.option("--with-texts", is_flag=True, help="Also the texts; mind their licences.")
@formatted
@click.pass_obj
def export(home: Path, target: Path, with_texts: bool, form: str) -> None:
    """Write every table and view to a plain DuckDB file."""
    from analysis.tables import Table
    from storage.export import export_database

    counts = export_database(_open(home).home, target, with_texts=with_texts)
    _print(Table(("table", "rows"), tuple(counts)), form)


@cli.command()
@click.argument("document")
@formatted
@click.pass_obj
def explain(home: Path, document: str, form: str) -> None:
    """Tell one text's life by its id or URL: evidence, verdict, duplicates, scores."""
    from analysis.printing import print_tables
    from analysis.questions import explain as explain_document
    from storage import lake

    with lake.reading(_open(home).home) as connection:
        print_tables(explain_document(connection, document), form)


@cli.command()
@formatted
@click.pass_obj
def status(home: Path, form: str) -> None:
    """Show snapshots, what is covered, what is missing, and how the last jobs ended."""
    from analysis.printing import print_tables

    workspace = _open(home)
    titled = (("snapshots", "snapshots"), ("coverage", "status_watermarks"), ("jobs", "status_jobs"))
    print_tables([(title, _ask(workspace, name)) for title, name in titled], form)


@cli.command()
@formatted
@click.pass_obj
def doctor(home: Path, form: str) -> None:
    """Check every invariant of the lake, and show how any DuckDB attaches it."""
    from schedules.checks import examine

    table, attach, is_sound = examine(_open(home))
    _print(table, form)
    _say(f"any DuckDB 1.5 reads this lake: {attach}")
    if not is_sound:
        raise FreshpressError("an invariant is broken; the rows above name it and an example.")


@cli.command()
@click.pass_obj
def run(home: Path) -> None:
    """Run the timetable until SIGTERM."""
    from schedules.service import Service

    Service(_open(home)).run()


@cli.command()
@click.pass_obj
def demo(home: Path) -> None:
    """Do the whole job on a small internet of its own, in demo-home/ (or the folder given with --home)."""
    from demo.walk import walk

    walk(home if home != Path() else Path("demo-home"))


def main() -> None:
    """Run the command line: exit 0 done, 1 a stated failure, 2 wrong usage."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        cli.main(standalone_mode=False)
    except FreshpressError as error:
        _say(f"freshpress: {error}")
        sys.exit(1)
    except BrokenPipeError:
        # The reader has seen enough; Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        # A folder that is a file, a disk that is full, a place that may not be written.
        _say(f"freshpress: {error.strerror}: {error.filename or 'a file'}; name another place or make room.")
        sys.exit(1)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


def _open(home: Path) -> "Workspace":
    from schedules.workspace import open_workspace

    return open_workspace(home)


def _period(
    workspace: "Workspace",
    name: str | None,
    since: date | None,
    until: date | None,
    sources: tuple[str, ...] | list[str],
) -> "Period":
    from schedules.due import due_period
    from schedules.periods import parse_period

    return parse_period(name, since, until, due_period(workspace, sources), utc_now().date())


def _ask(workspace: "Workspace", question: str, **parameters: Any) -> "Table":
    from analysis.questions import ask
    from storage import lake

    with lake.reading(workspace.home) as connection:
        return ask(connection, question, parameters)


def _print(table: "Table", form: str) -> None:
    from analysis.printing import print_table

    print_table(table, form)


def _say(line: str) -> None:
    from schedules.progress import say

    say(line)


if __name__ == "__main__":
    main()
