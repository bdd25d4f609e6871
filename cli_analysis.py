"""The commands that ask what the scores say: fits of benchmark results on compression, and comparisons of models."""

from pathlib import Path
from typing import Any

import click

from cli_options import formatted, protocol_option, snapshot_option


@click.command()
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
