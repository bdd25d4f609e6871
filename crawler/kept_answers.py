"""Answers to listing requests, kept until the plan is written, so that a listing that was killed asks by version.

An answer with an ETag or a Last-Modified is kept; asked again with them, the server may say 304 instead of all of
it. A kept answer is never used without asking, and one that was damaged is removed.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from storage.durable_files import write_whole
from storage.records import content_id

LISTING_FOLDER = "listing"


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """One answer as it came, and by which of its headers its version is known."""

    etag: str | None
    last_modified: str | None
    body: bytes

    def conditions(self) -> dict[str, str]:
        """Return the headers that ask for it only if it has changed."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value}


def keep(folder: Path, url: str, answer: KeptAnswer) -> None:
    """Keep an answer if it can be asked for by version."""
    if not answer.conditions():
        return
    head = json.dumps({"url": url, "etag": answer.etag, "last_modified": answer.last_modified}).encode()
    write_whole(_path(folder, url), _sealed(head + b"\n" + answer.body))


def find(folder: Path, url: str) -> KeptAnswer | None:
    """Return the kept answer of an address, or None; remove one that is damaged."""
    path = _path(folder, url)
    if not path.exists():
        return None
    stored = path.read_bytes()
    content = stored.partition(b"\n")[2]
    if stored != _sealed(content):
        path.unlink()
        return None
    head, _, body = content.partition(b"\n")
    known = json.loads(head)
    return KeptAnswer(known["etag"], known["last_modified"], body)


def forget(folder: Path, url: str) -> None:
    """Remove the kept answer of an address."""
    _path(folder, url).unlink(missing_ok=True)


def forget_all(folder: Path) -> None:
    """Remove every kept answer of a crawl."""
    if (folder / LISTING_FOLDER).exists():
        shutil.rmtree(folder / LISTING_FOLDER)


def _path(folder: Path, url: str) -> Path:
    return folder / LISTING_FOLDER / content_id(url)


def _sealed(content: bytes) -> bytes:
    """Put its hash before the content."""
    return hashlib.sha256(content).hexdigest().encode() + b"\n" + content
