"""Each format through its real parser, and what must hold of what comes out: every part of the input accounted for.

A reader yields one outcome per part and raises `UnaccountedError` where its statement does not hold. Any other error
that leaves it is a crash. Heavy parsers are imported where they are used: a child reads one format.
"""

import dataclasses
import gzip
import hashlib
import io
import math
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from bench import mutation_seeds as seeds
from bench.accounting import RUN_ID, accounted, check, check_cover, check_plan
from config import Settings, load_settings
from crawler.reasons import Skipped
from storage.errors import ConfigError
from storage.records import RawDocument

SINCE, UNTIL = date(2026, 10, 1), date(2026, 11, 1)
_FETCHED_AT = datetime(2026, 11, 3)
# Small caps, so that a mutant can pass each of them.
_GITHUB: dict[str, object] = {"max_archive_bytes": 2_000_000, "max_file_bytes": 200_000, "max_archive_members": 500}
_COMMON_CRAWL: dict[str, object] = {"segment_bytes": 65_536, "max_page_bytes": 2_000_000, "languages": ["en"]}
_RESPONSE = (
    "WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: 2026-10-05T12:00:00Z\r\nWARC-Target-URI: https://example.org/\r\n"
)


def read_search_page(body: bytes, chance: Random) -> Iterator[str]:
    """Read a search page: it is none and asked again, or each of its items is a repository or a ledger row."""
    from crawler.github_search import Instants, Repository, identity, read_item, read_page, tarball_url

    settings = _section("github", _GITHUB)
    page = read_page(body)
    if page is None:
        yield "asked again"
        return
    instants = Instants.of_window(date(2000, 1, 1), UNTIL)
    items = {identity(item): item for item in page.items}
    found = [read_item(item, instants, settings) for item in items.values()]
    planned = [item for item in found if isinstance(item, Repository)]
    for repository in planned:
        tarball_url(settings.api_url, repository).encode("ascii")
    check_plan([dataclasses.asdict(repository) for repository in planned], Repository, chance)
    yield from ("planned" for _ in planned)
    yield from accounted([item for item in found if isinstance(item, Skipped)], "github", chance)


def read_github_tarball(body: bytes, chance: Random) -> Iterator[str]:
    """Read a repository tarball: one row for all of it, or one item per member that is no folder."""
    from crawler.github_search import Repository
    from crawler.tarball import read_tarball

    settings = _section("github", _GITHUB)
    repository = Repository("owner/name", "https://github.com/owner/name", "main", "2026-10-05T12:00:00", "MIT", 7)
    items = read_tarball(body, repository, settings, crawl_run_id=RUN_ID, fetched_at=_FETCHED_AT)
    documents = [item for item in items if isinstance(item, RawDocument)]
    is_refused = len(items) == 1 and isinstance(items[0], Skipped) and items[0].item == repository.unit
    check(
        is_refused or len(items) == _file_count(body),
        f"{len(items)} items of {0 if is_refused else _file_count(body)} files",
    )
    check(sum(len(d.content) for d in documents) <= settings.max_archive_bytes, "more landed than max_archive_bytes")
    check(all(items[d.position] is d and d.unit == repository.unit for d in documents), "a document out of its place")
    yield from accounted(items, "github", chance)


def read_oai_page(body: bytes, chance: Random) -> Iterator[str]:
    """Read an OAI-PMH answer: it is none and asked again, or each of its records is a paper or a ledger row."""
    from crawler.oai import Paper, next_url, read_page, read_records

    page = read_page(body)
    if page is None:
        yield "asked again"
        return
    yield from ("error of the protocol" for _ in page.errors)
    next_url("https://oaipmh.arxiv.org/oai", page.resumption_token or "").encode("ascii")
    found = list(read_records(page, SINCE, UNTIL, ["math"]))
    check(len(found) == len(page.records), f"{len(found)} items of {len(page.records)} records")
    check(all(isinstance(identifier, str) and identifier for identifier, _ in found), "a record without an identifier")
    papers = [item for _, item in found if isinstance(item, Paper)]
    check_plan([dataclasses.asdict(paper) for paper in papers], Paper, chance)
    yield from ("planned" for _ in papers)
    yield from accounted([item for _, item in found if isinstance(item, Skipped)], "arxiv", chance)


def read_manifest(body: bytes, _chance: Random) -> Iterator[str]:
    """Read the manifest of arXiv's monthly tars: it is refused, or says of a month what is missing."""
    with tempfile.TemporaryDirectory() as scratch:
        yield _found_in_bulk(Path(scratch), body)


def read_bulk_tar(body: bytes, _chance: Random) -> Iterator[str]:
    """Look for a paper in a monthly tar whose checksum is right: a source, none, or a hole that names the tar."""
    manifest = seeds.manifest_of(hashlib.md5(body, usedforsecurity=False).hexdigest())
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "arXiv_src_2610_001.tar").write_bytes(body)
        yield _found_in_bulk(Path(scratch), manifest)


def _found_in_bulk(folder: Path, manifest: bytes) -> str:
    from crawler.arxiv_bulk import MANIFEST_NAME, BulkFolder
    from crawler.patience import MissedError

    ending = ".gz" if manifest.startswith(b"\x1f\x8b") else ""
    (folder / f"{MANIFEST_NAME}{ending}").write_bytes(manifest)
    try:
        bulk = BulkFolder(folder)
        member = bulk.find("2610.00002")
        body = bulk.read(member) if member else b""
    except ConfigError:
        return "refused"
    except MissedError:
        return "hole"
    check(member is None or len(body) == member.byte_count, "a source of another length than its header states")
    return "landed" if member else "not there"


def read_eprint(body: bytes, chance: Random) -> Iterator[str]:
    """Recognise an e-print: it lands under a media type or has a reason."""
    from crawler.damage import is_damaged_archive
    from crawler.eprint import recognise

    # What is damaged is asked for once more and then read as it is: here it is enough that this can be told.
    is_damaged_archive(body, 16_000_000)
    eprint = recognise(body)
    check((eprint.content_type is None) != (eprint.reason is None), "neither a media type nor a reason, or both")
    if eprint.reason is not None:
        yield from accounted([Skipped("2610.00001v1", eprint.reason, eprint.measured_value)], "arxiv", chance)
    else:
        yield "landed"


def read_collinfo(body: bytes, chance: Random) -> Iterator[str]:
    """Read the list of crawls: it is none and asked again, or each entry is a crawl or a ledger row."""
    from crawler.collinfo import Crawl, choose_crawls, paths_url, read_collinfo

    entries = read_collinfo(body)
    if entries is None:
        yield "asked again"
        return
    crawls = [entry for entry in entries if isinstance(entry, Crawl)]
    for crawl in choose_crawls(crawls, SINCE, UNTIL, 3):
        paths_url("https://data.commoncrawl.org", crawl).encode("ascii")
    yield from ("planned" for _ in crawls)
    yield from accounted([entry for entry in entries if isinstance(entry, Skipped)], "common_crawl", chance)


def read_path_list(body: bytes, chance: Random) -> Iterator[str]:
    """Read the list of WARC files: it is none and asked again, or each line is a path or a ledger row."""
    from crawler.collinfo import read_paths

    paths = read_paths(body)
    if paths is None:
        yield "asked again"
        return
    check_plan([{"unit": path} for path in paths if isinstance(path, str)], None, chance)
    yield from ("planned" for path in paths if isinstance(path, str))
    yield from accounted([path for path in paths if isinstance(path, Skipped)], "common_crawl", chance)


def read_warc(body: bytes, chance: Random) -> Iterator[str]:
    """Cut a WARC file as the crawler does, in segments, and read every frame: no byte is lost, none is read twice."""
    from crawler.warc_frames import Frame, cut, is_warc, skip
    from crawler.warc_pages import PageOrigin, read_frame

    settings = _section("common_crawl", _COMMON_CRAWL | {"max_record_bytes": chance.choice((20_000, 4_000_000))})
    if not is_warc(body):
        yield from accounted([Skipped("file", "unsupported_format", body[:8].hex(), "WARC")], "common_crawl", chance)
        return
    frames: list[Frame] = []
    segment_bytes, at = chance.choice((1_000, 9_000, settings.segment_bytes)), 0
    while at < len(body):
        length = segment_bytes
        found = cut(body[at : at + length], at, is_end=at + length >= len(body), max_bytes=settings.max_record_bytes)
        while not found.settled_bytes and at + length < len(body):
            if length >= settings.max_record_bytes:
                found = skip(body[at : at + length], at)
                break
            length *= 2
            found = cut(
                body[at : at + length], at, is_end=at + length >= len(body), max_bytes=settings.max_record_bytes
            )
        check(0 < found.settled_bytes <= length, f"{found.settled_bytes} bytes settled at byte {at} of {len(body)}")
        frames += found.frames
        at += found.settled_bytes
    check(at == len(body), f"settled {at} of {len(body)} bytes")
    check_cover(body, [(frame.offset, frame.length) for frame in frames])
    origin = PageOrigin("made.warc.gz", "unit", RUN_ID)
    items = [read_frame(frame, position, origin, settings) for position, frame in enumerate(frames)]
    yield from ("bookkeeping" for item in items if item is None)
    yield from accounted([item for item in items if item is not None], "common_crawl", chance)


def read_captured_page(body: bytes, chance: Random) -> Iterator[str]:
    """Put a page into a record that says something of it, and read that: it lands or has a reason."""
    stated = chance.choice(
        (
            "text/html",
            "text/html; charset=utf-8",
            "text/html; charset=utf-16",
            "text/html;charset=idna",
            "",
            "x" * 3_000,
            "text/plain",
        )
    )
    coding = chance.choice(
        ("", "", "", "Content-Encoding: gzip\r\n", "Transfer-Encoding: chunked\r\n", "X-Robots-Tag: a: b, none:\r\n")
    )
    block = f"HTTP/1.1 200 OK\r\nContent-Type: {stated}\r\n{coding}\r\n".encode() + body
    head = f"{_RESPONSE}Content-Length: {len(block)}\r\n\r\n"
    yield from read_warc(gzip.compress(head.encode() + block + b"\r\n\r\n", 1, mtime=0), chance)


def read_http_head(body: bytes, _chance: Random) -> Iterator[str]:
    """Judge an answer by status and fields: it has one of four meanings, and a wait is a number that can be waited."""
    from crawler.answers import judge
    from crawler.patience import Answer
    from crawler.warc_source import _chunk, _fault

    status, headers, content = _parse_head(body)
    judgement = judge(status, headers, content, datetime(2026, 10, 5, 12), 60.0)
    check(judgement.meaning in ("taken", "gone", "denied", "later", "unchanged"), f"a meaning {judgement.meaning!r}")
    check(
        math.isfinite(judgement.asked_seconds) and judgement.asked_seconds >= 0,
        f"a wait of {judgement.asked_seconds} s",
    )
    answer = Answer(status, headers, content)
    if judgement.meaning == "taken" and _fault(answer, 65_536) is None:
        chunk = _chunk(answer, 65_536, 65_536)
        check(chunk.total_bytes is None or chunk.total_bytes >= 0, f"a file of {chunk.total_bytes} bytes")
    yield judgement.meaning


# --- what the parsers are given ----------------------------------------------------------------------------


def _section(source: str, changes: dict[str, object]) -> Any:
    section = getattr(_settings().crawler, source)
    return type(section).model_validate(section.model_dump() | changes)


@cache
def _settings() -> Settings:
    return load_settings()


def _file_count(body: bytes) -> int:
    """Count the members that are no folders, in another way than the parser: with the archive at hand as a whole."""
    plain = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
        return sum(not member.isdir() for member in archive)


def _parse_head(body: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, content = body.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    digits = first[9:12]
    status = int(digits) if digits.isascii() and digits.isdigit() else 0
    pairs = (line.partition(":") for line in lines)
    return status, {name.strip().lower(): value.strip() for name, _, value in pairs}, content
