"""The small local internet: one loopback server that speaks the protocols of GitHub, arXiv and Common Crawl.

`serve(material)` runs it in a thread; `python -m demo.origin --port N` runs it as a program with the demo's material
and prints the settings that point a home at it. It serves what it is given and knows nothing of where that came from.
"""

import argparse
import json
import os
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from demo import origin_arxiv, origin_common_crawl, origin_github
from demo.answers import NOT_FOUND, Answer
from demo.faults import Fault, spoil, turned
from demo.records import Material

SettingsTable = dict[str, dict[str, object]]

# So much of a body comes a byte at a time where it drips.
DRIPPED_BYTES = 3_000


@dataclass
class Origin:
    """A running origin: where it listens, what was asked of it, and how it is told to misbehave."""

    base_url: str
    material: Material
    requests: Counter[str] = field(default_factory=Counter)
    # Path and byte range of every request, in order.
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    # The last sound answer under each path.
    answers: dict[str, Answer] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def behave(self) -> None:
        """Forget every fault."""
        with self.lock:
            self.faults.clear()

    def misbehave(self, fault: Fault) -> None:
        """Spoil the next answers the fault's pattern finds, e.g. `Fault("/e-print/", status=503, times=2)`."""
        with self.lock:
            self.faults.append(fault)

    def overrides(self) -> SettingsTable:
        """Return the settings that point a home at this origin: table name → values, with hardly any waiting."""
        return {
            "crawler": {"retry_wait_seconds": 0.1},
            "crawler.github": {
                "api_url": f"{self.base_url}/api",
                "search_delay_seconds": 0.0,
                "archive_delay_seconds": 0.0,
            },
            "crawler.arxiv": {
                "oai_url": f"{self.base_url}/oai",
                "source_url": f"{self.base_url}/e-print",
                "delay_seconds": 0.0,
            },
            "crawler.common_crawl": {
                "collinfo_url": f"{self.base_url}/collinfo.json",
                "data_url": f"{self.base_url}/data",
                "delay_seconds": 0.0,
            },
        }


@contextmanager
def serve(material: Material, port: int = 0) -> Iterator[Origin]:
    """Serve the material on 127.0.0.1 in a thread until the block ends; port 0 takes a free one."""
    server = _Server(("127.0.0.1", port), _Handler)
    server.origin = Origin(f"http://127.0.0.1:{server.server_address[1]}", material)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.origin
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(origin: Origin, target: str, byte_range: str | None = None) -> Answer:
    """Answer one GET, by the source its path belongs to."""
    parts = urlsplit(target)
    material, path = origin.material, unquote(parts.path)
    routes: dict[str, Callable[[str], Answer]] = {
        "/api/search/repositories": lambda _: origin_github.search_repositories(
            material.repositories, f"{origin.base_url}/api", parts.query
        ),
        "/api/repos/": lambda rest: origin_github.get_repository(material.repositories, f"{origin.base_url}/api", rest),
        "/codeload/": lambda rest: origin_github.send_archive(material.repositories, rest),
        "/oai": lambda _: origin_arxiv.answer_oai(material, f"{origin.base_url}/oai", parts.query),
        "/e-print/": lambda rest: origin_arxiv.send_eprint(material.papers, rest),
        "/collinfo.json": lambda _: origin_common_crawl.list_crawls(material.crawls, origin.base_url),
        "/data/": lambda rest: origin_common_crawl.send_data(material.crawls, rest, byte_range),
    }
    for prefix, route in routes.items():
        if path == prefix or (prefix.endswith("/") and path.startswith(prefix)):
            return route(path.removeprefix(prefix))
    return NOT_FOUND


def as_toml(settings: SettingsTable) -> str:
    """Write settings as a `freshpress.toml`. JSON spells strings, numbers, booleans and lists of them as TOML does."""
    tables = (
        f"[{table}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
        for table, values in settings.items()
    )
    return "\n".join(tables)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a kept-alive connection must not hold up the end of the block
    origin: Origin

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up: crawlers are killed, and give up what hangs."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "FreshpressOrigin/1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60
    server: _Server

    def do_GET(self) -> None:
        """Count the request, spoil it if told to, answer it."""
        fault = self._take_fault()
        time.sleep(fault.delay_seconds)
        if fault.drops_connection:
            self._hang_up(fault)
            return
        self._send(spoil(self._answer(fault), fault), fault)

    def do_HEAD(self) -> None:
        """Answer as GET does; `_send` leaves the body out."""
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing: `Origin.requests` is the record."""

    def _answer(self, fault: Fault) -> Answer:
        origin, path = self.server.origin, urlsplit(self.path).path
        sound = answer(origin, self.path, self.headers.get("Range"))
        with origin.lock:
            before = origin.answers.get(path, sound)
            origin.answers[path] = sound
        return before if fault.repeats else sound

    def _send(self, reply: Answer, fault: Fault) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(max(0, len(reply.body) + fault.adds_length)))
        for key, value in reply.headers:
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self._write(reply.body[: fault.keeps_bytes], fault.drip_seconds)
        if fault.keeps_bytes is not None:
            self._hang_up(fault)

    def _write(self, body: bytes, drip_seconds: float) -> None:
        drips = DRIPPED_BYTES if drip_seconds else 0
        for at in range(len(body[:drips])):
            self.wfile.write(body[at : at + 1])
            self.wfile.flush()
            time.sleep(drip_seconds)
        self.wfile.write(body[drips:])

    def _hang_up(self, fault: Fault) -> None:
        self.wfile.flush()
        self.close_connection = True
        if fault.resets_connection:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())  # at once: a shutdown would say goodbye first
        else:
            self.connection.shutdown(socket.SHUT_RDWR)

    def _take_fault(self) -> Fault:
        """Note the request and return what is to go wrong with its answer."""
        origin, path = self.server.origin, urlsplit(self.path).path
        with origin.lock:
            origin.requests[path] += 1
            origin.asked.append((path, self.headers.get("Range")))
            fault = next((one for one in origin.faults if one.is_due(self.path)), Fault(".", times=0))
            fault.times -= 1
            if fault.turns:
                origin.material = turned(origin.material, fault.turns)
            return fault


def main() -> None:
    """Serve the demo's material until interrupted."""
    from demo.material import make_material

    parser = argparse.ArgumentParser(prog="python -m demo.origin", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    with serve(make_material(), parser.parse_args().port) as origin:
        print(as_toml(origin.overrides()), flush=True)  # noqa: T201 -- this is what the program is for
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
