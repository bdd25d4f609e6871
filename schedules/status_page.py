"""The page about the service, on this machine only: state, health, readiness, metrics and the report.

Plain pages, of which the first brings in its present state by itself. Requests that name another host than this machine
are refused, so that no page of the internet can read it through a browser (DNS rebinding).
"""

import json
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from schedules.child import Runner
from schedules.metrics import as_metrics
from schedules.service_state import ServiceState, read_state
from schedules.workspace import Workspace
from storage.errors import ConfigError, FreshpressError

TEMPLATES = Path(__file__).with_name("templates")
REFRESH_SECONDS = 10
SCRIPT = (TEMPLATES / "status.js").read_text(encoding="utf-8")
# The one script that runs is ours, and it asks this address alone.
POLICY = (
    f"default-src 'none'; script-src 'sha256-{b64encode(sha256(SCRIPT.encode()).digest()).decode()}'; "
    "connect-src 'self'; style-src 'unsafe-inline'; img-src data:"
)
TEXT, HTML, JSON = "text/plain; charset=utf-8", "text/html; charset=utf-8", "application/json"
METRICS = "text/plain; version=0.0.4; charset=utf-8"


@contextmanager
def serve_status(workspace: Workspace, listen: str, runner: Runner) -> Iterator[str]:
    """Serve the page while the service runs; yield its address."""
    host, _, port = listen.rpartition(":")
    handler = partial(_Handler, workspace, runner, directory=str(workspace.home.report))
    try:
        server = _Server((host.strip("[]"), int(port)), handler)
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f'[schedules] listen = {listen!r} cannot be served ({error}); choose another port, or "" for no page.'
        ) from None
    thread = threading.Thread(target=server.serve_forever, name="status", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a reader that left before its answer was through."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # what socketserver hands over


class _Handler(SimpleHTTPRequestHandler):
    """Answers GET and HEAD; the report is served from its folder as it lies there."""

    server_version = "freshpress"
    sys_version = ""

    def __init__(self, workspace: Workspace, runner: Runner, *arguments: object, directory: str) -> None:
        self._workspace = workspace
        self._runner = runner
        super().__init__(*arguments, directory=directory)  # type: ignore[arg-type]  # what socketserver hands over

    def do_GET(self) -> None:
        """Answer one request."""
        pages = {"/": self._page, "/health": self._health, "/ready": self._ready, "/metrics": self._metrics,
                 "/status.json": self._json}  # fmt: skip
        path = urlsplit(self.path).path
        if not self._is_local():
            self._answer(421, TEXT, b"this address answers to the names of this machine only\n")
        elif path in pages:
            self._answer_with(pages[path])
        elif path.startswith("/report/"):
            self.path = path.removeprefix("/report")
            super().do_GET()
        else:
            self._answer(404, TEXT, b"there is / , /report/ , /health , /ready , /metrics and /status.json\n")

    do_HEAD = do_GET  # noqa: N815 - the name is the protocol's

    def end_headers(self) -> None:
        """Add what every answer carries: nothing is fetched from elsewhere, nothing is kept or framed."""
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def list_directory(self, path: object) -> None:  # noqa: ARG002 - as the library calls it
        """Show no folder that has no page."""
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Say nothing of every request: the service's log is about jobs."""

    def _answer_with(self, page: Callable[[], tuple[int, str, bytes]]) -> None:
        try:
            self._answer(*page())
        except FreshpressError as error:
            # A lake that cannot be read is what readiness is about; the page says it too.
            self._answer(503, TEXT, f"{error}\n".encode())

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if content_type == HTML:
            self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _is_local(self) -> bool:
        try:
            name = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
            return name == "localhost" or ip_address(name).is_loopback
        except ValueError:
            return False

    def _state(self) -> ServiceState:
        return read_state(self._workspace, self._runner.running)

    def _page(self) -> tuple[int, str, bytes]:
        template = _environment().get_template("status.html")
        has_report = (self._workspace.home.report / "index.html").is_file()
        home = str(self._workspace.home.root)
        page = template.render(
            state=self._state(),
            home=home,
            refresh_seconds=REFRESH_SECONDS,
            has_report=has_report,
            script=Markup(SCRIPT),  # noqa: S704 - our own file
        )
        return 200, HTML, page.encode()

    def _health(self) -> tuple[int, str, bytes]:
        """Say that the service is alive, whatever its home looks like."""
        return 200, TEXT, b"ok\n"

    def _ready(self) -> tuple[int, str, bytes]:
        """Say that the lake can be read, and what somebody should look at."""
        troubles = self._state().troubles
        return 200, TEXT, "".join(f"{line}\n" for line in ("ready", *troubles)).encode()

    def _metrics(self) -> tuple[int, str, bytes]:
        return 200, METRICS, as_metrics(self._state())

    def _json(self) -> tuple[int, str, bytes]:
        state = self._state()
        told = asdict(state) | {"troubles": state.troubles}
        return 200, JSON, json.dumps(told, default=_plain).encode()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='seconds')}Z"
    assert isinstance(value, date), f"no field of the state is a {type(value)}"
    return value.isoformat()


def _environment() -> Environment:
    return Environment(
        autoescape=True,
        loader=FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
