"""The commands that count bits: here, or on a node without the lake and back."""

from pathlib import Path
from typing import Any

import click

from cli_options import FILE, ask_lake, formatted, print_rows, protocol_option, say, snapshot_option, workspace_in


@click.command()
@click.option("--snapshot", "snapshot_id", help="Snapshot, or reference:NAME. [default: the latest]")
@click.option("--latest", type=click.IntRange(min=1), default=1, help="So many of the latest snapshots. [default: 1]")
@click.option(
    "--model", "model_names", multiple=True, help="Only this model; may be repeated. [default: active ones, anchors]"
)
@protocol_option
@click.option("--device", help="cpu, cuda, cuda:N or balanced (over all GPUs). [default: [scoring] device]")
@click.option("--dtype", type=click.Choice(["auto", "float32", "bfloat16", "float16"]))
@click.option("--token-bits", is_flag=True, help="Keep what each token costs; always on for reference sets.")
@click.option(
    "--until-se", type=click.FloatRange(min=0, min_open=True),
    help="Stop a model once the standard error of its bits per character is below this, or it is told apart from "
    "every other --model; texts come in seeded random order.",
)  # fmt: skip
@click.option(
    "--audit",
    "audit_count",
    type=click.IntRange(min=0),
    default=0,
    help="Code and decode so many texts per model by its own probabilities. [default: none]",
)
@click.option("--dry-run", is_flag=True, help="Say what is left to score and what it will take; score nothing.")
@formatted
@click.pass_obj
def score(home: Path, /, protocol: str | None, latest: int, dry_run: bool, form: str, **wanted: Any) -> None:
    """Count the bits each model needs for each text of a snapshot."""
    from schedules import measure, scoring_rounds
    from schedules.runs import recorded

    workspace = workspace_in(home, publishes=not dry_run)
    asked = measure.Wanted(protocol_name=protocol, **wanted)
    if dry_run:
        print_rows(measure.estimates(*scoring_rounds.plan_jobs(workspace, asked, latest)), form)
        return
    with recorded(workspace, "score") as outcome:
        job, *earlier = scoring_rounds.plan_jobs(workspace, asked, latest)
        outcome.row_count = scoring_rounds.score_jobs([job, *earlier])
    answer = "compression" if job.scored.reference is None else "min_k"
    ids = {"snapshot_id": job.scored.snapshot_id, "protocol_id": job.protocol.protocol_id}
    print_rows(ask_lake(workspace, answer, **ids), form)


@click.command("export-texts")
@click.argument("snapshot")
@click.argument("folder", type=FILE)
@click.pass_obj
def export_texts(home: Path, snapshot: str, folder: Path) -> None:
    """Write a snapshot's texts for `python -m scoring` on a node without the lake."""
    from schedules.measure import export_texts as export_job

    say(f"{export_job(workspace_in(home), snapshot, folder)} texts written to {folder}")


@click.command("score-import")
@click.argument("path", type=FILE)
@click.pass_obj
def score_import(home: Path, path: Path) -> None:
    """Bring in the result file of `python -m scoring`."""
    from schedules.measure import import_scores

    say(f"{import_scores(workspace_in(home), path)} scores imported")


@click.group()
def protocols() -> None:
    """Tell the ways to count bits, and how far they lie apart."""


@protocols.command("list")
@formatted
@click.pass_obj
def protocols_list(home: Path, form: str) -> None:
    """List the protocols: shipped, of this home, and those that only scores in the lake still name."""
    from schedules.protocols import list_protocols

    print_rows(list_protocols(workspace_in(home)), form)


@protocols.command("sensitivity")
@snapshot_option
@click.option(
    "--model", "model_names", multiple=True, help="Only this model; may be repeated. [default: every active one]"
)
@click.option("--texts", "text_count", type=click.IntRange(min=1), default=20, show_default=True, help="Texts drawn.")
@click.option("--device", help="cpu, cuda, cuda:N or balanced (over all GPUs). [default: [scoring] device]")
@click.option("--dtype", type=click.Choice(["auto", "float32", "bfloat16", "float16"]))
@formatted
@click.pass_obj
def protocols_sensitivity(home: Path, /, snapshot: str | None, form: str, **asked: Any) -> None:
    """Score a few drawn texts by every protocol and show the spread; no score is stored."""
    from schedules.sensitivity import SensitivityQuestion, sensitivity

    print_rows(sensitivity(workspace_in(home), SensitivityQuestion(snapshot, **asked)), form)
