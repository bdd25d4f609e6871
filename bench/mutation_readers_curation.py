"""The formats that meet curation through their real readers. See `mutation_readers`."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from random import Random

from bench.accounting import RUN_ID, check
from config import ExtractionSettings, load_settings
from curation.outcomes import Rejection
from curation.reasons import REASONS
from storage.records import RawDocument

# Small caps, so that a mutant can pass each of them.
_CAPS: dict[str, object] = {"max_tex_bytes": 1_000_000, "max_members": 200, "max_unpacked_bytes": 4_000_000}
_FETCHED_AT = datetime(2026, 11, 3)


def read_eprint_archive(body: bytes, _chance: Random) -> Iterator[str]:
    """Open an e-print as curation does: its text members within the caps, merged, or a rejection."""
    from curation.eprint_archive import open_eprint

    settings = _extraction_settings()
    members = open_eprint(body, settings)
    if isinstance(members, Rejection):
        yield _rejected(members)
        return
    check(0 < len(members) <= settings.max_members, f"{len(members)} members")
    check(
        sum(map(len, members.values())) <= settings.max_unpacked_bytes + len(body),
        "more unpacked than max_unpacked_bytes",
    )
    yield _read_members(members)


def read_tex(body: bytes, _chance: Random) -> Iterator[str]:
    """Merge one TeX file with another that reads it, and detex it."""
    yield _read_members(
        {"main.tex": body, "part.tex": body[:500], "b.tex": b"\\input{main}"} if body else {"main.tex": body}
    )


def read_source_file(body: bytes, _chance: Random) -> Iterator[str]:
    """Decode a source file: its text in UTF-8 with one kind of line end, or a rejection."""
    from curation.extract_code import extract_code

    found = extract_code(body, "x.py")
    if isinstance(found, Rejection):
        yield _rejected(found)
        return
    check("\r" not in found.text, "a carriage return is left")
    found.text.encode()
    yield "extracted"


def read_web_page(body: bytes, chance: Random) -> Iterator[str]:
    """Parse, date and extract a landed page as curation does: a text or a rejection, and dates not after the fetch."""
    from curation.extract import extract, open_page
    from curation.freshness import gather_freshness

    stated = chance.choice(
        ("text/html", "text/html; charset=utf-8", "text/html; charset=koi8-r", "text/html; charset=idna")
    )
    raw = _landed_page(body, stated)
    page = open_page(raw)
    freshness = gather_freshness(raw, page)
    check(all(evidence.dated_at <= raw.fetched_at for evidence in freshness.evidence), "a date after the fetch")
    found = extract(raw, page, load_settings().curation.model_copy(update={"extraction": _extraction_settings()}))
    if isinstance(found, Rejection):
        yield _rejected(found)
        return
    f"{found.text}{found.title}".encode()
    yield "extracted"


def _rejected(rejection: Rejection) -> str:
    check(rejection.reason in REASONS, f"the reason {rejection.reason!r} is not declared in curation/reasons.py")
    return f"rejected: {rejection.reason}"


def _read_members(members: dict[str, bytes]) -> str:
    from curation import tex_plain
    from curation.tex_source import document_body, merge_source, title_of

    source = merge_source(members, _extraction_settings())
    if isinstance(source, Rejection):
        return _rejected(source)
    f"{tex_plain.detex(document_body(source))}{title_of(source)}{source}".encode()
    return "extracted"


def _landed_page(body: bytes, content_type: str) -> RawDocument:
    return RawDocument(
        document_id=RUN_ID,
        source="common_crawl",
        url="https://example.org/2026/10/04/news",
        revision="sha1:0",
        unit="unit",
        position=0,
        fetched_at=_FETCHED_AT,
        content_type=content_type,
        content=body,
        title=None,
        licence=None,
        locator="warc:x",
        cluster_key="example.org",
        repository_created_at=None,
        commit_authored_at=None,
        arxiv_v1_at=None,
        last_modified_at=None,
        crawl_run_id=RUN_ID,
    )


@cache
def _extraction_settings() -> ExtractionSettings:
    section = load_settings().curation.extraction
    return ExtractionSettings.model_validate(section.model_dump() | _CAPS)
