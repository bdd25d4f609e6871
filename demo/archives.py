"""Bytes of the archives the three sources publish, written so that the same input always gives the same bytes."""

import base64
import gzip
import hashlib
import io
import tarfile
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import PurePosixPath


@dataclass(frozen=True)
class Link:
    """A symbolic link, where a file could be."""

    target: str


def git_archive(full_name: str, commit: str, files: Mapping[str, bytes | Link], committed_at: datetime) -> bytes:
    """Pack files as GitHub's tarball of one commit: global header with the commit, one root folder, commit dates."""
    root = f"{full_name.replace('/', '-')}-{commit[:7]}"
    seconds = _epoch_seconds(committed_at)
    buffer = io.BytesIO()
    buffer.write(_pax_global_header(commit, seconds))
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        folders = {str(parent) for path in files for parent in PurePosixPath(path).parents} - {"."}
        for name in ["", *sorted(folders | set(files))]:
            content = files.get(name)
            member = tarfile.TarInfo(f"{root}/{name}".rstrip("/"))
            member.mtime = seconds
            member.uname = member.gname = "root"
            if isinstance(content, bytes):
                member.mode, member.size = 0o664, len(content)
            elif content is None:
                member.type, member.mode = tarfile.DIRTYPE, 0o775
            else:
                member.type, member.mode, member.linkname = tarfile.SYMTYPE, 0o777, content.target
            archive.addfile(member, io.BytesIO(content) if isinstance(content, bytes) else None)
    return gzip.compress(buffer.getvalue(), mtime=0)


def commit_sha(full_name: str, files: Mapping[str, bytes | Link], committed_at: datetime) -> str:
    """Name a commit by what it holds, 40 hexadecimal digits as git does."""
    digest = hashlib.sha1(f"{full_name} {committed_at.isoformat()}".encode(), usedforsecurity=False)
    for path in sorted(files):
        digest.update(f"{path}\0{files[path]!r}".encode())
    return digest.hexdigest()


def eprint_tar(files: Mapping[str, bytes], submitted_at: datetime) -> bytes:
    """Pack the sources of a paper as arXiv does when there are several files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.mtime = _epoch_seconds(submitted_at)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)


def eprint_gz(content: bytes) -> bytes:
    """Pack the source of a paper as arXiv does when there is one file."""
    return gzip.compress(content, mtime=0)


@dataclass(frozen=True)
class Capture:
    """One answer a web crawler was given, and when."""

    url: str
    captured_at: datetime
    body: bytes
    status: str = "200 OK"
    content_type: str = "text/html; charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = ()


def warc_file(crawl_id: str, file_name: str, captures: Iterable[Capture], started_at: datetime) -> bytes:
    """Write a WARC file in Common Crawl's layout: warcinfo, then request and response, one gzip member per record."""
    about = f"isPartOf: {crawl_id}\r\npublisher: Freshpress demo\r\nformat: WARC File Format 1.1\r\n\r\n"
    named = [("WARC-Filename", file_name), ("Content-Type", "application/warc-fields")]
    records = [_warc_record("warcinfo", f"{crawl_id}/{file_name}", started_at, named, about.encode())]
    for number, capture in enumerate(captures):
        records += _exchange(f"{crawl_id}/{file_name}/{number}", capture)
    return b"".join(gzip.compress(record, mtime=0) for record in records)


def _exchange(name: str, capture: Capture) -> list[bytes]:
    host, _, path = capture.url.split("://", 1)[1].partition("/")
    request = f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: CCBot/2.0 (https://commoncrawl.org/faq/)\r\n\r\n"
    headers = [
        ("Date", format_datetime(capture.captured_at.replace(tzinfo=UTC), usegmt=True)),
        ("Content-Type", capture.content_type),
        ("Content-Length", str(len(capture.body))),
        *capture.headers,
    ]
    head = f"HTTP/1.1 {capture.status}\r\n" + "".join(f"{key}: {value}\r\n" for key, value in headers) + "\r\n"
    target = ("WARC-Target-URI", capture.url)
    answer = [
        ("Content-Type", "application/http; msgtype=response"),
        target,
        ("WARC-Payload-Digest", f"sha1:{_sha1_base32(capture.body)}"),
    ]
    asked = [("Content-Type", "application/http; msgtype=request"), target]
    return [
        _warc_record("request", f"{name}/request", capture.captured_at, asked, request.encode()),
        _warc_record("response", f"{name}/response", capture.captured_at, answer, head.encode() + capture.body),
    ]


def _warc_record(kind: str, name: str, written_at: datetime, headers: list[tuple[str, str]], block: bytes) -> bytes:
    fields = [
        ("WARC-Type", kind),
        ("WARC-Date", written_at.strftime("%Y-%m-%dT%H:%M:%SZ")),
        ("WARC-Record-ID", f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}>"),
        ("Content-Length", str(len(block))),
        *headers,
        ("WARC-Block-Digest", f"sha1:{_sha1_base32(block)}"),
    ]
    head = "WARC/1.0\r\n" + "".join(f"{key}: {value}\r\n" for key, value in fields) + "\r\n"
    return head.encode() + block + b"\r\n\r\n"


def _pax_global_header(commit: str, seconds: int) -> bytes:
    payload = f"52 comment={commit}\n".encode()
    header = tarfile.TarInfo("pax_global_header")
    header.type = tarfile.XGLTYPE
    header.size = len(payload)
    header.mode = 0o666
    header.mtime = seconds
    header.uname = header.gname = "root"
    return header.tobuf(tarfile.USTAR_FORMAT) + payload.ljust(tarfile.BLOCKSIZE, b"\0")


def _sha1_base32(content: bytes) -> str:
    return base64.b32encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()


def _epoch_seconds(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp())
