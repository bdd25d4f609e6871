"""E-print bodies, told by their bytes."""

import gzip
import io
import random
import tarfile
import time
import tracemalloc
import zlib
from pathlib import Path

import pytest

from crawler.eprint import Eprint, recognise
from tests.unix_compress import compress

EXPECTED = {
    "1801.03879-1.tar.gz": "application/gzip",
    "2004.14974.gz": "application/gzip",
    "celerite-ms-2017-03-21.tar.gz": "application/gzip",
    "celerite-ms-2017-06-12.tar.gz": "application/gzip",
    "celerite-ms.tar.gz": "application/gzip",
    "latin1-cr-lineends.tex": "text/x-tex",
    "nested-tar.tar.gz": "application/gzip",
    "null-bytes.tar": "empty",
    "path-traversal.tar.gz": "application/gzip",
    "pdf-only.tar.gz": "application/gzip",
    "single-tex.gz": "application/gzip",
    "truncated.tar": "application/x-tar",
    "zero-size-members.tar.gz": "application/gzip",
}


def tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def test_every_real_eprint_is_recognised(shared_data: Path) -> None:
    found = {path.name: recognise(path.read_bytes()) for path in (shared_data / "arxiv" / "eprint").iterdir()}
    assert {name: found[name].content_type or found[name].reason for name in EXPECTED} == EXPECTED


def test_a_body_that_was_unpacked_on_the_way_is_recognised_too(shared_data: Path) -> None:
    for path in (shared_data / "arxiv" / "eprint").glob("*.gz"):
        unpacked = recognise(zlib.decompressobj(wbits=31).decompress(path.read_bytes()))
        expected = "text/x-tex" if path.name == "single-tex.gz" else "application/x-tar"
        assert (path.name, unpacked.content_type) == (path.name, expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", Eprint(None, "empty", "0")),
        (gzip.compress(b""), Eprint(None, "empty", "20")),
        (b" \r\n\0", Eprint(None, "empty", "4")),
        (b"%PDF-1.5\n...", Eprint(None, "media_type", "application/pdf")),
        (gzip.compress(b"%PDF-1.5\n..."), Eprint(None, "media_type", "application/pdf")),
        (b"%!PS-Adobe-2.0", Eprint(None, "media_type", "application/postscript")),
        (b"PK\x03\x04docx", Eprint(None, "media_type", "application/zip")),
        (b"\x1f\x9d\x90\x25", Eprint(None, "empty", "4")),
        (b"\x1f\x9d\x90\xff\xff", Eprint(None, "unreadable_archive", "code 511 stands for nothing yet")),
        (b"\x1f\x9d\x07", Eprint(None, "unreadable_archive", "codes of 7 bits, where 9 to 16 are known")),
        (compress(b"\\documentstyle{article}"), Eprint("application/x-compress")),
        (compress(b"\\documentstyle{article}" * 9000), Eprint("application/x-compress")),
        (compress(tar({"paper.tex": b"\\documentstyle{article}"})), Eprint("application/x-compress")),
        (compress(b""), Eprint(None, "empty", "3")),
        (compress(b"%PDF-1.2\n..."), Eprint(None, "media_type", "application/pdf")),
        (compress(b"%!PS-Adobe-2.0"), Eprint(None, "media_type", "application/postscript")),
        (compress(b"%auto-ignore\nThis paper has been withdrawn."), Eprint(None, "withdrawn")),
        (compress(tar({"notice": b"%auto-ignore\nwithdrawn"})), Eprint(None, "withdrawn")),
        (gzip.compress(compress(b"\\documentstyle{article}")), Eprint("application/gzip")),
        (gzip.compress(gzip.compress(b"\\documentstyle{article}")), Eprint("application/gzip")),
        (b"<!DOCTYPE html><html><body>", Eprint(None, "media_type", "text/html")),
        (b"<!-- a --> <!-- b --><html lang='en'>", Eprint(None, "media_type", "text/html")),
        (gzip.compress(b"%auto-ignore\nThis paper has been withdrawn."), Eprint(None, "withdrawn")),
        (tar({"notice": b"%auto-ignore\nwithdrawn"}), Eprint(None, "withdrawn")),
        # The same mark keeps a part of a paper from being compiled on its own: that is no withdrawal.
        (tar({"part.tex": b"%auto-ignore\n\\section{A}", "main.tex": b"\\input{part}"}), Eprint("application/x-tar")),
        (gzip.compress(b"\\documentclass{article}"), Eprint("application/gzip")),
        (b"\\documentclass{article}", Eprint("text/x-tex")),
        (b"\x00\x01\x02\x03binary", Eprint(None, "media_type", "unknown, begins with 00010203")),
    ],
)
def test_a_body_is_what_its_bytes_say(body: bytes, expected: Eprint) -> None:
    assert recognise(body) == expected


def test_damaged_gzip_is_told() -> None:
    body = bytearray(gzip.compress(b"\\documentclass{article}" * 100))
    body[12:20] = b"\xff" * 8
    assert recognise(bytes(body)).reason == "unreadable_archive"


def test_a_compress_bomb_is_looked_at_no_further_than_its_beginning() -> None:
    bomb = compress(b"%" * 3_000_000)
    tracemalloc.start()
    assert recognise(bomb) == Eprint("application/x-compress")
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 500_000


def test_comments_without_end_take_no_time() -> None:
    began = time.process_time()
    recognise(b"<!-- x -->" * 400 + b"<!--" * 200)
    assert time.process_time() - began < 1


def test_mutated_eprints_are_recognised_as_something(shared_data: Path) -> None:
    chance = random.Random(3)
    bodies = [p.read_bytes() for p in (shared_data / "arxiv" / "eprint").iterdir() if p.stat().st_size < 70_000]
    bodies += [compress(body[:20_000]) for body in bodies]
    for _ in range(300):
        mutant = bytearray(chance.choice(bodies))
        for _ in range(6):
            mutant[chance.randrange(min(2000, len(mutant)))] = chance.randrange(256)
        found = recognise(bytes(mutant))
        assert (found.content_type is None) != (found.reason is None)


def test_a_tar_whose_member_states_more_than_there_can_be_lands_as_it_is() -> None:
    header = tarfile.TarInfo("paper.tex").tobuf(tarfile.USTAR_FORMAT)
    header = header[:124] + b"\x80" + b"\xff" * 11 + header[136:]
    header = header[:148] + b"%06o\0 " % (sum(header[:148]) + 8 * 32 + sum(header[156:])) + header[156:]
    assert recognise(header + bytes(1024)) == Eprint("application/x-tar")
