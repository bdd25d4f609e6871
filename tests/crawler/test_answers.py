"""What HTTP answers mean, told by the sources' documented rules and by recorded answers."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from crawler.answers import asked_seconds, judge

NOW = datetime(2026, 11, 1, 12, 0, 0)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (200, "taken"), (206, "taken"), (416, "taken"), (304, "unchanged"),
        (404, "gone"), (410, "gone"), (451, "gone"),
        (401, "denied"), (403, "denied"), (400, "denied"), (422, "denied"), (302, "denied"),
        (408, "later"), (429, "later"), (500, "later"), (502, "later"), (503, "later"), (504, "later"), (599, "later"),
    ],
)  # fmt: skip
def test_a_status_has_one_meaning(status: int, meaning: str) -> None:
    assert judge(status, {}, b"", NOW, 60.0).meaning == meaning


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "17"}, 17.0),
        ({"retry-after": "Sun, 01 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 01 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1793534460"}, 61.0),
        # The source's clock is an hour behind ours: its own reset is an hour and a minute away.
        (
            {
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": "1793534460",
                "date": "Sun, 01 Nov 2026 11:00:00 GMT",
            },
            3661.0,
        ),
        ({"x-ratelimit-remaining": "7", "x-ratelimit-reset": "1793534460"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "never"}, None),
        ({}, None),
    ],
)
def test_a_source_says_when_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_seconds(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (403, {}, b'{"message": "You have exceeded a secondary rate limit."}'),
        (429, {}, b""),
        (429, {"retry-after": "soon"}, b""),
    ],
)
def test_a_limit_that_names_no_end_is_waited_for_as_long_as_configured(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    judgement = judge(status, headers, body, NOW, 60.0)
    assert (judgement.meaning, judgement.asked_seconds, judgement.names_no_end) == ("later", 60.0, True)


@pytest.mark.parametrize(
    ("body", "meaning"),
    [
        (b'{"message": "Repository access blocked", "block": {"reason": "tos"}}', "gone"),
        (b'{"message": "Repository access blocked"}', "gone"),
        (b'{"block": {"reason": "dmca"}}', "gone"),
        (b'{"message": "Resource not accessible by personal access token"}', "denied"),
        # A firewall that shuts us out says nothing about the one thing that was asked for.
        (b"<html>Access blocked</html>", "denied"),
        (b'["block"]', "denied"),
    ],
)
def test_what_github_has_blocked_is_gone_and_not_denied(body: bytes, meaning: str) -> None:
    assert judge(403, {}, body, NOW, 60.0).meaning == meaning


def test_recorded_limits_are_limits_and_recorded_failures_pass(shared_data: Path) -> None:
    folder = shared_data / "github" / "replay"
    found = {}
    for name in ("RateLimitExceeded", "AuthenticatedRateLimitExceeded"):
        found[name] = recorded(folder / f"SpecificExceptions.test{name}.jsonl")[-1]
    found["Retry"] = recorded(folder / "Retry.testReturnsRepoAfter3Retries.jsonl")[0]
    assert found == {
        "RateLimitExceeded": ("later", 60.0),
        "AuthenticatedRateLimitExceeded": ("later", 60.0),
        "Retry": ("later", 0.0),
    }


def recorded(path: Path) -> list[tuple[str, float]]:
    now = datetime(2013, 5, 17, 12)
    judged = [judge(status, headers, body, now, 60.0) for status, headers, body in recorded_answers(path)]
    return [(judgement.meaning, judgement.asked_seconds) for judgement in judged]


def recorded_answers(path: Path) -> list[tuple[int, dict[str, str], bytes]]:
    """Return status, headers and body of every recorded answer of a file."""
    answers = [json.loads(line)["response"] for line in path.read_text().splitlines()]
    return [(a["status"], {k.lower(): v for k, v in a["headers"]}, a["body"].encode()) for a in answers]


@pytest.mark.parametrize(
    "value",
    [
        "Mon, 01 Jan 99999999999999999999 00:00:00 +0000",
        "Mon, 01 Jan 2026 00:00:00 +9999999999999999",
        "Fri, 31 Dec 9999 23:59:59 -1400",
        "9" * 5_000,
        "",
    ],
)
def test_a_date_that_no_calendar_knows_asks_for_no_wait_of_its_own(value: str) -> None:
    assert judge(429, {"retry-after": value}, b"", NOW, 60.0).asked_seconds == 60.0
    spent = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1791201660", "date": value}
    assert judge(403, spent, b"", NOW, 60.0).asked_seconds >= 0.0
