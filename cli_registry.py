"""The commands that bring things in: models, reference texts, benchmark results, compression that others published."""

from pathlib import Path
from typing import Any

import click

from cli_options import DAY, FILE, ask_lake, formatted, print_rows, say, workspace_in
from storage.records import DROP_IF_IN_REFERENCE, REFERENCE_MODES

BENCHMARK_FORMATS = ("csv", "lm-eval", "opencompass", "open-llm-leaderboard")


@click.group()
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

    model = add_model(workspace_in(home), location, revision, ModelClaims(**claims))
    print_rows(records_table(type(model), [model]), form)


@models.command("list")
@formatted
@click.pass_obj
def models_list(home: Path, form: str) -> None:
    """List models, and from which day on a text is new to each."""
    print_rows(ask_lake(workspace_in(home), "models"), form)


@models.command("import")
@click.argument("path", type=FILE)
@click.pass_obj
def models_import(home: Path, path: Path) -> None:
    """Register models, or more names of known ones, from a CSV file."""
    from schedules.registry import import_models

    say(f"{import_models(workspace_in(home), path)} models registered")


@models.command("deactivate")
@click.argument("name")
@click.pass_obj
def models_deactivate(home: Path, name: str) -> None:
    """Leave a model out of coming scoring runs; its scores stay."""
    from schedules.registry import deactivate_model

    say(f"{deactivate_model(workspace_in(home), name).model_id} is no longer scored")


@click.group()
def references() -> None:
    """Register texts that a snapshot must not repeat."""


@references.command("add")
@click.argument("name")
@click.argument("paths", nargs=-1, required=True, type=FILE)
@click.option(
    "--column", "columns", multiple=True, help="Column of a text; may be repeated. A number: of a CSV without header."
)
@click.option(
    "--mode", type=click.Choice(REFERENCE_MODES), default=DROP_IF_IN_REFERENCE, show_default=True,
    help="Who goes: the text; only what is no older than the set; also the text that stays for a copy of it.",
)  # fmt: skip
@click.option("--dated", "dated_on", type=DAY, help="With keep_oldest: the day from which on its items are known.")
@click.pass_obj
def references_add(home: Path, /, name: str, paths: tuple[Path, ...], **claims: Any) -> None:
    """Register a benchmark test set or an older corpus (jsonl, json, csv, parquet, text; gzipped too)."""
    from schedules.registry import ReferenceClaims, add_reference

    say(f"reference {name}: {add_reference(workspace_in(home), name, paths, ReferenceClaims(**claims))} items")


@click.group()
def benchmarks() -> None:
    """Bring in benchmark results."""


@benchmarks.command("import")
@click.argument("paths", nargs=-1, required=True, type=FILE)
@click.option(
    "--as", "form", type=click.Choice(BENCHMARK_FORMATS), help="Format of the file. [default: told from what is in it]"
)
@click.option(
    "--metric", "metrics", multiple=True,
    help="The metric that counts of several: acc_norm, 'exact_match,strict-match' or TASK=acc; by preference.",
)  # fmt: skip
@click.option(
    "--area", "areas", multiple=True,
    help="BENCHMARK=AREA (knowledge, coding, math; none leaves it out); goes before every table.",
)  # fmt: skip
@click.option("--areas", "areas_file", type=FILE, help="CSV of benchmark,area that goes before the shipped table.")
@click.option("--model", help="With a file of lm-eval: the model it is about, by a registered name.")
@click.option("--reported-by", help="Who reports; one fit uses one reporter. [default: the harness or leaderboard]")
@click.option(
    "--skip-unknown-models", "skips_unknown_models", is_flag=True, help="List and leave out unregistered ones."
)
@click.option(
    "--skip-unknown-benchmarks", "skips_unknown_benchmarks", is_flag=True, help="List and leave out those of no area."
)
@click.pass_obj
def benchmarks_import(
    home: Path,
    /,
    paths: tuple[Path, ...],
    form: str | None,
    metrics: tuple[str, ...],
    model: str | None,
    **choices: Any,
) -> None:
    """Import our CSV (model, benchmark, area, value, scale, shots, setting, source, reported_by), results of
    lm-evaluation-harness (JSON), a summary of OpenCompass (CSV), or the Open LLM Leaderboard (Parquet, CSV, JSON).
    """
    from analysis.benchmark_formats.recognition import Reading
    from analysis.benchmark_imports import ImportChoices
    from schedules.result_imports import import_benchmarks

    for path in paths:
        import_benchmarks(workspace_in(home), path, ImportChoices(Reading(form, metrics, model), **choices))


@click.group()
def compression() -> None:
    """Bring in bits per character that others published."""


@compression.command("import")
@click.argument("path", type=FILE)
@click.option(
    "--skip-unknown-models", "skips_unknown_models", is_flag=True, help="List and leave out unregistered ones."
)
@click.pass_obj
def compression_import(home: Path, path: Path, *, skips_unknown_models: bool) -> None:
    """Import a CSV: model, source, corpus, bits_per_character, protocol, reported_by."""
    from schedules.result_imports import import_compression

    import_compression(workspace_in(home), path, skips_unknown_models=skips_unknown_models)
