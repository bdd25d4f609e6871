"""E-prints as Markdown: the one door to pandoc, the 3.9 that pypandoc_binary carries.

pandoc runs as a program of its own, without file or network access (`--sandbox`), under caps of memory and processor
time: a macro bomb ran on under the memory cap alone. It is given the preamble too, since it expands the paper's own
macros. Where it fails, it is asked once more without the preamble, and then the plain reader takes over; `extractor`
says which. How busy the machine is decides no text: what does not end in a generous wall clock, or is killed from
outside, ends the curation of its shard, which is then still to do.
"""

import re
import signal
import subprocess
from functools import cache
from pathlib import Path

import pypandoc

from config import ExtractionSettings
from curation import tex_plain
from curation.eprint_archive import open_eprint
from curation.outcomes import Extracted, Rejection
from curation.tex_source import document_body, merge_source, title_of
from storage.errors import FreshpressError

PANDOC = Path(pypandoc.__file__).with_name("files") / "pandoc"
# A process gets a tenth of a core even on a crowded machine.
WALL_SECONDS_PER_CPU_SECOND = 10

# The kernel ends what passes its processor time by SIGXCPU. That it is a limit of the shell's leaves Python's threads
# out of it, as a function run between fork and exec would not.
_LIMITED = 'ulimit -S -c 0; ulimit -S -t "$0" || exit 126; exec "$@"'
# Shells say with these that they could not set the limit or start the program.
_NOT_STARTED = (126, 127)
# By the out-of-memory killer or by people: nothing that the paper did.
_KILLED_FROM_OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP)

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
    """Convert TeX by pandoc, first with the preamble and then without; None when it cannot or takes too long."""
    # The abstract would become metadata, which Markdown of a body does not print.
    source = _ABSTRACT.sub(lambda m: r"\section*{Abstract}" + "\n" if m[1] == "begin" else "\n", source)
    bare = "\\documentclass{article}\n\\begin{document}\n" + document_body(source) + "\n\\end{document}\n"
    for tex in (source, bare):
        run = _run_pandoc(tex, settings)
        markdown = run.stdout.decode("utf-8", errors="replace").strip()
        if run.returncode == 0 and markdown and len(run.stdout) <= settings.max_tex_bytes:
            return markdown
        if run.returncode == -signal.SIGXCPU:
            break
    return None


@cache
def pandoc_version() -> str:
    """Return the version of the bundled pandoc."""
    shown = subprocess.run([str(PANDOC), "--version"], capture_output=True, check=True, text=True)  # noqa: S603
    return shown.stdout.split()[1]


def _run_pandoc(tex: str, settings: ExtractionSettings) -> subprocess.CompletedProcess[bytes]:
    seconds = settings.pandoc_cpu_seconds
    command = ["/bin/sh", "-c", _LIMITED, str(seconds), str(PANDOC), "+RTS", f"-M{settings.pandoc_memory_mib}m", "-RTS"]
    command += ["--sandbox", "--quiet", "--from=latex", "--to=markdown", "--wrap=none"]
    wall_seconds = seconds * WALL_SECONDS_PER_CPU_SECOND
    try:
        run = subprocess.run(  # noqa: S603 - a fixed program; the TeX goes in by standard input
            command, input=tex.encode(), capture_output=True, timeout=wall_seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise FreshpressError(
            f"pandoc got less than {seconds} s of processor time in {wall_seconds} s; the machine is too busy to"
            " curate: lower [execution] workers or wait, and run this again."
        ) from None
    if run.returncode in (*_NOT_STARTED, *_KILLED_FROM_OUTSIDE):
        raise FreshpressError(
            f"pandoc ended with {run.returncode} where only its own failures count ({run.stderr[:200]!r}); if memory"
            " ran out, lower [execution] workers or pandoc_memory_mib, and run this again."
        )
    return run


def _tidied(text: str) -> str:
    """Drop pandoc's fence lines (as the paper did), control characters and runs of blank lines."""
    lines = (line.rstrip() for line in _CONTROL_CHARACTERS.sub("", text).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(line for line in lines if not line.lstrip().startswith(":::"))).strip()
