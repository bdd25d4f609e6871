"""Telling somebody: a webhook that takes JSON, and a command of the operator's, with retries.

An alert that cannot be delivered is said on stderr and counted; it never stops a job.
"""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Literal

from config import AlertSettings
from schedules.progress import say

Kind = Literal["failed", "done", "missed"]
FIRST_WAIT_SECONDS = 1.0
# Addresses of webhooks are often secrets: here one need not stand in a file.
WEBHOOK_VARIABLE = "FRESHPRESS_WEBHOOK_URL"
# Nobody's business but the crawlers'.
SECRET_VARIABLES = frozenset({"GITHUB_TOKEN", WEBHOOK_VARIABLE})


@dataclass(frozen=True, slots=True)
class Alert:
    """What happened to which job of which home. Times are UTC; `error` is the sentence a job failed with."""

    kind: Kind
    job: str
    home: str
    at: datetime
    error: str | None = None

    def as_json(self) -> bytes:
        """Return the body that a webhook gets: the fields, the host, and a sentence for chat programs (`text`)."""
        told = asdict(self) | {"at": f"{self.at.isoformat(timespec='seconds')}Z", "host": socket.gethostname()}
        return json.dumps(told | {"text": self.sentence}).encode()

    @property
    def sentence(self) -> str:
        """Say it in one line."""
        words = {"failed": "failed", "done": "is done", "missed": "was missed while the service was not running"}
        return f"freshpress: {self.job} of {self.home} {words[self.kind]}" + (f": {self.error}" if self.error else ".")


def send(alert: Alert, settings: AlertSettings) -> list[str]:
    """Deliver an alert wherever it is wanted; return what could not be delivered, as sentences."""
    if alert.kind not in settings.on:
        return []
    deliveries: list[tuple[str, Callable[[], str | None]]] = []
    if address := os.environ.get(WEBHOOK_VARIABLE) or settings.webhook_url:
        deliveries.append(("the webhook", partial(_post, alert, address, settings.timeout_seconds)))
    if settings.command:
        deliveries.append((f"the command {settings.command[0]}", partial(_run, alert, settings)))
    failures = []
    for name, deliver in deliveries:
        if trouble := _delivered(deliver, settings.retry_count):
            failures.append(f"{name} was not told of {alert.job} ({alert.kind}): {trouble}")
            say(failures[-1])
    return failures


def _delivered(deliver: Callable[[], str | None], retry_count: int) -> str | None:
    """Deliver, again and again if need be; return what the last try met, None where one went well."""
    trouble = deliver()
    for retry in range(retry_count):
        if trouble is None:
            break
        time.sleep(FIRST_WAIT_SECONDS * 2**retry)
        trouble = deliver()
    return trouble


def _post(alert: Alert, address: str, timeout_seconds: float) -> str | None:
    if not address.startswith(("http://", "https://")):
        return f"{WEBHOOK_VARIABLE} is no http or https address"
    headers = {"Content-Type": "application/json", "User-Agent": "freshpress"}
    try:
        request = urllib.request.Request(address, alert.as_json(), headers)  # noqa: S310 - http or https, see above
        with urllib.request.urlopen(request, timeout=timeout_seconds):  # noqa: S310
            return None
    except urllib.error.HTTPError as error:
        error.close()
        return f"it answered {error.code}"
    except (OSError, ValueError) as error:
        # The address itself may hold a secret and is not repeated.
        return str(getattr(error, "reason", error))


def _run(alert: Alert, settings: AlertSettings) -> str | None:
    """Run the operator's command, without a shell; it reads the alert from its environment and as JSON from stdin."""
    told = {
        "FRESHPRESS_ALERT": alert.kind,
        "FRESHPRESS_JOB": alert.job,
        "FRESHPRESS_HOME": alert.home,
        "FRESHPRESS_ERROR": alert.error or "",
    }
    try:
        ended = subprocess.run(  # noqa: S603 - the operator's own command
            settings.command,
            input=alert.as_json(),
            env={name: value for name, value in os.environ.items() if name not in SECRET_VARIABLES} | told,
            timeout=settings.timeout_seconds,
            capture_output=True,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if ended.returncode == 0 else f"it ended with exit status {ended.returncode}"
