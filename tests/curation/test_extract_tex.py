"""E-prints, made here and real: each gives text or a reason."""

import gzip
import io
import random
import signal
import tarfile
import zlib
from pathlib import Path

import pytest

from curation import extract_tex, tex_plain
from curation.extract_tex import extract_eprint, to_markdown
from curation.outcomes import Extracted, Rejection
from curation.tex_source import merge_source
from storage.errors import FreshpressError
from storage.lzw import unpacked_pieces
from tests.unix_compress import compress

PAPER = r"""\documentclass{article}
\usepackage{amsmath} % a comment that must not appear
\title{On \emph{small} sets\thanks{Nobody}}
\newcommand{\R}{\mathbb{R}}
\begin{document}
\begin{abstract}We study sets.\end{abstract}
\section{Introduction}
Let $x \in \R$ be a number. % secret note
\input{parts/one}
\include{two}
\bibliography{refs}
\end{document}
"""


def tar(members: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in members.items():
            body = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return buffer.getvalue()


def packed(members: dict[str, bytes | str]) -> bytes:
    return gzip.compress(tar(members), mtime=0)


@pytest.fixture
def extract(settings):
    return lambda content, title=None: extract_eprint(content, title, settings.extraction)


def text_of(result: Extracted | Rejection) -> str:
    assert isinstance(result, Extracted), result
    return result.text


def test_a_paper_in_parts_is_read_as_one_markdown_text(extract):
    parts = {"main.tex": PAPER, "parts/one.tex": "Part one speaks.", "two.tex": "Part two answers.",
             "main.bbl": r"\begin{thebibliography}{1}\bibitem{a} A. Author, Title.\end{thebibliography}"}  # fmt: skip
    result = extract(packed(parts))
    text = text_of(result)
    assert (result.extractor, result.extractor_version) == ("pandoc", "3.9")
    assert result.title == "On small sets"
    assert text.index("We study sets") < text.index("# Introduction") < text.index("Part one") < text.index("Part two")
    assert "A. Author" in text
    assert r"\mathbb{R}" in text, "the paper's own macros are expanded"
    assert "secret note" not in text
    assert "documentclass" not in text
    assert not any(line.startswith(":::") for line in text.splitlines())


def test_the_listed_title_stands_before_the_one_in_the_source(extract):
    assert extract(PAPER.encode(), "Listed").title == "Listed"


@pytest.mark.parametrize("wrap", [lambda tex: tex, gzip.compress, lambda tex: tar({"a.tex": tex}),
                                  lambda tex: packed({"a.tex": tex}), compress,
                                  lambda tex: compress(tar({"a.tex": tex})),
                                  lambda tex: tar({"a.tar.Z": compress(tar({"a.tex": tex}))}),
                                  lambda tex: tar({"figure.eps.Z": compress(b"%!PS"), "a.tex.Z": compress(tex)}),
                                  lambda tex: gzip.compress(compress(tex)),
                                  lambda tex: packed({"inner.tar.gz": packed({"a.tex": tex})})])  # fmt: skip
def test_every_wrapping_is_recognised_by_its_bytes(extract, wrap):
    assert "We study sets" in text_of(extract(wrap(PAPER.encode())))


def test_the_paper_is_chosen_among_drafts_styles_and_letters(extract):
    draft = PAPER.replace("We study sets", "This is the old draft")
    letter = r"\documentclass{letter}\begin{document}Dear editor\end{document}"
    members = {"aaa-draft.tex": draft, "ms.tex": PAPER, "letter.tex": letter, "my.sty": r"\newcommand{\x}{x}"}
    assert "We study sets" in text_of(extract(packed(members)))


def test_without_a_usual_name_the_file_with_class_and_title_is_the_paper(extract):
    other = r"\documentclass{article}\begin{document}" + "Supplement. " * 400 + r"\end{document}"
    assert "We study sets" in text_of(extract(packed({"supplement.tex": other, "smith2026.tex": PAPER})))


def test_input_names_are_found_in_any_case_with_and_without_ending(extract):
    members = {"main.tex": PAPER.replace("parts/one", "Parts/ONE.tex"), "parts/one.TEX": "Found anyway."}
    assert "Found anyway." in text_of(extract(packed(members)))


def test_inputs_in_a_circle_end(extract):
    loop = PAPER.replace("parts/one", "a")
    text = text_of(extract(packed({"main.tex": loop, "a.tex": r"Once. \input{b}", "b.tex": r"Twice. \input{a}"})))
    assert text.count("Once.") == text.count("Twice.") == 1


def test_inputs_that_multiply_are_cut(extract, settings):
    members = {f"f{n}.tex": rf"\input{{f{n + 1}}}\input{{f{n + 1}}}" for n in range(28)}
    result = extract(packed({**members, "main.tex": PAPER.replace("parts/one", "f0")}))
    assert result == Rejection("over_extraction_cap", "5001 inputs", "5000 inputs")


def test_merged_tex_above_its_cap_is_a_reason(settings):
    small = settings.extraction.model_copy(update={"max_tex_bytes": 100})
    result = extract_eprint(PAPER.encode(), None, small)
    assert isinstance(result, Rejection)
    assert (result.reason, result.limit_value) == ("over_extraction_cap", "100")


def test_a_gzip_bomb_is_a_reason(extract):
    result = extract(gzip.compress(b"%" * 50_000_000))
    assert isinstance(result, Rejection)
    assert result.reason == "over_extraction_cap"
    assert result.limit_value == "ratio 200"


def test_a_compress_bomb_is_a_reason_by_its_ratio_and_by_its_bytes(extract, settings):
    bomb = compress(b"%" * 3_000_000)
    by_ratio = extract(bomb)
    assert (by_ratio.reason, by_ratio.limit_value) == ("over_extraction_cap", "ratio 200")
    small = settings.extraction.model_copy(update={"max_unpacked_bytes": 100_000})
    by_bytes = extract_eprint(bomb, None, small)
    assert (by_bytes.reason, by_bytes.limit_value) == ("over_extraction_cap", "100000 bytes")


def test_what_a_damaged_compress_file_held_before_the_damage_is_read(extract):
    whole = bytearray(compress(tar({"main.tex": PAPER, "figure.bin": random.Random(1).randbytes(100_000)})))
    whole[60_000:60_400] = b"\xff" * 400
    with pytest.raises(ValueError, match="stands for nothing yet"):
        b"".join(unpacked_pieces(bytes(whole)))
    assert "We study sets" in text_of(extract(bytes(whole)))


def test_a_compress_file_without_tex_says_so(extract):
    assert extract(compress(b"%!PS-Adobe")) == Rejection("not_tex", "an archive without text")
    assert extract(b"\x1f\x9d\x90\xff\xff") == Rejection("unreadable_archive", "ValueError")


def test_too_many_members_are_a_reason(settings):
    few = settings.extraction.model_copy(update={"max_members": 3})
    result = extract_eprint(tar({f"{n}.tex": "x" for n in range(4)}), None, few)
    assert result == Rejection("over_extraction_cap", "4 members", "3 members")


@pytest.mark.parametrize(
    ("content", "reason", "measured"),
    [
        (b"%PDF-1.5 ...", "not_tex", "pdf"),
        (b"%!PS-Adobe", "not_tex", "postscript"),
        (b"", "not_tex", "binary"),
        (b"\0" * 10_240, "not_tex", "binary"),
        (b"only words, no commands", "not_tex", "text without TeX commands"),
        (gzip.compress(b"%PDF-1.5 ..."), "not_tex", "an archive without text"),
        (b"\x1f\x8b\x08\x00damaged beyond repair", "unreadable_archive", "error"),
    ],
)
def test_what_is_no_tex_says_what_it_is(extract, content, reason, measured):
    assert extract(content) == Rejection(reason, measured)


def test_a_tar_cut_in_the_middle_gives_what_came_before(extract):
    whole = tar({"main.tex": PAPER, "figure.eps": b"%!PS " + b"x" * 100_000})
    assert "We study sets" in text_of(extract(whole[:20_000]))


def pax_member(**headers: str) -> bytes:
    info = tarfile.TarInfo("sparse.tex")
    info.pax_headers = headers
    return info.tobuf(tarfile.PAX_FORMAT)


@pytest.mark.parametrize(
    ("headers", "error"),
    [({"GNU.sparse.map": "a,b"}, "ValueError"), ({"size": "9" * 30}, "OverflowError")],
)
def test_hostile_headers_are_a_reason_and_cost_only_what_comes_after(extract, headers, error):
    hostile = pax_member(**headers) + b"\0" * 1024
    assert extract(hostile) == Rejection("unreadable_archive", error)
    before = tar({"main.tex": PAPER}).rstrip(b"\0")
    before += b"\0" * (-len(before) % tarfile.BLOCKSIZE)
    assert "We study sets" in text_of(extract(before + hostile))


@pytest.mark.parametrize("damaged", [b"\x1f\x8b is how it begins", gzip.compress(b"figure" * 99)[:-40] + b"x" * 32])
def test_a_damaged_archive_inside_costs_only_itself(extract, damaged):
    assert "We study sets" in text_of(extract(packed({"figure.eps.gz": damaged, "main.tex": PAPER})))


def test_what_a_damaged_gzip_held_before_the_damage_is_read(extract):
    figure = random.Random(1).randbytes(100_000)
    whole = bytearray(packed({"main.tex": PAPER, "figure.bin": figure, "more.bin": figure}))
    whole[60_000:60_400] = b"\xff" * 400
    with pytest.raises((zlib.error, EOFError, OSError)):
        gzip.decompress(whole)
    assert "We study sets" in text_of(extract(bytes(whole)))


def test_a_sparse_member_is_not_inflated(extract):
    info = tarfile.TarInfo("main.tex")
    info.type = tarfile.GNUTYPE_SPARSE
    assert extract(info.tobuf() + b"\0" * 1024).reason in {"not_tex", "unreadable_archive"}


def test_hidden_parts_are_left_out_and_one_that_never_ends_hides_nothing(settings):
    hidden = r"A\iffalse B\begin{comment}\fi C\begin{comment} D \iffalse \end {comment}E \iffalse F \fill"
    merged = merge_source({"main.tex": hidden.encode()}, settings.extraction)
    assert merged == r"A CE \iffalse F \fill"


@pytest.mark.timeout(40)  # searching on from every start takes longer by far
@pytest.mark.parametrize(
    "start",
    ["\\iffalse ", "\\begin{comment} ", "\\input{", "\\title[", "\\documentclass[", "\\cite[", "\\[", "\\(",
     "\\\\[2pt] ", "$$$", "\\begin{align}", "\\begin{tabular}", "\\section[", "\\begin{a}["],
)  # fmt: skip
def test_what_opens_a_hundred_thousand_times_and_never_ends_is_read_to_its_end(settings, start):
    source = merge_source({"main.tex": b"\\relax " + start.encode() * 100_000 + b"end"}, settings.extraction)
    assert isinstance(source, str)
    assert tex_plain.detex(source).endswith("end")


@pytest.mark.timeout(40)
def test_an_input_with_a_name_of_blanks_is_read_on(settings):
    blank = "\\input{" + " " * 100_000
    source = merge_source({"main.tex": f"\\relax {blank} end".encode()}, settings.extraction)
    assert source == f"\\relax {blank} end"


def test_a_line_break_with_a_length_opens_no_formula():
    assert tex_plain.detex(r"a \\[2pt] \emph{b} \[x \\[2pt] y\] c \]").split() == (
        [r"a", r"[2pt]", r"b", r"\[x", r"\\[2pt]", r"y\]", r"c", r"\]"]
    )


def test_comments_stay_in_verbatim_text_and_after_a_backslash(extract):
    body = PAPER.replace("We study sets.", "Half is 50\\% of it.").replace(
        r"\include{two}", "\\begin{verbatim}\nprint('%d')\n\\end{verbatim}"
    )
    text = text_of(extract(body.encode()))
    assert "50%" in text
    assert "print('%d')" in text


def test_tex_in_latin_1_with_classic_mac_line_ends_is_read(extract):
    text = text_of(extract(PAPER.replace("We study sets", "Étude").replace("\n", "\r").encode("latin-1")))
    assert "Étude" in text
    assert "\r" not in text


BOMB = PAPER.replace(r"\newcommand{\R}{\mathbb{R}}", r"\newcommand{\R}{x\R\R}")


@pytest.fixture
def short(settings):
    return settings.extraction.model_copy(update={"pandoc_cpu_seconds": 1})


def test_a_macro_bomb_ends_by_its_processor_time_and_the_plain_reader_takes_over(short):
    result = extract_eprint(BOMB.encode(), None, short)
    assert isinstance(result, Extracted)
    assert result.extractor == "plain_tex"
    assert "Let" in result.text
    assert "documentclass" not in result.text


def test_a_machine_too_busy_for_pandoc_ends_the_job_and_decides_no_text(short, monkeypatch):
    monkeypatch.setattr(extract_tex, "WALL_SECONDS_PER_CPU_SECOND", 0.001)
    with pytest.raises(FreshpressError, match=r"less than 1 s of processor time in 0\.001 s.*run this again"):
        extract_eprint(PAPER.encode(), None, short)


@pytest.mark.parametrize("killer", [signal.SIGKILL, signal.SIGTERM])
def test_a_pandoc_killed_from_outside_ends_the_job_and_decides_no_text(short, monkeypatch, tmp_path, killer):
    killed = tmp_path / "pandoc"
    killed.write_text(f"#!/bin/sh\nkill -{killer.value} $$\n")
    killed.chmod(0o755)
    monkeypatch.setattr(extract_tex, "PANDOC", killed)
    with pytest.raises(FreshpressError, match=f"pandoc ended with -{killer.value}.*run this again"):
        extract_eprint(PAPER.encode(), None, short)


def test_a_pandoc_that_is_not_there_is_no_fault_of_the_paper(short, monkeypatch, tmp_path):
    monkeypatch.setattr(extract_tex, "PANDOC", tmp_path / "nowhere")
    with pytest.raises(FreshpressError, match="pandoc ended with 127"):
        extract_eprint(PAPER.encode(), None, short)


def test_pandoc_cannot_read_files(settings, tmp_path):
    (tmp_path / "outside.tex").write_text("Contents of a file on this machine")
    tex = rf"\documentclass{{article}}\begin{{document}}Words. \input{{{tmp_path}/outside.tex}}\end{{document}}"
    assert "Contents of a file" not in (to_markdown(tex, settings.extraction) or "")


def test_when_pandoc_fails_the_extractor_says_so(extract, monkeypatch):
    monkeypatch.setattr(extract_tex, "PANDOC", "/bin/false")
    result = extract(PAPER.encode())
    assert isinstance(result, Extracted)
    assert (result.extractor, result.extractor_version) == (tex_plain.EXTRACTOR, tex_plain.EXTRACTOR_VERSION)
    assert r"Let $x \in \R$ be a number." in result.text
    assert "# Introduction" in result.text


# What the real e-prints are: the extractor that reads them and something they say, or the reason there is no text.
REAL = {
    "1801.03879-1.tar.gz": ("pandoc", "Defective Coloring"),
    "2004.14974.gz": ("pandoc", "We introduce scientific claim verification"),
    "celerite-ms-2017-03-21.tar.gz": ("pandoc", "Gaussian process"),
    "celerite-ms-2017-06-12.tar.gz": ("pandoc", "Gaussian process"),
    "celerite-ms.tar.gz": ("pandoc", "Gaussian process"),
    "latin1-cr-lineends.tex": ("plain_tex", ""),
    "nested-tar.tar.gz": ("not_tex", "text without TeX commands"),
    "null-bytes.tar": ("not_tex", "binary"),
    "path-traversal.tar.gz": ("not_tex", "an archive without text"),
    "pdf-only.tar.gz": ("not_tex", "an archive without text"),
    "single-tex.gz": ("pandoc", "Pseudo-supersymmetric solutions"),
    "truncated.tar": ("unreadable_archive", "ReadError"),
    "zero-size-members.tar.gz": ("not_tex", "an archive without text"),
}


def test_every_real_eprint_gives_text_or_a_reason(shared_data: Path, extract):
    found = {}
    for path in sorted((shared_data / "arxiv" / "eprint").iterdir()):
        result = extract(path.read_bytes())
        if isinstance(result, Rejection):
            found[path.name] = (result.reason, result.measured_value)
        else:
            expected = REAL[path.name][1]
            assert expected in result.text or expected in (result.title or "")
            found[path.name] = (result.extractor, expected)
    assert found == REAL
