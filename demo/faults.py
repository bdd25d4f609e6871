"""How the origin can be told to misbehave: every way in which the internet is known to, on demand and seeded.

A fault is data; `spoil` applies what it does to an answer, and the origin applies what it does to the connection.
"""

import gzip
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random

from demo.answers import Answer
from demo.records import Material

Mangle = Callable[[bytes, Random], bytes]

FOREVER = math.inf
# GitHub's own words for its secondary limit (REST API, "Rate limits") and for the primary one.
SECONDARY_LIMIT = json.dumps(
    {
        "documentation_url": "https://docs.github.com/free-pro-team@latest/rest/overview/"
        "rate-limits-for-the-rest-api#about-secondary-rate-limits",
        "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
        "If you reach out to GitHub Support for help, please include the request ID 0000:0000:000:000:00000000.",
    }
).encode()
PRIMARY_LIMIT = json.dumps(
    {
        "message": "API rate limit exceeded for 127.0.0.1. (But here's the good news: Authenticated requests get a "
        "higher rate limit. Check out the documentation for more details.)",
        "documentation_url": "https://docs.github.com/rest/overview/resources-in-the-rest-api#rate-limiting",
    }
).encode()
EXPIRED_TOKEN = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    b"<responseDate>2026-11-01T00:00:00Z</responseDate><request>http://localhost/oai</request>"
    b'<error code="badResumptionToken">The resumptionToken has expired</error></OAI-PMH>\n'
)


@dataclass
class Fault:
    """How the origin misbehaves towards the next `times` requests whose target (path and query) matches `pattern`.

    `status` and `body` replace the answer's, `headers` come with it, `delay_seconds` waits first. `drip_seconds` waits
    after every byte of a body's beginning. `keeps_bytes` ends the connection in mid-body, `drops_connection` before the
    answer, and with `resets_connection` they end with a reset. `adds_length` makes Content-Length wrong by so many
    bytes. `mangle` spoils the body. `repeats` gives what was answered before under the same path, whatever the query
    or range. `turns` moves the listings by so many places before the answer.
    """

    pattern: str
    times: float = 1
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    drops_connection: bool = False
    resets_connection: bool = False
    keeps_bytes: int | None = None
    delay_seconds: float = 0.0
    drip_seconds: float = 0.0
    adds_length: int = 0
    mangle: Mangle | None = None
    repeats: bool = False
    turns: int = 0
    seed: int = 7

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)  # noqa: S311 -- repeatable misbehaviour is wanted

    def is_due(self, target: str) -> bool:
        """Tell whether the fault spoils the answer to this request."""
        return self.times > 0 and re.search(self.pattern, target) is not None


def spoil(answer: Answer, fault: Fault) -> Answer:
    """Return the answer as the fault leaves it."""
    if fault.status:
        answer = Answer(fault.status, b"misbehaving as told")
    if fault.body is not None:
        answer = replace(answer, body=fault.body)
    if fault.mangle:
        answer = replace(answer, body=fault.mangle(answer.body, fault.chance))
    return replace(answer, headers=(*answer.headers, *fault.headers.items()))


def turned(material: Material, places: int) -> Material:
    """Move every listing on by so many places: what was last comes first."""
    return replace(
        material,
        repositories=material.repositories[-places:] + material.repositories[:-places],
        papers=material.papers[-places:] + material.papers[:-places],
    )


# --- bodies -----------------------------------------------------------------------------------------------


def cut(body: bytes, chance: Random) -> bytes:
    """Leave a part of the body from its beginning, half of it at most."""
    return body[: chance.randrange(len(body) // 10, max(len(body) // 2, 1))]


def flip(body: bytes, chance: Random) -> bytes:
    """Change one byte in fifty, and three at least."""
    spoiled = bytearray(body)
    for _ in range(max(3, len(body) // 50)):
        spoiled[chance.randrange(len(body))] ^= chance.randrange(1, 256)
    return bytes(spoiled)


def splice(body: bytes, chance: Random) -> bytes:
    """Put a piece of the body over another place of it."""
    length = max(1, len(body) // 5)
    start, place = (chance.randrange(len(body) - length + 1) for _ in range(2))
    return body[:place] + body[start : start + length] + body[place + length :]


def mangle(body: bytes, chance: Random) -> bytes:
    """Spoil a body in one of these ways."""
    return chance.choice((cut, flip, splice))(body, chance)


def inside_gzip(mangle_it: Mangle) -> Mangle:
    """Return what spoils the unpacked body and packs it again, so that gzip itself is sound."""
    return lambda body, chance: gzip.compress(mangle_it(gzip.decompress(body), chance), mtime=0)


def twice(body: bytes, _: Random) -> bytes:
    """Give the body two times over."""
    return body + body
