"""The papers of the demo: short notes of our own (`demo/notes`), and submissions that must not pass."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from demo.archives import eprint_gz, eprint_tar
from demo.records import Paper, PaperVersion

NOTES = Path(__file__).with_name("notes")
SEPTEMBER_NOTES = ("catalan", "contractions")
OCTOBER_NOTES = (
    "birthdays", "chebyshev", "continued_fractions", "gaussian_integral", "harmonic_numbers", "isoperimetric",
    "moebius", "power_iteration", "random_walks", "spanning_trees", "stirling", "two_squares",
)  # fmt: skip
OCTOBER = datetime(2026, 10, 2, 14, 3, 11)
SEPTEMBER = datetime(2026, 9, 3, 9, 41, 2)
# arXiv numbers a month's papers from one; none comes near these, so that no real paper is meant.
FIRST_NUMBER = 90_001

Files = Mapping[str, bytes]


def make_september_papers() -> list[Paper]:
    """Return the little that was new in September."""
    return [
        _paper(f"2609.{FIRST_NUMBER + number}", read_note(name), SEPTEMBER + timedelta(days=5 * number))
        for number, name in enumerate(SEPTEMBER_NOTES)
    ]


def make_october_papers(leaked_items: Sequence[str]) -> list[Paper]:
    """Return what was listed in October. `leaked_items` are benchmark items that somebody copied into a paper."""
    papers = [
        _paper(_october_id(number), read_note(name), OCTOBER + timedelta(days=2 * number))
        for number, name in enumerate(OCTOBER_NOTES)
    ]
    planted = [
        _paper(_october_id(40 + n), files, OCTOBER + timedelta(days=20))
        for n, files in enumerate(planted_sources(leaked_items))
    ]
    return [*papers, *planted, *_unwanted()]


def read_note(name: str) -> dict[str, bytes]:
    """Return the files of one note, path → bytes."""
    folder = NOTES / name
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.*"))}


def planted_sources(leaked_items: Sequence[str]) -> list[Files]:
    """Return sources that fail one rule each."""
    model = read_note("stirling")["main.tex"].decode()
    words_only = re.sub(r"\$[^$]*\$|\\begin\{equation\}.*?\\end\{equation\}|\\\[.*?\\\]", "it", model, flags=re.DOTALL)
    # Else it is a near copy of the note itself, which is noticed first.
    retold = model.replace(" the ", " its ").replace(" is ", " remains ")
    leaks = "\n\n".join(f"\\begin{{verbatim}}\n{item}\n\\end{{verbatim}}" for item in leaked_items)
    older = read_note(SEPTEMBER_NOTES[0])["main.tex"]
    german = (NOTES.parent / "planted" / "other_language.tex").read_bytes()
    return [
        {"few_formulas.tex": words_only.encode()},
        {"too_few_paper_words.tex": model.split("\\section")[0].encode() + b"\\section{Stub}To come.\\end{document}"},
        {"other_language.tex": german},
        {"contaminated.tex": retold.replace("\\section{Coins}", f"{leaks}\n\n\\section{{Coins}}").encode()},
        {"near_duplicate.tex": read_note("birthdays")["main.tex"].replace(b"useful", b"of great use")},
        {"history_exact_duplicate.tex": older},
        {"history_near_duplicate.tex": read_note(SEPTEMBER_NOTES[1])["main.tex"].replace(b"several hundred", b"many")},
        {"over_extraction_cap.tex": model.encode() + b"%" * 2_000_000},
    ]


def _unwanted() -> list[Paper]:
    """Papers whose record or e-print says that they are not for us."""
    note = read_note("moebius")
    sound = _paper(_october_id(60), note, OCTOBER + timedelta(days=10))
    # Damage behind the first 64 KiB is noticed only when the whole is unpacked; bytes of a hash do not compress.
    whole = eprint_tar({"figure.eps": hashlib.shake_256(b"figure").digest(90_000), **note}, OCTOBER)
    damaged = whole[:80_000] + bytes(16) + whole[80_016:]
    return [
        _with_source(sound, 61, damaged),  # unreadable_archive
        _with_source(sound, 62, eprint_tar({"figure.pdf": PDF}, OCTOBER)),  # not_tex
        _with_source(sound, 63, PDF),
        _with_source(sound, 64, None),
        replace(sound, arxiv_id=_october_id(65), categories="cs.LG math.ST"),
        replace(sound, arxiv_id=_october_id(66), is_deleted=True),
        _withdrawn(sound, _october_id(67)),
        _revised(sound, "1903.90017", datetime(2019, 3, 20, 11, 0)),
        # Identifiers were of this form until March 2007.
        _revised(sound, "math/0601999", datetime(2006, 1, 30, 16, 20)),
        replace(sound, arxiv_id=_october_id(68), record_xml=_record_without_versions(_october_id(68))),
    ]


PDF = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def _paper(arxiv_id: str, files: Files, submitted_at: datetime) -> Paper:
    tex = next(content for name, content in files.items() if name.endswith(".tex") and b"documentclass" in content)
    text = tex.decode()
    return Paper(
        arxiv_id=arxiv_id,
        title=_command(text, "title"),
        authors=_command(text, "author").replace(" \\and ", ", "),
        abstract=_between(text, "\\begin{abstract}", "\\end{abstract}"),
        categories="math.HO math.CO",
        datestamp_on=(submitted_at + timedelta(days=1)).date(),
        versions=(PaperVersion(submitted_at, _packed(files, submitted_at)),),
        comments="4 pages",
        set_specs=("math", "math:math:HO", "math:math:CO"),
    )


def _packed(files: Files, submitted_at: datetime) -> bytes:
    if len(files) == 1:
        return eprint_gz(next(iter(files.values())))
    return eprint_tar(files, submitted_at)


def _with_source(paper: Paper, number: int, source: bytes | None) -> Paper:
    version = PaperVersion(paper.versions[0].submitted_at, source)
    return replace(paper, arxiv_id=_october_id(number), versions=(version,))


def _withdrawn(paper: Paper, arxiv_id: str) -> Paper:
    notice = eprint_gz(b"%auto-ignore\nThis paper has been withdrawn by the authors.\n")
    versions = (*paper.versions, PaperVersion(paper.versions[0].submitted_at + timedelta(days=3), notice, "I"))
    comments = "This paper has been withdrawn by the authors due to an error in the main lemma"
    return replace(paper, arxiv_id=arxiv_id, versions=versions, comments=comments)


def _revised(paper: Paper, arxiv_id: str, submitted_at: datetime) -> Paper:
    """Give a paper an old first version: its datestamp is fresh, its first version is not."""
    first = PaperVersion(submitted_at, paper.versions[0].source)
    return replace(paper, arxiv_id=arxiv_id, versions=(first, *paper.versions))


def _record_without_versions(arxiv_id: str) -> str:
    return (
        f"<record><header><identifier>oai:arXiv.org:{arxiv_id}</identifier><datestamp>2026-10-13</datestamp>"
        '<setSpec>math</setSpec></header><metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/">'
        f"<id>{arxiv_id}</id><title>A record without versions</title><categories>math.CO</categories>"
        "</arXivRaw></metadata></record>"
    )


def _october_id(number: int) -> str:
    return f"2610.{FIRST_NUMBER + number}"


def _command(text: str, name: str) -> str:
    match = re.search(rf"\\{name}\{{([^}}]*(?:\{{[^}}]*\}}[^}}]*)*)\}}", text)
    return " ".join(match[1].split()) if match else "Untitled"


def _between(text: str, start: str, end: str) -> str:
    return " ".join(text.partition(start)[2].partition(end)[0].split())
