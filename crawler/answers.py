"""What an HTTP answer means for a crawl: taken, unchanged, gone, denied, or come back later, and when.

Pure functions over status, headers and body, so that every rule of the sources stands here and can be tested.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

Meaning = Literal["taken", "unchanged", "gone", "denied", "later"]

_GONE = frozenset({404, 410, 451})
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
_TAKEN = frozenset({200, 203, 206, 416})

# GitHub's words for its primary and secondary limits; the second was "abuse detection" until 2021.
_RATE_LIMIT_WORDS = re.compile(rb"rate limit|abuse detection", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one answer means. `asked_seconds` is how long the source asks to stay away, or how long one should at least.

    `names_no_end`: a limit without a time, after which the wait has to grow.
    """

    meaning: Meaning
    reason: str
    asked_seconds: float = 0.0
    names_no_end: bool = False


def judge(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    unstated_limit_seconds: float,
    *,
    denial_passes: bool = False,
) -> Judgement:
    """Say what an answer means. Header names are lower case; `now` is UTC and naive.

    `denial_passes`: this source says 403 to whoever asks too fast.
    """
    if status in _TAKEN:
        return Judgement("taken", "")
    if status == 304:
        return Judgement("unchanged", "answered 304")
    if status in _GONE:
        return Judgement("gone", f"answered {status}")
    if is_rate_limited(status, headers, body):
        wait = asked_seconds(headers, now)
        limit = f"answered {status} (rate limit)"
        return Judgement("later", limit, unstated_limit_seconds if wait is None else wait, names_no_end=wait is None)
    if status == 403 and is_blocked(body):
        return Judgement("gone", "answered 403 (access blocked)")
    if status in _LATER or status >= 500 or (status == 403 and denial_passes):
        return Judgement("later", f"answered {status}", asked_seconds(headers, now) or 0.0)
    return Judgement("denied", f"answered {status}")


def is_rate_limited(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Tell a limit that passes from a denial: GitHub sends 403 for both."""
    if status == 429:
        return True
    is_spent = headers.get("x-ratelimit-remaining") == "0"
    return status == 403 and (is_spent or "retry-after" in headers or bool(_RATE_LIMIT_WORDS.search(body[:4096])))


def is_blocked(body: bytes) -> bool:
    """Tell what GitHub has taken down from what it denies: both are 403, and 451 is for copyright alone."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return False
    is_told = isinstance(answer, dict) and "access blocked" in str(answer.get("message", "")).lower()
    return is_told or (isinstance(answer, dict) and isinstance(answer.get("block"), dict))


def asked_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return how long the source asks to wait: Retry-After, else the reset of a spent rate limit, else None."""
    if "retry-after" in headers:
        return _retry_after_seconds(headers["retry-after"], now)
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") != "0" or not re.fullmatch(r"\d{1,12}", reset):
        return None
    # The source's own clock counts: ours may be off, and a recorded answer is old.
    seen_at = _date(headers.get("date", "")) or now
    return max(0.0, int(reset) - seen_at.replace(tzinfo=UTC).timestamp()) + 1.0


def _retry_after_seconds(value: str, now: datetime) -> float | None:
    if re.fullmatch(r"\s*\d{1,9}(\.\d+)?\s*", value):
        return float(value)
    until = _date(value)
    return max(0.0, (until - now).total_seconds()) if until else None


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
