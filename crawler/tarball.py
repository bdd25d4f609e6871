"""The files of a repository tarball, read in memory and in order, every one of them accounted for.

Nothing is unpacked to disk and no name becomes a path. An archive over a cap or in pieces is one ledger row.
"""

import gzip
import hashlib
import io
import mimetypes
import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from urllib.parse import quote, urlencode

from config import GithubSettings
from crawler.github_search import Repository
from crawler.reasons import Skipped
from storage.records import RawDocument, content_id

# Trees of other people's code that repositories carry along.
# fmt: off
_VENDORED = frozenset({
    "vendor", "vendored", "_vendor", "third_party", "third-party", "thirdparty", "3rdparty", "external", "externals",
    "node_modules", "bower_components", "site-packages", "dist-packages", "__pypackages__",
    ".venv", "venv", ".tox", ".eggs",
})
# fmt: on
# Source text packs four- to eightfold: no honest tarball unpacks to more than this many times the largest one.
_UNPACKED_ARCHIVES = 8
_GZIP_MAGIC = b"\x1f\x8b"
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# A short one of digits alone may as well be a date.
_ROOT_COMMIT = re.compile(r"(?=\d*[a-f])[0-9a-f]{7,40}|\d{40}")


class _OverCapError(Exception):
    """The archive goes past a cap; the text is the ledger reason."""

    def __init__(self, reason: str, measured: float, limit: float) -> None:
        super().__init__(reason)
        self.skipped = (reason, f"{measured:g}", f"{limit:g}")


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    content: bytes


def read_tarball(
    body: bytes, repository: Repository, settings: GithubSettings, *, crawl_run_id: str, fetched_at: datetime
) -> list[RawDocument | Skipped]:
    """Return the landed files of one repository and a reason for each other one."""
    try:
        items, commit, committed_at = _read_members(body, settings)
    except _OverCapError as error:
        return [Skipped(repository.unit, *error.skipped)]
    except (tarfile.TarError, zlib.error, EOFError, ValueError, OverflowError, OSError, RecursionError) as error:
        return [Skipped(repository.unit, "unreadable_archive", type(error).__name__)]
    return [
        item
        if isinstance(item, Skipped)
        else _document(item, position, repository, commit, committed_at, crawl_run_id, fetched_at)
        for position, item in enumerate(items)
    ]


def _read_members(
    body: bytes, settings: GithubSettings, *, has_root: bool = True
) -> tuple[list[_File | Skipped], str, datetime | None]:
    """Return the items, the commit and its time. GitHub puts everything under owner-repository-commit/."""
    items: list[_File | Skipped] = []
    landed_bytes, count, newest, root = 0, 0, 0.0, ""
    with tarfile.open(fileobj=_Unpacked(body, settings), mode="r|", tarinfo=_SoundHeader) as archive:
        for member in archive:
            count += 1
            if count > settings.max_archive_members:
                raise _OverCapError("too_many_members", count, settings.max_archive_members)
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
                raise _OverCapError("too_large", landed_bytes, settings.max_archive_bytes)
        if count == 0:
            raise _OverCapError("empty", len(body), 1)
        return items, _commit(archive, root if has_root else "", body), _moment(newest)


def _judge(member: tarfile.TarInfo, name: str, settings: GithubSettings) -> Skipped | None:
    """Return why a member does not land, or None when it does. `name` is its path inside the repository."""
    name = _printable(name)
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
    if member.size == 0:
        return Skipped(name, "empty", "0", "1")
    if member.size > settings.max_file_bytes:
        return Skipped(name, "too_large", str(member.size), str(settings.max_file_bytes))
    return None


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
    commit: str,
    committed_at: datetime | None,
    crawl_run_id: str,
    fetched_at: datetime,
) -> RawDocument:
    url = f"{repository.html_url}/blob/{commit}/{quote(file.name)}"
    blob = hashlib.sha1(b"blob %d\0" % len(file.content) + file.content, usedforsecurity=False).hexdigest()
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
        locator=f"git:{repository.unit}?{urlencode({'commit': commit, 'path': file.name, 'blob': blob})}",
        cluster_key=repository.unit,
        repository_created_at=datetime.fromisoformat(repository.created_at),
        commit_authored_at=committed_at,
        arxiv_v1_at=None,
        last_modified_at=None,
        crawl_run_id=crawl_run_id,
    )


def _is_safe(name: str) -> bool:
    parts = name.split("/")
    is_inside = not name.startswith("/") and ".." not in parts and "\\" not in name and not re.match(r"[A-Za-z]:", name)
    return is_inside and _printable(name) == name


def _printable(name: str) -> str:
    """Return the name with everything a terminal or a table could choke on spelled out."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)[:1000]


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


class _SoundHeader(tarfile.TarInfo):
    """A header that is damaged ends the archive with an error; tarfile alone takes it for the end and says nothing."""

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> "_SoundHeader":
        """Read one header."""
        try:
            return super().fromtarfile(tarfile_)
        except (tarfile.EOFHeaderError, tarfile.EmptyHeaderError):  # type: ignore[attr-defined]  # unknown to typeshed
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(str(error)) from None


class _Unpacked(io.RawIOBase):
    """The archive's bytes, unpacked as they are read, until they go past what the packed ones may hold."""

    def __init__(self, body: bytes, settings: GithubSettings) -> None:
        self._chunks = _unpack(body)
        self._is_packed = body.startswith(_GZIP_MAGIC)
        self._rest = b""
        # tarfile reads long names whole, so that the ratio alone would leave memory open to a large bomb.
        widest = _UNPACKED_ARCHIVES * settings.max_archive_bytes
        allowed = max(int(len(body) * settings.max_archive_ratio), 1 << 20)
        self._limit, self._reason = min((allowed, "archive_ratio"), (widest, "too_large"))
        self._seen = 0

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes."""
        assert size >= 0, "tarfile reads its stream in blocks"
        while len(self._rest) < size and (chunk := next(self._chunks, b"")):
            self._rest += chunk
            self._seen += len(chunk)
            if self._seen > self._limit:
                raise _OverCapError(self._reason, self._seen, self._limit)
        if not self._rest and not self._is_packed:
            # gzip knows that it is whole; a plain tar is when its own end was read, and that was not.
            raise EOFError("cut short")
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


def _unpack(body: bytes) -> Iterator[bytes]:
    view = memoryview(body)
    if not body.startswith(_GZIP_MAGIC):
        yield from (bytes(view[at : at + 65_536]) for at in range(0, len(body), 65_536))
        return
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
        while chunk := file.read1(1 << 18):
            yield chunk
