"""E-prints as Markdown: the one door to pandoc, the 3.9 that pypandoc_binary carries.

pandoc runs as a program of its own, without file or network access (`--sandbox`), under a memory cap and a wall
clock: a macro bomb ran on under the memory cap alone. It is given the preamble too, since it expands the paper's own
macros. Where it fails, it is asked once more without the preamble, and then the plain reader takes over; `extractor`
says which.
"""

import re
import subprocess
import time
from functools import cache
from pathlib import Path

import pypandoc

from config import ExtractionSettings
from curation import tex_plain
from curation.eprint_archive import open_eprint
from curation.outcomes import Extracted, Rejection
from curation.tex_source import document_body, merge_source, title_of

PANDOC = Path(pypandoc.__file__).with_name("files") / "pandoc"

_ABSTRACT = re.compile(r"\\(begin|end)\s*\{abstract\}")
_BLANK_LINES = re.compile(r"\n{3,}")
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def extract_eprint(content: bytes, title: str | None, settings: ExtractionSettings) -> Extracted | Rejection:
    """Return the paper in an e-print as Markdown, without preamble and comments, or why there is none."""
    members = open_eprint(content, settings)
    if isinstance(members, Rejection):
        return members
    source = merge_source(members, settings)
    if isinstance(source, Rejection):
        return source
    markdown = to_markdown(source, settings)
    text = _tidied(markdown or tex_plain.detex(document_body(source)))
    if not text:
        return Rejection("no_text")
    extractor, version = (
        ("pandoc", pandoc_version()) if markdown else (tex_plain.EXTRACTOR, tex_plain.EXTRACTOR_VERSION)
    )
    return Extracted(text, title or title_of(source), extractor, version)


def to_markdown(source: str, settings: ExtractionSettings) -> str | None:
    """Convert TeX by pandoc within its wall clock, first with the preamble and then without; None when it cannot."""
    # The abstract would become metadata, which Markdown of a body does not print.
    source = _ABSTRACT.sub(lambda m: r"\section*{Abstract}" + "\n" if m[1] == "begin" else "\n", source)
    bare = "\\documentclass{article}\n\\begin{document}\n" + document_body(source) + "\n\\end{document}\n"
    deadline = time.monotonic() + settings.pandoc_seconds
    for tex in (source, bare):
        markdown = _run_pandoc(tex, deadline - time.monotonic(), settings)
        if markdown:
            return markdown
    return None


@cache
def pandoc_version() -> str:
    """Return the version of the bundled pandoc."""
    shown = subprocess.run([str(PANDOC), "--version"], capture_output=True, check=True, text=True)  # noqa: S603
    return shown.stdout.split()[1]


def _run_pandoc(tex: str, seconds: float, settings: ExtractionSettings) -> str | None:
    if seconds <= 0:
        return None
    command = [str(PANDOC), "+RTS", f"-M{settings.pandoc_memory_mib}m", "-RTS"]
    command += ["--sandbox", "--quiet", "--from=latex", "--to=markdown", "--wrap=none"]
    try:
        run = subprocess.run(  # noqa: S603 - a fixed program; the TeX goes in by standard input
            command, input=tex.encode(), capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    is_usable = run.returncode == 0 and len(run.stdout) <= settings.max_tex_bytes
    return run.stdout.decode("utf-8", errors="replace").strip() if is_usable else None


def _tidied(text: str) -> str:
    """Drop pandoc's fence lines (as the paper did), control characters and runs of blank lines."""
    lines = (line.rstrip() for line in _CONTROL_CHARACTERS.sub("", text).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(line for line in lines if not line.lstrip().startswith(":::"))).strip()
