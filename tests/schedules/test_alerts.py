"""Alerts: who is told what, what is tried again, and that secrets stay out."""

import json
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from config import AlertSettings, load_settings
from schedules import alerts
from schedules.alerts import Alert, send

FAILED = Alert("failed", "refresh", "/srv/home", datetime(2026, 11, 6, 3, 0), "the source is down")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "FIRST_WAIT_SECONDS", 0.0)


class Hook:
    """A webhook that answers as it is told and remembers what it got."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.bodies: list[dict] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hook.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(hook.answers.pop(0) if hook.answers else 200)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/s3cr3t"


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    thread = threading.Thread(target=hook.server.serve_forever)
    thread.start()
    yield hook
    hook.server.shutdown()
    hook.server.server_close()
    thread.join()


def settings(**given: object) -> AlertSettings:
    return load_settings().schedules.alerts.model_copy(update=given)


def test_nobody_is_told_by_default() -> None:
    assert send(FAILED, settings()) == []


def test_a_webhook_gets_the_alert_as_json(hook: Hook) -> None:
    assert send(FAILED, settings(webhook_url=hook.url)) == []
    (body,) = hook.bodies
    assert body["kind"] == "failed"
    assert body["at"] == "2026-11-06T03:00:00Z"
    assert body["text"] == "freshpress: refresh of /srv/home failed: the source is down"


def test_a_webhook_that_fails_is_asked_again(hook: Hook) -> None:
    hook.answers = [500, 503, 200]
    assert send(FAILED, settings(webhook_url=hook.url, retry_count=3)) == []
    assert len(hook.bodies) == 3


def test_a_webhook_that_goes_on_failing_is_told_of_without_its_address(
    hook: Hook, capsys: pytest.CaptureFixture[str]
) -> None:
    hook.answers = [500, 500]
    (trouble,) = send(FAILED, settings(webhook_url=hook.url, retry_count=1))
    assert trouble == "the webhook was not told of refresh (failed): it answered 500"
    assert "s3cr3t" not in capsys.readouterr().err


def test_nobody_listening_is_a_sentence(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRESHPRESS_WEBHOOK_URL", "http://127.0.0.1:1/s3cr3t")
    (trouble,) = send(FAILED, settings(webhook_url=hook.url, retry_count=0))
    assert "refused" in trouble
    assert "s3cr3t" not in trouble
    assert hook.bodies == [], "the address of the environment comes first"


def test_an_address_of_another_kind_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRESHPRESS_WEBHOOK_URL", "file:///etc/passwd")
    assert send(FAILED, settings(retry_count=0)) == [
        "the webhook was not told of refresh (failed): FRESHPRESS_WEBHOOK_URL is no http or https address"
    ]


def test_only_what_is_asked_for_is_told(hook: Hook) -> None:
    send(FAILED, settings(webhook_url=hook.url, on=["done"]))
    assert hook.bodies == []


def test_a_command_gets_the_alert_without_a_shell_and_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_canary")
    program = "import json, os, sys; json.dump([dict(os.environ), json.load(sys.stdin)], open(sys.argv[1], 'w'))"
    told = tmp_path / "told; touch x"
    assert send(FAILED, settings(command=[sys.executable, "-c", program, str(told)])) == []
    environment, body = json.loads(told.read_text())
    assert environment["FRESHPRESS_ERROR"] == body["error"] == "the source is down"
    assert environment["FRESHPRESS_JOB"] == "refresh"
    assert "ghp_canary" not in told.read_text()


def test_a_command_that_fails_or_is_not_there_is_told_of() -> None:
    (ended,) = send(FAILED, settings(command=[sys.executable, "-c", "raise SystemExit(3)"], retry_count=0))
    assert ended.endswith("it ended with exit status 3")
    (missing,) = send(FAILED, settings(command=["/no/such/program"], retry_count=0))
    assert "No such file" in missing
