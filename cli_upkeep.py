"""The commands that keep a home: backup, restore, maintain, forget, and verify for what left it."""

from pathlib import Path

import click

from cli_options import FILE, formatted, print_rows, say, workspace_in
from storage.errors import FreshpressError


@click.command()
@click.argument("folder", type=FILE)
@click.option("--with-landing", is_flag=True, help="Also what the crawlers fetched, and the candidates made of it.")
@formatted
@click.pass_obj
def backup(home: Path, folder: Path, with_landing: bool, form: str) -> None:
    """Copy lake and settings to a folder while others work; the next backup there copies what is new."""
    from schedules.upkeep import back_up

    print_rows(back_up(workspace_in(home), folder, with_landing=with_landing), form)


@click.command()
@click.argument("folder", type=FILE)
@formatted
@click.pass_obj
def restore(home: Path, folder: Path, form: str) -> None:
    """Put a backup back into an empty home (--home), and hold it to its fingerprints and invariants."""
    from schedules.upkeep import restore as restore_job

    checks, broken = restore_job(folder, home)
    print_rows(checks, form)
    say(f"{home} is restored from {folder}")
    if broken:
        raise FreshpressError(f"{len(broken)} checks of the restored home do not hold, as {broken[0]}.")


@click.command()
@formatted
@click.pass_obj
def maintain(home: Path, form: str) -> None:
    """Compact the lake, clear away what has served its purpose, and back up to `[schedules] backup_dir`."""
    from schedules.maintenance import maintain as maintain_job
    from schedules.runs import recorded

    workspace = workspace_in(home)
    with recorded(workspace, "maintenance"):
        table = maintain_job(workspace)
    print_rows(table, form)


@click.command()
@click.argument("target", metavar="URL|ID")
@click.option("--reason", help="Kept beside its hash.")
@formatted
@click.pass_obj
def forget(home: Path, target: str, reason: str | None, form: str) -> None:
    """Remove a text everywhere, for ever: from lake, files and backups, with every number that rested on it."""
    from schedules.forget import forget as forget_job

    removed, left = forget_job(workspace_in(home), target, reason)
    print_rows(removed, form)
    for line in left:
        say(line)


@click.command()
@click.argument("file", type=FILE)
@click.option("--root", help="The Merkle root that was published.")
@formatted
@click.pass_obj
def verify(home: Path, file: Path, root: str | None, form: str) -> None:
    """Hold a recipe or a proof to its Merkle root, and a recipe to the texts of this home, if it is one."""
    from schedules.recipes import verify as verify_file

    checks, is_sound = verify_file(file, root, home)
    print_rows(checks, form)
    if not is_sound:
        raise FreshpressError(f"{file} is not what it says; the rows above name what differs.")
