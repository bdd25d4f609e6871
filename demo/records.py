"""The plain records of which the small local internet consists. Whoever fills them decides what is on it.

`demo/material.py` fills them for the demo, `tests/replay.py` fills them with recorded real input.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class Repository:
    """One repository: what a search says about it, and its archive as codeload sends it; None where that is gone.

    `fields` are further fields of the search answer; a recorded item is replayed by handing it over here.
    """

    full_name: str
    created_at: datetime
    pushed_at: datetime
    commit: str
    tarball: bytes | None
    stars: int = 12
    licence: str | None = "MIT"
    language: str = "Python"
    description: str = ""
    default_branch: str = "main"
    is_fork: bool = False
    is_archived: bool = False
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PaperVersion:
    """One version of a paper; `source` is the e-print, None where arXiv has nothing to send (404)."""

    submitted_at: datetime
    source: bytes | None
    source_type: str = "D"


@dataclass(frozen=True)
class Paper:
    """One paper as OAI-PMH lists it. `record_xml` replaces the record that would be written from the other fields.

    `datestamp_on` is the day of the last change, which for an old paper can be any later day.
    """

    arxiv_id: str
    title: str
    authors: str
    abstract: str
    categories: str
    datestamp_on: date
    versions: tuple[PaperVersion, ...]
    licence: str = "http://creativecommons.org/licenses/by/4.0/"
    comments: str | None = None
    set_specs: tuple[str, ...] = ("math",)
    is_deleted: bool = False
    record_xml: str | None = None


@dataclass(frozen=True)
class Crawl:
    """One Common Crawl: its dates and its WARC files, path → bytes."""

    crawl_id: str
    name: str
    started_at: datetime
    finished_at: datetime
    warc_files: dict[str, bytes]


@dataclass(frozen=True)
class Material:
    """Everything there is on the small internet.

    `oai_answers` are whole recorded OAI-PMH answers, sent verbatim for the set or resumption token they stand under.
    """

    repositories: tuple[Repository, ...] = ()
    papers: tuple[Paper, ...] = ()
    crawls: tuple[Crawl, ...] = ()
    oai_answers: dict[str, bytes] = field(default_factory=dict)
