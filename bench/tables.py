"""Rows of one record as a Markdown table, tables put into a page between its markers, and what was measured."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any


def as_table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of a Markdown table: the fields of the record are its columns."""
    if not rows:
        return
    yield f"| {' | '.join(name.removesuffix('_count').replace('_', ' ') for name in rows[0])} |"
    yield "|" + "---|" * len(rows[0])
    for row in rows:
        yield f"| {' | '.join(map(_cell, row.values()))} |"


def put_between(page: Path, name: str, lines: Sequence[str]) -> None:
    """Replace what stands in a page between `<!-- name:begin -->` and `<!-- name:end -->`, and nothing else."""
    begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
    text = page.read_text(encoding="utf-8")
    before, found_begin, rest = text.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise ValueError(f"{page} lacks {begin.strip()} or {end}; put both where the table belongs.")
    table = "".join(f"{line}\n" for line in lines)
    page.write_text(f"{before}{begin}{table}{end}{after}", encoding="utf-8")


def commit_of(root: Path) -> str:
    """Return the commit that is measured; it says so when files were changed since."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.strip()


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {count}" for key, count in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value).replace("|", "\\|")
