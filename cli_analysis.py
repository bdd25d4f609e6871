"""The commands that ask what the scores say: fits of benchmark results on compression, and comparisons of models."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cli_options import formatted, protocol_option, snapshot_option
from storage.records import SOURCES

AREAS = click.Choice(["overall", "knowledge", "coding", "math"])
BY = click.Choice(["area", "benchmark"])
FIT_OPTIONS = (
    click.option("--published", is_flag=True, help="The paper's own tables, shipped with Freshpress; needs no home."),
    click.option("--imported", is_flag=True, help="Compression that others published and this home imported."),
    click.option("--by", type=BY, default="area", show_default=True, help="One fit per area, or per benchmark."),
    snapshot_option,
    protocol_option,
    click.option("--reported-by", help="Whose benchmark results; one fit uses one reporter."),
    click.option("--compression-reported-by", help="With --imported: whose compression results."),
    click.option("--source", type=click.Choice(SOURCES), help="Fit on this source, not on each area's own."),
    click.option("--overall-of", type=BY, default="area", show_default=True, help="What the overall score averages."),
    click.option("--exclude", multiple=True, help="Leave out MODEL, or AREA:MODEL; may be repeated."),
    click.option("--with-excluded", is_flag=True, help="With --published: also the models that the paper leaves out."),
    click.option("--all-texts", is_flag=True, help="Also texts that a model may have seen."),
)


def fit_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say which fits are meant."""
    for option in reversed(FIT_OPTIONS):
        command = option(command)
    return command


@click.command()
@fit_options
@formatted
@click.pass_obj
def correlate(home: Path, /, form: str, **asked: Any) -> None:
    """Relate compression to benchmark results: coefficient, interval, and who is in and out."""
    from analysis.printing import print_fits
    from schedules.relate import FitQuestion, fit

    print_fits(fit(home, FitQuestion(**asked)), form)


@click.command()
@click.argument("model", required=False)
@click.option("--bits-per-character", type=float, help="Instead of MODEL: what it needs on the source of --area.")
@click.option("--area", type=AREAS, help="Only this area.")
@fit_options
@formatted
@click.pass_obj
def predict(
    home: Path, /, model: str | None, bits_per_character: float | None, area: str | None, form: str, **asked: Any
) -> None:
    """Say which benchmark scores a model's compression suggests, held out of the fit, with an interval."""
    from analysis.printing import print_predictions
    from schedules.relate import FitQuestion, predictions

    question = FitQuestion(**asked)
    print_predictions(predictions(home, question, model=model, bits_per_character=bits_per_character, area=area), form)


@click.command()
@fit_options
@formatted
@click.pass_obj
def residuals(home: Path, /, form: str, **asked: Any) -> None:
    """Name the models whose benchmarks stand above what compression predicts: over-tuned or contaminated?"""
    from analysis.printing import print_residuals
    from schedules.relate import FitQuestion
    from schedules.relate import residuals as residuals_job

    print_residuals(*residuals_job(home, FitQuestion(**asked)), form)


@click.command()
@click.argument("models", nargs=-1)
@snapshot_option
@protocol_option
@click.option("--all-texts", is_flag=True, help="Also texts that a model may have seen.")
@formatted
@click.pass_obj
def compare(
    home: Path, models: tuple[str, ...], snapshot: str | None, protocol: str | None, all_texts: bool, form: str
) -> None:
    """Tell two MODELS apart on the same texts, or rank more of them; without names, all that are scored."""
    from analysis.printing import print_answer
    from schedules.comparisons import CompareQuestion
    from schedules.comparisons import compare as compare_job

    print_answer(compare_job(home, CompareQuestion(models, snapshot, protocol, all_texts)), form)


@click.command()
@click.argument("models", nargs=-1)
@click.option(
    "--by",
    type=click.Choice(["snapshot", "month", "cutoff"]),
    default="snapshot",
    show_default=True,
    help="Snapshots beside the anchors, months of publication, or until when each model seems to know texts.",
)
@protocol_option
@formatted
@click.pass_obj
def drift(home: Path, /, models: tuple[str, ...], protocol: str | None, form: str, **by: Any) -> None:
    """Tell how compression moves with time: harder texts from contamination, effective cutoffs from declared ones."""
    from analysis.printing import print_answer
    from schedules.drift import DriftQuestion
    from schedules.drift import drift as drift_job

    print_answer(drift_job(home, DriftQuestion(names=models, protocol=protocol, **by)), form)


@click.command()
@click.argument("models", nargs=2)
@snapshot_option
@protocol_option
@click.option("--source", type=click.Choice(SOURCES), help="Only texts of this source. [default: all, pooled]")
@click.option("--all-texts", is_flag=True, help="Also texts that a model may have seen.")
@formatted
@click.pass_obj
def gap(home: Path, /, models: tuple[str, str], source: str | None, form: str, **asked: Any) -> None:
    """Say where the gap between two MODELS lies: by source, language, length, licence, grade, kind of token."""
    from analysis.printing import print_answer
    from schedules.comparisons import CompareQuestion
    from schedules.comparisons import gap as gap_job

    print_answer(gap_job(home, CompareQuestion(models, **asked), source), form)
