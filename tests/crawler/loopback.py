"""A loopback origin that answers as a test scripts it, and crawls of it."""

import io
import json
import tarfile
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from config import CrawlerSettings
from crawler.process import crawl
from crawler.spec import CrawlProgress
from storage import landing
from storage.parquet import read_records
from storage.records import CrawlRun, RawDocument

COMMITTED_AT = datetime(2026, 10, 4, 8)
SINCE, UNTIL = date(2026, 10, 1), date(2026, 11, 1)


@dataclass
class Asked:
    """One request as the origin saw it."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    at: float


@dataclass
class Reply:
    """One answer of the origin. `body` None drops the connection."""

    body: bytes | None = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Origin:
    """A web server on loopback. `answer` is asked for every request."""

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self.answer: Callable[[Asked], Reply] = lambda asked: Reply(status=404)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.requests]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        origin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {k: v[0] for k, v in parse_qs(parts.query).items()}
                headers = {k.lower(): v for k, v in self.headers.items()}
                asked = Asked(parts.path, query, headers, time.monotonic())
                origin.requests.append(asked)
                reply = origin.answer(asked)
                if reply.body is None:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def changed(settings: CrawlerSettings, source: str = "", **changes: object) -> CrawlerSettings:
    """Return the settings with some keys of one source, or of all sources, set otherwise."""
    values = settings.model_dump()
    (values[source] if source else values).update(changes)
    return CrawlerSettings.model_validate(values)


class Crawls:
    """Crawls into one landing folder and reads what landed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.progress: list[CrawlProgress] = []

    def run(self, source: str, settings: CrawlerSettings, since: date = SINCE, until: date = UNTIL) -> CrawlRun:
        return crawl(self.root, source, since, until, settings, self.progress.append)

    def folder(self, source: str, since: date = SINCE, until: date = UNTIL) -> Path:
        return landing.landing_folder(self.root, source, since, until)

    def documents(self, source: str, since: date = SINCE, until: date = UNTIL) -> list[RawDocument]:
        files = landing.document_files(self.folder(source, since, until))
        return [document for path in files for document in read_records(path, RawDocument)]

    def reasons(self, source: str, since: date = SINCE, until: date = UNTIL) -> dict[str, str]:
        return {row.item: row.reason for row in landing.read_ledger(self.folder(source, since, until))}


def assert_balanced(folder: Path) -> None:
    """Every unit and the run: what was expected has landed or has a ledger row that can be told from the others."""
    units, rows, run = landing.settled_units(folder), list(landing.read_ledger(folder)), landing.read_run(folder)
    documents = [d for path in landing.document_files(folder) for d in read_records(path, RawDocument)]
    for unit in units:
        assert unit.expected_count == unit.landed_count + unit.ledger_count
        assert unit.landed_count == sum(document.unit == unit.unit for document in documents)
        assert unit.ledger_count == sum(row.unit == unit.unit for row in rows)
    assert len({document.document_id for document in documents}) == len(documents)
    assert len({(row.unit, row.item, row.reason) for row in rows}) == len(rows)
    assert run is not None
    assert run.expected_count == run.landed_count + run.ledger_count == len(documents) + len(rows)
    assert run.unit_count == len(units)


def tarball(files: dict[str, bytes], root: str = "owner-name-0123456", commit: str | None = None) -> bytes:
    """Pack a tarball as `git archive` does."""
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT, pax_headers={"comment": commit} if commit else {}
    ) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{root}/{name}")
            member.size, member.mtime = len(content), int(COMMITTED_AT.replace(tzinfo=UTC).timestamp())
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def repository_item(name: str, **changes: object) -> dict[str, object]:
    """Return one item of a search answer."""
    item: dict[str, object] = {
        "id": zlib.crc32(name.encode()),
        "full_name": name,
        "html_url": f"https://github.com/{name}",
        "default_branch": "main",
        "created_at": "2026-10-05T12:00:00Z",
        "license": {"key": "mit", "spdx_id": "MIT"},
        "stargazers_count": 7,
        "fork": False,
        "archived": False,
    }
    return item | changes


def search_answer(items: list[dict[str, object]], total: int | None = None, *, incomplete: bool = False) -> Reply:
    body = {"total_count": len(items) if total is None else total, "incomplete_results": incomplete, "items": items}
    return Reply(json.dumps(body).encode(), headers={"Content-Type": "application/json"})
