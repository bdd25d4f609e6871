"""The ways in which an internet is known to misbehave, as data: what goes wrong, where, and for how many requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.landed import ITEMS, LISTINGS
from demo.faults import (
    EXPIRED_TOKEN,
    PRIMARY_LIMIT,
    SECONDARY_LIMIT,
    Fault,
    cut,
    flip,
    inside_gzip,
    mangle,
    splice,
    twice,
)
from storage.records import SOURCES

Targets = Mapping[str, tuple[str, ...]]

# Bodies come from codeload, the redirect before them from the API.
BODIES = ITEMS | {"github": "/codeload/"}
# Every third paper of the material.
TAR_PAPERS = r"/e-print/2610\.1000[147]v"
EVERYWHERE: Targets = {source: (LISTINGS[source], BODIES[source]) for source in SOURCES}
# GitHub's limits are those of its API: codeload has none.
GITHUB_API: Targets = {"github": (LISTINGS["github"], "/api/repos/")}

# More than one page of the search.
PAGED_ITEM_COUNT = 404


@dataclass(frozen=True)
class Scenario:
    """One way to misbehave: the faults that come one after another, where, and for how many requests each.

    `lasting` names the targets of which the crawl must say that they fail, where the last fault never ends.
    """

    name: str
    faults: tuple[Fault, ...]
    targets: Targets = field(default_factory=lambda: EVERYWHERE)
    lasting: Targets | None = None
    times: Mapping[int, int] = field(default_factory=lambda: {0: 2, 1: 5})
    item_counts: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    remark: str = ""


def _only(targets: Targets, *sources: str) -> Targets:
    return {source: targets[source] for source in sources}


def _items_only(targets: Targets) -> Targets:
    return {source: patterns[1:] for source, patterns in targets.items()}


_BRIEF = {"timeout_seconds": 0.6, "retry_count": 1, "max_archive_bytes": 400_000}

SCENARIOS = (
    Scenario("429 with Retry-After", (Fault("", status=429, headers={"Retry-After": "1"}),), times={0: 1, 1: 1}),
    Scenario("429 without a word", (Fault("", status=429),)),
    Scenario(
        "429 that asks for two hours",
        (Fault("", status=429, headers={"Retry-After": "7200"}),),
        times={0: 1, 1: 1},
        remark="longer than longest_wait_seconds: the crawl ends at once and says so",
    ),
    Scenario(
        "403 secondary limit with Retry-After",
        (Fault("", status=403, body=SECONDARY_LIMIT, headers={"Retry-After": "1"}),),
        GITHUB_API,
        times={0: 1, 1: 1},
    ),
    Scenario("403 secondary limit without headers", (Fault("", status=403, body=SECONDARY_LIMIT),), GITHUB_API),
    Scenario(
        "403 primary limit",
        (Fault("", 1, 403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, PRIMARY_LIMIT),),
        GITHUB_API,
        times={0: 1, 1: 2},
    ),
    Scenario("403 denial", (Fault("", status=403),), _only(EVERYWHERE, "arxiv", "common_crawl")),
    Scenario("500–504", tuple(Fault("", status=status) for status in range(500, 505)), times={0: 1, 1: 2}),
    Scenario("connection reset", (Fault("", drops_connection=True, resets_connection=True),)),
    Scenario("reset in mid-body", (Fault("", keeps_bytes=100, resets_connection=True),)),
    Scenario("connection closed without a word", (Fault("", drops_connection=True),)),
    Scenario("hang", (Fault("", delay_seconds=3.0),), times={0: 1, 1: 3}, settings=_BRIEF),
    Scenario("truncated body", (Fault("", keeps_bytes=200),)),
    Scenario("Content-Length too long", (Fault("", adds_length=50),), times={0: 1, 1: 3}, settings=_BRIEF),
    Scenario(
        "Content-Length too short",
        (Fault("", adds_length=-200), Fault("", adds_length=-60)),
        lasting={source: (LISTINGS[source],) for source in SOURCES},
        times={0: 1, 1: 1},
        remark="not for ever on items: cut at the same place on every try is how the source has it, a ledger row",
    ),
    Scenario("slow drip", (Fault("", drip_seconds=0.0001),), lasting={}, times={0: 1, 1: 1}),
    Scenario(
        "slow drip without end",
        (Fault("", drip_seconds=0.1),),
        _items_only(EVERYWHERE),
        settings=_BRIEF,
        remark="given up after timeout_seconds and a second for each megabyte that may come",
    ),
    Scenario("redirect loop", (Fault("", status=302, headers={"Location": "?again"}),), times={0: 7, 1: 20}),
    Scenario(
        "malformed JSON",
        (Fault("", mangle=mangle),),
        {"github": (LISTINGS["github"],), "common_crawl": ("collinfo",)},
        remark="a letter changed into another inside a string cannot be seen",
    ),
    Scenario(
        "malformed XML",
        (Fault("", mangle=flip), Fault("", mangle=cut), Fault("", mangle=splice)),
        {"arxiv": (LISTINGS["arxiv"],)},
        times={0: 1},
        remark="a page that must be mended is asked for once more; a letter changed into another cannot be seen",
    ),
    Scenario(
        "malformed gzip",
        (Fault("", mangle=mangle),),
        {**_items_only(_only(EVERYWHERE, "github", "arxiv")), "common_crawl": (r"warc\.paths",)},
    ),
    Scenario(
        "malformed tar",
        (Fault("", mangle=inside_gzip(cut)),),
        {"github": (BODIES["github"],), "arxiv": (TAR_PAPERS,)},
        remark="a byte changed inside a member cannot be seen: tar has no checksum of contents",
    ),
    Scenario("malformed WARC", (Fault("", mangle=mangle),), _items_only(_only(EVERYWHERE, "common_crawl"))),
    Scenario("expired token", (Fault("", body=EXPIRED_TOKEN),), {"arxiv": ("/oai.*resumptionToken",)}),
    Scenario(
        "duplicate pages",
        (Fault("", repeats=True),),
        {"github": ("/api/search/.*page=2",), "arxiv": ("/oai.*resumptionToken",)},
        lasting={},
        item_counts={"github": PAGED_ITEM_COUNT},
    ),
    Scenario(
        "duplicate entries",
        (Fault("", mangle=twice),),
        {"common_crawl": (r"warc\.paths",)},
        lasting={},
    ),
    Scenario(
        "shifting pages",
        (Fault("", turns=3),),
        {"github": ("/api/search/.*page=2",), "arxiv": ("/oai.*resumptionToken",)},
        lasting={},
        item_counts={"github": PAGED_ITEM_COUNT},
    ),
)
