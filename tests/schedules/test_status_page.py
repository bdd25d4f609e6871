"""The page about the service: what it shows, who may read it, and what it says when the lake cannot be read."""

import http.client
import json
import socket
import struct
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from schedules.child import Runner
from schedules.status_page import serve_status
from schedules.workspace import Workspace
from storage import lake, rows
from storage.errors import ConfigError
from storage.records import JobRun, Watermark, utc_now
from tests.storage.builders import make


@pytest.fixture
def address(workspace: Workspace) -> Iterator[str]:
    with serve_status(workspace, "127.0.0.1:0", Runner(workspace.home.root, 1.0)) as address:
        yield address


def get(address: str, path: str, host: str | None = None) -> tuple[int, str, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    connection.request("GET", path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), answer.headers


def note(workspace: Workspace, *records: JobRun | Watermark) -> None:
    for record in records:
        lake.write(workspace.home, "note", lambda connection, one=record: rows.insert(connection, [one], type(one)))


def test_a_new_home_is_well(address: str) -> None:
    status, page, headers = get(address, "/")
    assert status == 200
    assert "All is well" in page
    assert "No job has run" in page
    assert "<code>0 3 6 * *</code>" in page
    assert page.count("<script>") == 1
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_failures_and_holes_are_shown_escaped(workspace: Workspace, address: str) -> None:
    error = "<script>alert(1)</script> the source is down"
    failed = make(JobRun, job="refresh", outcome="failed", started_at=utc_now(), finished_at=utc_now(), error=error)
    hole = Watermark("github", date(2026, 10, 1), date(2026, 11, 1), "hole", "denied & gone", utc_now())
    note(workspace, failed, hole)
    _, page, _ = get(address, "/")
    assert "2 to look at" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; the source is down" in page
    assert page.count("<script>") == 1, "our own"
    _, ready, _ = get(address, "/ready")
    assert "github lacks 2026-10-01 to 2026-11-01: denied & gone" in ready


def test_a_failure_of_long_ago_is_history(workspace: Workspace, address: str) -> None:
    then = datetime(2026, 1, 1)
    note(workspace, make(JobRun, job="score old", outcome="failed", started_at=then, finished_at=then, error="gone"))
    _, page, _ = get(address, "/")
    assert "All is well" in page


def test_metrics_are_what_prometheus_reads(workspace: Workspace, address: str) -> None:
    began, ended = datetime(2026, 11, 6, 3, 0, 0), datetime(2026, 11, 6, 3, 1, 30)
    note(workspace, make(JobRun, job="refresh", outcome="done", started_at=began, finished_at=ended))
    status, metrics, headers = get(address, "/metrics")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    figures = dict(line.rsplit(" ", 1) for line in metrics.splitlines() if not line.startswith("#"))
    assert float(figures['freshpress_job_last_duration_seconds{job="refresh"}']) == 90
    assert float(figures['freshpress_job_last_end_timestamp_seconds{job="refresh"}']) == 1793934090
    assert float(figures['freshpress_job_last_success{job="refresh"}']) == 1
    assert float(figures["freshpress_disk_free_bytes"]) > 0


def test_the_state_as_json(address: str) -> None:
    _, body, _ = get(address, "/status.json")
    state = json.loads(body)
    assert state["troubles"] == []
    assert [due["job"] for due in state["dues"]] == ["refresh", "score", "report", "maintenance"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8420", "127.0.0.1.evil.example", ""])
def test_a_page_of_the_internet_cannot_read_it_under_its_own_name(address: str, host: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    connection.putrequest("GET", "/status.json", skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    assert connection.getresponse().status == 421


def test_the_report_is_served_and_nothing_beside_it(workspace: Workspace, address: str) -> None:
    (workspace.home.root / "secret.txt").write_text("mine")
    workspace.home.report.mkdir(exist_ok=True)
    (workspace.home.report / "index.html").write_text("the report")
    assert get(address, "/report/index.html")[:2] == (200, "the report")
    assert get(address, "/report/../secret.txt")[0] == 404
    assert get(address, "/report/%2e%2e/secret.txt")[0] == 404
    assert get(address, "/secret.txt")[0] == 404
    (workspace.home.report / "2026-10").mkdir()
    assert get(address, "/report/2026-10/")[0] == 404


def test_a_lake_that_cannot_be_read_is_not_ready_and_the_service_is_alive(workspace: Workspace, address: str) -> None:
    lake.catalog_path(workspace.home).write_bytes(b"no database")
    assert get(address, "/health")[0] == 200
    status, said, _ = get(address, "/ready")
    assert status == 503
    assert "cannot be opened" in said


def test_a_port_that_is_taken_is_a_stated_failure(workspace: Workspace, address: str) -> None:
    taken = urlsplit(address).netloc
    with pytest.raises(ConfigError, match="cannot be served"), serve_status(workspace, taken, Runner(Path(), 1.0)):
        pass


def test_a_reader_that_leaves_early_is_nothing_to_speak_of(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(5):
        with socket.create_connection((urlsplit(address).hostname, urlsplit(address).port)) as leaving:
            leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            leaving.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert get(address, "/ready")[0] == 200
    assert "Traceback" not in capsys.readouterr().err
