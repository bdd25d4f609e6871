"""arXiv's monthly source tars in a local folder, as its bulk service on S3 hands them out, and their manifest.

A tar is used only when its md5sum is the manifest's; members are read in memory and their names never become paths.
What is not there is a hole that names the file: the paper may be in it.
"""

import gzip
import hashlib
import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from crawler.patience import MissedError
from storage import tar_headers
from storage.errors import ConfigError

MANIFEST_NAME = "arXiv_src_manifest.xml"
# The manifest of 2020 has 1.2 MB; one that unpacks to many times as much is none.
_MAX_MANIFEST_BYTES = 20_000_000
_TAR_NAME = re.compile(r"arXiv_src_\d{4}_\d{3,6}\.tar")
_MONTH = re.compile(r"\d{4}")
# As the tars and the manifest spell ids: 2610.00001, hep-th0001001.
_ITEM = re.compile(r"(\d{4}\.\d{4,5}|[a-z-]+\d{7})\.(\w[\w.]*)")
# A source is there once; should a month have repeated it, TeX is what we are after.
_PREFERRED_ENDING = "gz"


@dataclass(frozen=True, slots=True)
class BulkTar:
    """One `<file>` of the manifest: a tar with the sources of one month from one item to another, as of `packed_at`."""

    name: str
    month: str
    first_item: str
    last_item: str
    md5sum: str
    packed_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """Where one source lies."""

    tar: BulkTar
    name: str
    offset: int
    byte_count: int


class BulkFolder:
    """The tars of one folder. Remembers, for one crawl, which of them are sound and what they hold."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._manifest_path, self._tars = _read_manifest(folder)
        self._members: dict[str, dict[str, Member]] = {}

    def find(self, arxiv_id: str) -> Member | None:
        """Return where a paper's source lies, or None when its month is there and has none."""
        item, month = bulk_item(arxiv_id), bulk_month(arxiv_id)
        tars = [tar for tar in self._tars if tar.month == month]
        if not tars:
            raise MissedError(
                f"{self._manifest_path} lists no tar of {month}, the month of {arxiv_id}; put a newer manifest and the "
                f"tars of that month there"
            )
        held = next((tar for tar in tars if tar.first_item <= item <= tar.last_item), None)
        return self._index(held).get(item) if held else None

    def read(self, member: Member) -> bytes:
        """Return the bytes of one source."""
        path = self._path(member.tar)
        with path.open("rb") as file:
            file.seek(member.offset)
            body = file.read(member.byte_count)
        if len(body) < member.byte_count:
            raise MissedError(f"{path} has become shorter while it was read; fetch it again")
        return body

    def _index(self, tar: BulkTar) -> dict[str, Member]:
        """Return the members of a tar by item. The tar is checked and walked when it is first asked for."""
        if tar.name not in self._members:
            path = self._path(tar)
            _check(path, tar.md5sum)
            try:
                members = list(_members(path, tar))
            except tar_headers.DAMAGE as error:
                raise MissedError(f"{path} cannot be read as a tar ({error}); fetch it again") from None
            self._members[tar.name] = _by_item(members)
        return self._members[tar.name]

    def _path(self, tar: BulkTar) -> Path:
        places = [self._folder / tar.name, self._folder / "src" / tar.name]
        path = next((place for place in places if place.is_file()), None)
        if path is None:
            raise MissedError(
                f"{tar.name}, which {self._manifest_path} lists for {tar.first_item} to {tar.last_item}, is neither in "
                f"{self._folder} nor in its src/; put it there"
            )
        return path


def bulk_item(arxiv_id: str) -> str:
    """Return an id as the tars spell it.

    >>> bulk_item("hep-th/9901001"), bulk_item("math.GT/0309136"), bulk_item("2610.00001")
    ('hep-th9901001', 'math0309136', '2610.00001')
    """
    archive, _, number = arxiv_id.rpartition("/")
    return archive.partition(".")[0] + number


def bulk_month(arxiv_id: str) -> str:
    """Return the month whose tars hold a paper, as they spell it: "2610" for October 2026, "9901" for January 1999."""
    return arxiv_id.rpartition("/")[2][:4]


def _by_item(members: list[Member]) -> dict[str, Member]:
    found: dict[str, Member] = {}
    for member in members:
        item = _ITEM.fullmatch(member.name.rpartition("/")[2])
        if item and (item[1] not in found or item[2] == _PREFERRED_ENDING):
            found[item[1]] = member
    return found


def _members(path: Path, tar: BulkTar) -> Iterator[Member]:
    """Yield what a tar holds, by its headers alone."""
    with tarfile.open(path, mode="r:", tarinfo=tar_headers.SoundHeader) as archive:
        file_bytes = path.stat().st_size
        for info in archive:
            if info.isreg() and not info.issparse():
                if info.offset_data + info.size > file_bytes:
                    raise tarfile.ReadError(f"{info.name} states {info.size} bytes")
                yield Member(tar, info.name, info.offset_data, info.size)


def _check(path: Path, md5sum: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    except OSError as error:
        raise MissedError(f"{path} cannot be read ({error.strerror}); fetch it again") from None
    if found != md5sum:
        raise MissedError(f"{path} has the md5sum {found}, where the manifest says {md5sum}; fetch both again")


def _read_manifest(folder: Path) -> tuple[Path, list[BulkTar]]:
    """Return the manifest's path and what it lists; a folder without one cannot be used at all."""
    places = [folder / part / (MANIFEST_NAME + ending) for part in (".", "src") for ending in ("", ".gz")]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise ConfigError(
            f"[crawler.arxiv] bulk_dir = {str(folder)!r} has no {MANIFEST_NAME}, itself or in its src/; "
            f"put arXiv's there, or set bulk_dir to an empty string."
        )
    try:
        root = fromstring(_manifest_bytes(path))
        return path, [_read_entry(entry) for entry in root.iter("file")]
    except (ParseError, DefusedXmlException, zlib.error, ValueError, OSError, EOFError) as error:
        raise ConfigError(f"{path} is no manifest of arXiv's source tars ({error}); fetch it again.") from None


def _manifest_bytes(path: Path) -> bytes:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        content = file.read(_MAX_MANIFEST_BYTES + 1)
    if len(content) > _MAX_MANIFEST_BYTES:
        raise ValueError(f"longer than {_MAX_MANIFEST_BYTES} bytes")
    return content


def _read_entry(entry: Element) -> BulkTar:
    values = {child.tag: (child.text or "").strip() for child in entry}
    name = values.get("filename", "").rpartition("/")[2]
    if not _TAR_NAME.fullmatch(name):
        raise ValueError(f"lists a file named {values.get('filename', '')[:100]!r}")
    try:
        tar = BulkTar(
            name=name,
            month=values["yymm"],
            first_item=values["first_item"],
            last_item=values["last_item"],
            md5sum=values["md5sum"].lower(),
            packed_at=datetime.fromisoformat(values["timestamp"]),
        )
    except KeyError as error:
        raise ValueError(f"says no {error.args[0]} of {name}") from None
    if not _MONTH.fullmatch(tar.month):
        raise ValueError(f"says {tar.month[:20]!r} for the month of {name}")
    return tar
