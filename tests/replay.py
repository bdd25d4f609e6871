"""The origin with real input: recorded answers, archives and WARC files of `../shared/data` as `Material`.

What a recording does not fit is made around it: the search items of 2014 get archives only where there are any, and
e-prints without a recorded `arXivRaw` answer get a record of their own. All of it lies in the window 2000-01-01 …
2026-11-01.
"""

import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

from demo.records import Crawl, Material, Paper, PaperVersion, Repository

# What `[crawler.arxiv] sets` must name so that the recorded answers are asked for as well.
OAI_SETS = ["math", "recorded", "arxiv-format", "moo"]
CRAWL_ID = "CC-MAIN-2026-44"
# Tarballs by the repository they stand for; the older commit of datasketch poses as a repository of its own.
TARBALLS = {
    "ekzhu/datasketch": ("ekzhu-datasketch-8d4bda1.tar.gz", datetime(2015, 3, 20, 1, 21, 46)),
    "ekzhu/datasketch-2025": ("ekzhu-datasketch-753e474.tar.gz", datetime(2025, 3, 20, 1, 21, 46)),
    "simonw/sqlite-utils": ("simonw-sqlite-utils-56dd097.tar.gz", datetime(2018, 7, 14, 3, 21, 46)),
}
# E-prints by id, oldest version first. Ids above 90000 were never given out: those files are no papers of arXiv's.
EPRINTS = {
    "1801.03879": ("1801.03879-1.tar.gz",),
    "2004.14974": ("2004.14974.gz",),
    "1703.09710": ("celerite-ms-2017-03-21.tar.gz", "celerite-ms-2017-06-12.tar.gz", "celerite-ms.tar.gz"),
    "1703.90001": ("celerite-ms-2017-06-12.tar.gz",),
    "hep-th/0903999": ("single-tex.gz",),
    "1501.90001": ("latin1-cr-lineends.tex",),
    "1501.90002": ("nested-tar.tar.gz",),
    "1501.90003": ("null-bytes.tar",),
    "1501.90004": ("path-traversal.tar.gz",),
    "1501.90005": ("pdf-only.tar.gz",),
    "1501.90006": ("truncated.tar",),
    "1501.90007": ("zero-size-members.tar.gz",),
}


def replay_material(shared_data: Path) -> Material:
    """Return everything that is recorded, for `demo.origin.serve`."""
    return Material(
        repositories=tuple(_repositories(shared_data / "github")),
        papers=tuple(_papers(shared_data / "arxiv")),
        crawls=(_crawl(shared_data / "commoncrawl"),),
        oai_answers=_oai_answers(shared_data / "arxiv" / "oai"),
    )


def recorded_items(github: Path) -> list[dict[str, Any]]:
    """Return the items of the recorded repository search, both pages."""
    lines = (github / "replay" / "Search.testSearchRepos.jsonl").read_text(encoding="utf-8").splitlines()
    return [item for line in lines for item in json.loads(json.loads(line)["response"]["body"])["items"]]


def _repositories(github: Path) -> list[Repository]:
    items = recorded_items(github)
    recorded = [_repository(item, item["full_name"], _moment(item["created_at"]), None) for item in items]
    with_archives = [
        _repository(items[number], full_name, created_at, (github / "tarballs" / file_name).read_bytes())
        for number, (full_name, (file_name, created_at)) in enumerate(TARBALLS.items())
    ]
    return recorded + with_archives


def _repository(item: dict[str, Any], full_name: str, created_at: datetime, tarball: bytes | None) -> Repository:
    is_recorded = full_name == item["full_name"]
    return Repository(
        full_name=full_name,
        created_at=created_at,
        pushed_at=_moment(item["pushed_at"]),
        commit="0" * 40 if tarball is None else _commit(full_name),
        tarball=tarball,
        stars=item["stargazers_count"],
        licence=None,
        language=item["language"],
        description=item["description"] or "",
        default_branch=item["default_branch"],
        fields=item if is_recorded else {**item, "id": item["id"] + 1_000_000_000, "owner": {"login": full_name}},
    )


def _commit(full_name: str) -> str:
    """Return the short commit that the file name of a tarball tells."""
    return re.search(r"([0-9a-f]{7})\.tar\.gz$", TARBALLS[full_name][0])[1]


def _papers(arxiv: Path) -> list[Paper]:
    return [_paper(arxiv_id, arxiv / "eprint", names) for arxiv_id, names in EPRINTS.items()]


def _paper(arxiv_id: str, folder: Path, names: tuple[str, ...]) -> Paper:
    year_month = re.search(r"(\d\d)(\d\d)", arxiv_id.rpartition("/")[2])
    first_on = datetime(2000 + int(year_month[1]), int(year_month[2]), 12, 10, 30)
    versions = [
        PaperVersion(first_on.replace(day=12 + number), (folder / name).read_bytes())
        for number, name in enumerate(names)
    ]
    return Paper(
        arxiv_id=arxiv_id,
        title=f"The e-print {names[-1]}",
        authors="A. Author, B. Author",
        abstract="A record made around a real e-print.",
        categories="math.ST stat.CO",
        datestamp_on=date(2026, 10, 5),
        versions=tuple(versions),
        licence="http://arxiv.org/licenses/nonexclusive-distrib/1.0/",
        set_specs=("math", "math:math:ST"),
    )


def _oai_answers(oai: Path) -> dict[str, bytes]:
    """Return whole recorded answers, by the set or token they answer; the recorded list ends with another recording."""
    last_page = (oai / "fatcat-arxivraw-1810.09584.xml").read_bytes().replace(b"GetRecord", b"ListRecords")
    return {
        "recorded": (oai / "oaiharvester-ListRecords.xml").read_bytes(),
        "726959|1001": last_page,
        "arxiv-format": (oai / "hepcrawl-records-many.xml").read_bytes(),
        "moo": (oai / "oaiharvester-error-NoRecordsMatch.xml").read_bytes(),
    }


def _crawl(commoncrawl: Path) -> Crawl:
    """Return one crawl of all WARC files, sound and malformed, and of files that are no WARC at all."""
    found = sorted([*(commoncrawl / "warc").iterdir(), *(commoncrawl / "malformed").iterdir()])
    files = {f"crawl-data/{CRAWL_ID}/segments/1.1/warc/{path.name}": path.read_bytes() for path in found}
    return Crawl(CRAWL_ID, "October 2026 Index", datetime(2026, 10, 17), datetime(2026, 10, 30), files)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)
