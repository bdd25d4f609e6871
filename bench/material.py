"""Small material for crawls that are disturbed and measured: as many items of a source as asked for, always the same.

Contents are made of random words, so that packed files have the size of their text and no two are alike.
"""

from datetime import date, datetime, timedelta
from random import Random

from demo.archives import Capture, commit_sha, eprint_gz, eprint_tar, git_archive, warc_file
from demo.records import Crawl, Material, Paper, PaperVersion, Repository

SINCE, UNTIL = date(2026, 10, 1), date(2026, 11, 1)
_FIRST = datetime(2026, 10, 1, 8)
_SECONDS_OF_WINDOW = 29 * 86_400
_CRAWL_ID = "CC-MAIN-2026-44"


def make_repositories(count: int, files_each: int) -> Material:
    """Return repositories with so many source files each, and one file that does not land."""
    return Material(repositories=tuple(_repository(number, count, files_each) for number in range(count)))


def make_papers(count: int) -> Material:
    """Return papers: every third a tar of two files, the others one gzipped file."""
    return Material(papers=tuple(_paper(number, count) for number in range(count)))


def make_pages(count: int, file_count: int, chars_each: int = 10_000) -> Material:
    """Return pages in WARC files of one crawl."""
    files = {}
    for file in range(file_count):
        name = f"crawl-data/{_CRAWL_ID}/segments/1/warc/CC-MAIN-{file:05d}.warc.gz"
        captures = [_capture(number, chars_each) for number in range(file, count, file_count)]
        files[name] = warc_file(_CRAWL_ID, name, captures, _FIRST)
    ended = _FIRST + timedelta(days=20)
    return Material(crawls=(Crawl(_CRAWL_ID, "October 2026 Index", _FIRST, ended, files),))


def _moment(number: int, count: int) -> datetime:
    return _FIRST + timedelta(seconds=number * _SECONDS_OF_WINDOW // max(count, 1))


def _words(name: str, chars: int) -> str:
    chance = Random(name)
    words = ("".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randrange(3, 9))) for _ in range(chars // 6))
    return " ".join(words)


def _repository(number: int, count: int, files_each: int) -> Repository:
    full_name, moment = f"bench/repository-{number:04d}", _moment(number, count)
    files = {f"src/part_{n}.py": f'"""{_words(f"{full_name} {n}", 900)}"""\n'.encode() for n in range(files_each)}
    files["README.md"] = b"not a source file\n"
    commit = commit_sha(full_name, files, moment)
    return Repository(full_name, moment, moment, commit, git_archive(full_name, commit, files, moment))


def _paper(number: int, count: int) -> Paper:
    arxiv_id, moment = f"2610.{10_001 + number}", _moment(number, count)
    text = f"\\documentclass{{article}}\n\\begin{{document}}\n{_words(arxiv_id, 9_000)}\n\\end{{document}}\n".encode()
    source = eprint_gz(text) if number % 3 else eprint_tar({"main.tex": text, "part.tex": text[60:-60]}, moment)
    return Paper(
        arxiv_id=arxiv_id,
        title=f"On the number {number}",
        authors="A. One, B. Two",
        abstract="Short.",
        categories="math.CO",
        datestamp_on=moment.date(),
        versions=(PaperVersion(moment, source),),
    )


def _capture(number: int, chars: int) -> Capture:
    published = f'<meta property="article:published_time" content="2026-10-{number % 28 + 1:02d}">'
    body = f"<html><head>{published}</head><body><p>{_words(f'page {number}', chars)}</p></body></html>"
    return Capture(f"https://www.example.org/page/{number}", _FIRST + timedelta(hours=1), body.encode())
