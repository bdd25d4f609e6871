"""The files of a repository tarball, read in memory and in order, every one of them accounted for.

Nothing is unpacked to disk and no name becomes a path. An archive over a cap or in pieces is one ledger row.
"""

import hashlib
import mimetypes
import re
import tarfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from urllib.parse import quote, urlencode

from config import GithubSettings
from crawler.github_search import Repository
from crawler.reasons import Skipped, printable
from crawler.tar_stream import DAMAGE, OverCapError, Unpacked, WholeHeader
from storage.records import RawDocument, content_id

# Trees of other people's code that repositories carry along.
# fmt: off
_VENDORED = frozenset({
    "vendor", "vendored", "_vendor", "third_party", "third-party", "thirdparty", "3rdparty", "external", "externals",
    "node_modules", "bower_components", "site-packages", "dist-packages", "__pypackages__",
    ".venv", "venv", ".tox", ".eggs",
})
# fmt: on
# Trees that tools write beside the code: caches, builds, metadata of an installation. Files that say inside that they
# were generated are for curation to tell; these need not be looked into.
_GENERATED = frozenset({"__pycache__", "__generated__", ".ipynb_checkpoints", ".mypy_cache", "_build", "htmlcov"})
_GENERATED_ENDINGS = (".egg-info", ".dist-info", ".egg")
# Deeper down these are words like any other: pip's own `operations/build` is written by hand.
_GENERATED_ROOTS = frozenset({"build", "dist"})
_GENERATED_NAMES = re.compile(r".*_pb2(_grpc)?\.pyi?")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# A short one of digits alone may as well be a date.
_ROOT_COMMIT = re.compile(r"(?=\d*[a-f])[0-9a-f]{7,40}|\d{40}")


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Origin:
    """What all files of an archive share. `root` is the folder they lie in, empty where there is none."""

    root: str
    commit: str
    committed_at: datetime | None

    def folder_of(self, repository: Repository) -> dict[str, str]:
        """Return the folder where it is not named after the repository: that was renamed or moved on the way."""
        is_named_after = self.root.lower().startswith(f"{repository.unit.replace('/', '-')}-".lower())
        return {} if is_named_after or not self.root else {"folder": printable(self.root)}


def read_tarball(
    body: bytes, repository: Repository, settings: GithubSettings, *, crawl_run_id: str, fetched_at: datetime
) -> list[RawDocument | Skipped]:
    """Return the landed files of one repository and a reason for each other one."""
    try:
        items, origin = _read_members(body, settings)
    except OverCapError as error:
        return [Skipped(repository.unit, *error.skipped)]
    except DAMAGE as error:
        return [Skipped(repository.unit, "unreadable_archive", type(error).__name__)]
    return [
        item if isinstance(item, Skipped) else _document(item, position, repository, origin, crawl_run_id, fetched_at)
        for position, item in enumerate(items)
    ]


def _read_members(
    body: bytes, settings: GithubSettings, *, has_root: bool = True
) -> tuple[list[_File | Skipped], _Origin]:
    """Return the items and what they share. GitHub puts everything under owner-repository-commit/."""
    items: list[_File | Skipped] = []
    landed_bytes, count, newest, root = 0, 0, 0.0, ""
    unpacked = Unpacked(body, settings)
    with tarfile.open(fileobj=unpacked, mode="r:", tarinfo=WholeHeader) as archive:
        for member in archive:
            count += 1
            if count > settings.max_archive_members:
                raise OverCapError("too_many_members", count, settings.max_archive_members)
            newest = max(newest, member.mtime)
            root = root or member.name.split("/")[0]
            if has_root and not (member.name.startswith(f"{root}/") or (member.name == root and member.isdir())):
                # Two trees side by side: without its first part, src/a.py would be tests/a.py.
                return _read_members(body, settings, has_root=False)
            if member.isdir():
                continue
            name = member.name.removeprefix(f"{root}/") if has_root else member.name
            item = _judge(member, name, settings) or _File(name, _content(archive, member))
            items.append(item)
            landed_bytes += len(item.content) if isinstance(item, _File) else 0
            if landed_bytes > settings.max_archive_bytes:
                raise OverCapError("too_large", landed_bytes, settings.max_archive_bytes)
        if count == 0:
            raise OverCapError("empty", len(body), 1)
        # What checks a gzip stands at its end, behind the end of the tar.
        unpacked.drain()
        root = root if has_root else ""
        return items, _Origin(root, _commit(archive, root, body), _moment(newest))


def _judge(member: tarfile.TarInfo, name: str, settings: GithubSettings) -> Skipped | None:
    """Return why a member does not land, or None when it does. `name` is its path inside the repository."""
    name = printable(name)
    if member.issym() or member.islnk():
        return Skipped(name, "link")
    if not member.isreg() or member.issparse():
        return Skipped(name, "device")
    if not _is_safe(member.name):
        return Skipped(name, "unsafe_name")
    if not name.endswith(tuple(settings.file_endings)):
        return Skipped(name, "other_file_type", PurePosixPath(name).suffix or None, " ".join(settings.file_endings))
    if not _VENDORED.isdisjoint(PurePosixPath(name).parts[:-1]):
        return Skipped(name, "vendored")
    if _is_generated(name):
        return Skipped(name, "generated")
    if member.size == 0:
        return Skipped(name, "empty", "0", "1")
    if member.size > settings.max_file_bytes:
        return Skipped(name, "too_large", str(member.size), str(settings.max_file_bytes))
    return None


def _is_generated(name: str) -> bool:
    *folders, file_name = PurePosixPath(name).parts
    return (
        not _GENERATED.isdisjoint(folders)
        or not _GENERATED_ROOTS.isdisjoint(folders[:1])
        or any(folder.endswith(_GENERATED_ENDINGS) for folder in folders)
        or bool(_GENERATED_NAMES.fullmatch(file_name))
    )


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None
    content = file.read()
    if len(content) != member.size:
        raise tarfile.ReadError("cut short")
    return content


def _document(
    file: _File,
    position: int,
    repository: Repository,
    origin: _Origin,
    crawl_run_id: str,
    fetched_at: datetime,
) -> RawDocument:
    commit = origin.commit
    url = f"{repository.html_url}/blob/{commit}/{quote(file.name)}"
    blob = hashlib.sha1(b"blob %d\0" % len(file.content) + file.content, usedforsecurity=False).hexdigest()
    place = {"commit": commit, "path": file.name, "blob": blob} | origin.folder_of(repository)
    return RawDocument(
        document_id=content_id("github", url, commit),
        source="github",
        url=url,
        revision=commit,
        unit=repository.unit,
        position=position,
        fetched_at=fetched_at,
        content_type=mimetypes.guess_type(file.name)[0] or "text/plain",
        content=file.content,
        title=file.name,
        licence=repository.licence,
        locator=f"git:{repository.unit}?{urlencode(place)}",
        cluster_key=repository.unit,
        repository_created_at=datetime.fromisoformat(repository.created_at),
        commit_authored_at=origin.committed_at,
        arxiv_v1_at=None,
        last_modified_at=None,
        crawl_run_id=crawl_run_id,
    )


def _is_safe(name: str) -> bool:
    parts = name.split("/")
    is_inside = not name.startswith("/") and ".." not in parts and "\\" not in name and not re.match(r"[A-Za-z]:", name)
    return is_inside and printable(name) == name


def _commit(archive: tarfile.TarFile, root: str, body: bytes) -> str:
    """Return the commit: `git archive` writes it into the global header, GitHub also into the root folder's name."""
    comment = archive.pax_headers.get("comment", "").strip()
    if _COMMIT.fullmatch(comment):
        return comment
    suffix = root.rpartition("-")[2]
    return suffix if _ROOT_COMMIT.fullmatch(suffix) else f"sha256:{hashlib.sha256(body).hexdigest()}"


def _moment(seconds: float) -> datetime | None:
    """Return the time of the commit, which `git archive` gives every member; None where it makes no sense."""
    if not 0 < seconds < datetime.now(UTC).timestamp() + 86_400:
        return None
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None, microsecond=0)
