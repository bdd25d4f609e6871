"""Crawls killed again and again at seeded moments: what has landed stays, and is not asked for again.

A life of the crawler is ended with SIGKILL some moment after a chosen number of its requests, at first in the listing
and then in the items, until the kills are spent; then the crawl runs to its end.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import crawler
from bench.landed import (
    ITEMS,
    LISTINGS,
    Items,
    Whole,
    compare,
    folder_of,
    items_of,
    make_source,
    run_crawl,
    settings_for,
    undisturbed,
)
from bench.material import SINCE, UNTIL
from crawler.spec import CrawlSpec
from demo.faults import FOREVER, Fault
from demo.origin import Origin, serve
from storage import landing
from storage.records import SOURCES

QUICK_KILL_COUNT, QUICK_ITEM_COUNT = 10, 100
FULL_KILL_COUNT, FULL_ITEM_COUNT = 100, 1000
# Each answer takes so long, so that kills fall inside requests, and the time after one is worth a kill, too.
_ANSWER_SECONDS = 0.01
# What a killed crawl would ask after its kill was due: however late that comes, the crawl is not over before.
_HELD_SECONDS = 5.0
# Every so manieth kill falls into the listing: the first ones.
_LISTING_SHARE = 0.2
# The kills are spread over this share of the items, more or less; the rest comes after the last one.
_SPREAD = 0.7
_LOOK_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class KillRow:
    """How one source's crawl came through its kills. `asked_again_count`: requests for what had already landed."""

    source: str
    kill_count: int
    listing_kill_count: int
    item_count: int
    unit_count: int
    request_count: int
    lost_count: int
    duplicate_count: int
    strange_count: int
    asked_again_count: int

    @property
    def is_sound(self) -> bool:
        """Whether nothing was lost, doubled, invented or asked for again after it had landed."""
        return not (self.lost_count or self.duplicate_count or self.strange_count or self.asked_again_count)


def rows(kill_count: int, item_count: int, seed: int = 7) -> list[KillRow]:
    """Return the rows of all sources, which are crawled at the same time."""
    with ThreadPoolExecutor(len(SOURCES)) as pool:
        return list(pool.map(lambda source: run(source, kill_count, item_count, seed), SOURCES))


def run(source: str, kill_count: int, item_count: int, seed: int = 7) -> KillRow:
    """Kill one source's crawl so many times, let it end, and compare."""
    whole = undisturbed(source, item_count)
    with serve(make_source(source, item_count)) as origin, tempfile.TemporaryDirectory() as root:
        origin.misbehave(Fault("", times=FOREVER, delay_seconds=_ANSWER_SECONDS))
        killer = _Killer(Path(root), source, origin, whole, Random(f"{seed} {source}"))
        killer.spend(kill_count)
        with killer.watched():
            state = run_crawl(Path(root), source, killer.spec.settings)
        killer.examine()
        return KillRow(
            source=source,
            kill_count=killer.kill_count,
            listing_kill_count=killer.listing_kill_count,
            item_count=state.landed_count,
            unit_count=state.unit_count,
            request_count=origin.requests.total(),
            lost_count=compare(killer.items, whole.items).lost_count,
            duplicate_count=killer.duplicate_count,
            strange_count=killer.strange_count,
            asked_again_count=killer.asked_again_count,
        )


class _Killer:
    """Starts a crawl, kills it, and looks at what it left and at what the next one asks for."""

    def __init__(self, root: Path, source: str, origin: Origin, whole: Whole, chance: Random) -> None:
        settings = settings_for(origin, source)
        self.spec = CrawlSpec(source, SINCE, UNTIL, root, settings.seed, settings)
        self.folder = folder_of(root, source)
        self.folder.mkdir(parents=True)
        self._spec_path = self.folder / "spec.json"
        self._spec_path.write_text(self.spec.to_json(), encoding="utf-8")
        self._origin, self._whole, self._chance = origin, whole, chance
        self.kill_count = self.listing_kill_count = self.asked_again_count = 0
        self.duplicate_count = self.strange_count = 0
        self.items = Items()

    def spend(self, kill_count: int) -> None:
        """Kill the crawl so many times, fewer only where it ends before."""
        listing_kills = round(kill_count * _LISTING_SHARE)
        # A kill lets the request it falls into end about as often as not.
        most = 2 * _SPREAD * self._whole.item_request_count / (kill_count - listing_kills)
        for number in range(kill_count):
            if number < listing_kills:
                pattern, wanted = LISTINGS, self._chance.randint(1, self._whole.listing_request_count)
                answered = wanted - 1
            else:
                pattern, wanted = ITEMS, max(1, round(self._chance.uniform(0, most)))
                answered = wanted
            with self.watched(), self._held_after(pattern[self.spec.source], answered):
                is_killed = self._live(pattern[self.spec.source], wanted)
            if not is_killed:
                return
            self.kill_count += 1
            self.listing_kill_count += not landing.read_plan(self.folder)
            self.examine()

    @contextmanager
    def _held_after(self, pattern: str, answered: int) -> Iterator[None]:
        """Answer so many requests of a kind, and no more of them for a long while."""
        usual = self._origin.faults[:]
        self._origin.behave()
        self._origin.misbehave(Fault(pattern, times=answered, delay_seconds=_ANSWER_SECONDS))
        self._origin.misbehave(Fault(pattern, times=FOREVER, delay_seconds=_HELD_SECONDS))
        for fault in usual:
            self._origin.misbehave(fault)
        yield
        self._origin.behave()
        for fault in usual:
            self._origin.misbehave(fault)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Count what is asked for although it has landed before."""
        settled, begin = [unit.unit for unit in landing.settled_units(self.folder)], len(self._origin.asked)
        yield
        self.asked_again_count += count_settled(self.spec.source, settled, self._origin.asked[begin:])

    def examine(self) -> None:
        """See what a reader sees now: nothing that an undisturbed crawl would not land, and nothing twice."""
        self.items = items_of(self.folder)
        found = compare(self.items, self._whole.items)
        self.strange_count = max(self.strange_count, found.strange_count)
        self.duplicate_count = max(self.duplicate_count, found.duplicate_count)

    def _live(self, pattern: str, wanted: int) -> bool:
        """Start the crawl and kill it at some moment after so many requests; False where it ended before."""
        begin = len(self._origin.asked)
        command = [sys.executable, "-m", "crawler", str(self._spec_path)]
        environment = {**os.environ, "PYTHONPATH": str(Path(crawler.__file__).parent.parent)}
        with (
            (self.folder / "killed.log").open("ab") as log,
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log, env=environment) as child,
        ):
            while sum(bool(re.search(pattern, path)) for path, _ in self._origin.asked[begin:]) < wanted:
                if child.poll() is not None:
                    return False
                time.sleep(_LOOK_SECONDS)
            time.sleep(self._chance.uniform(0, 2 * _ANSWER_SECONDS))
            child.kill()
            return child.wait() < 0


def count_settled(source: str, settled: Iterable[str], asked: Iterable[tuple[str, str | None]]) -> int:
    """Return how many of the requests are for a unit that is settled."""
    if source == "common_crawl":
        segments = [re.fullmatch(r"(.*)#(\d+)-(\d+)/.*", unit) for unit in settled]
        runs = [(found[1], int(found[2]), int(found[3])) for found in segments if found]
        return sum(_is_inside(path, byte_range or "", runs) for path, byte_range in asked)
    names = set(settled)
    return sum(_unit_of(source, path) in names for path, _ in asked)


def _unit_of(source: str, path: str) -> str:
    if source == "arxiv":
        return re.sub(r"^/e-print/|v\d+$", "", path)
    found = re.match(r"/(?:api/repos|codeload)/([^/]+/[^/]+)/", path)
    return found[1] if found else ""


def _is_inside(path: str, byte_range: str, runs: list[tuple[str, int, int]]) -> bool:
    found = re.match(r"bytes=(\d+)-", byte_range)
    if not found:
        return False
    return any(path.endswith(f"/{file}") and start <= int(found[1]) < end for file, start, end in runs)
