"""The crawlers against an internet that misbehaves: one row per misbehaviour and source.

In each row the misbehaviour first never ends, in the listing and then in the items: both crawls must end with one
sentence that says what is missing. Then it passes: started again as an operator would, the crawl must end complete,
with exactly what an undisturbed crawl lands.
"""

import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bench.landed import Comparison, compare, folder_of, items_of, make_source, run_crawl, settings_for, undisturbed
from bench.misbehaviours import SCENARIOS, Scenario
from bench.tables import as_table
from config import CrawlerSettings
from crawler.spec import CrawlProgress
from demo.faults import FOREVER
from demo.origin import Origin, serve
from storage import landing
from storage.errors import CrawlError
from storage.records import SOURCES

# How often an operator starts a crawl again that says what is missing.
MAX_RUNS = 12
QUICK_ITEM_COUNT, FULL_ITEM_COUNT = 40, 160
# What a quick run spoils in a row is got over by asking again; more of it takes another run.
_QUICK_TIMES = 2


@dataclass(frozen=True, slots=True)
class FaultRow:
    """How one source's crawl came through one misbehaviour."""

    misbehaviour: str
    source: str
    request_count: int
    landed_count: int
    lost_count: int
    duplicate_count: int
    strange_count: int
    longest_wait_seconds: float
    run_count: int
    ended: str
    remark: str

    @property
    def is_sound(self) -> bool:
        """Whether nothing was lost, doubled or invented."""
        return not self.lost_count and not self.duplicate_count and not self.strange_count


def rows(scenario: Scenario, item_count: int, *, is_full: bool) -> list[FaultRow]:
    """Return the rows of one scenario; its sources are crawled at the same time."""
    with ThreadPoolExecutor(len(scenario.targets)) as pool:
        return list(pool.map(lambda source: run(scenario, source, item_count, is_full=is_full), scenario.targets))


def run(scenario: Scenario, source: str, item_count: int, *, is_full: bool) -> FaultRow:
    """Return one row."""
    item_count = scenario.item_counts.get(source, item_count)
    whole = undisturbed(source, item_count)
    with serve(make_source(source, item_count)) as origin, tempfile.TemporaryDirectory() as root:
        operator = _Operator(Path(root), source, settings_for(origin, source, **scenario.settings))
        for pattern in lasting_patterns(scenario, source, is_full=is_full):
            _inject(origin, scenario, pattern, FOREVER)
            operator.expect_hole()
            origin.behave()
        for number, pattern in enumerate(scenario.targets[source]):
            times = scenario.times.get(number, 1)
            _inject(origin, scenario, pattern, 2 * times if is_full else min(times, _QUICK_TIMES))
        operator.complete()
        return _row(scenario, operator, origin, compare(items_of(operator.folder), whole.items))


def lasting_patterns(scenario: Scenario, source: str, *, is_full: bool) -> Sequence[str]:
    """Return what fails for ever, one after another: everything in a full run, in a quick one of every second row."""
    patterns = (scenario.targets if scenario.lasting is None else scenario.lasting).get(source, ())
    number = SCENARIOS.index(scenario) + SOURCES.index(source)
    if is_full or not patterns:
        return patterns
    return () if number % 2 else (patterns[number // 2 % len(patterns)],)


@dataclass
class _Operator:
    """Starts a crawl, and again while it says that something is missing."""

    root: Path
    source: str
    settings: CrawlerSettings
    run_count: int = 0
    hole_count: int = 0
    longest_wait_seconds: float = 0.0

    @property
    def folder(self) -> Path:
        return folder_of(self.root, self.source)

    def expect_hole(self) -> None:
        """Crawl against something that never ends: the crawl must say so, and must not pass for complete."""
        assert not self._crawl(), f"{self.source}: a crawl that could not be complete ended as if it were"

    def complete(self) -> None:
        """Start the crawl until it is complete."""
        assert any(self._crawl() for _ in range(MAX_RUNS)), f"{self.source}: not complete after {MAX_RUNS} runs"

    def _crawl(self) -> bool:
        self.run_count += 1
        try:
            run_crawl(self.root, self.source, self.settings, self._watch())
        except CrawlError as error:
            self._check_sentence(str(error))
            self.hole_count += 1
            return False
        return True

    def _check_sentence(self, sentence: str) -> None:
        """See that an operator is told in one line which crawl is incomplete, and what to do."""
        says_what = re.fullmatch(
            rf"The {self.source} crawl of \S+ to \S+ is incomplete: .+; run it again.*\.", sentence
        )
        assert says_what, f"not one clear sentence: {sentence!r}"
        state = landing.read_run(self.folder)
        assert state is None or not state.is_complete, f"a crawl with a hole is marked complete: {sentence!r}"

    def _watch(self) -> Callable[[CrawlProgress], None]:
        """Return what keeps the longest single wait, told from one line of progress to the next."""
        before: list[float] = []

        def watch(progress: CrawlProgress) -> None:
            if before:
                self.longest_wait_seconds = max(self.longest_wait_seconds, progress.wait_seconds - before[-1])
            before.append(progress.wait_seconds)

        return watch


def _inject(origin: Origin, scenario: Scenario, pattern: str, times: float) -> None:
    """Let the faults of a scenario come one after another, the last one for ever if it is to last."""
    *first, last = scenario.faults
    for fault in first:
        origin.misbehave(replace(fault, pattern=pattern, times=1 if times == FOREVER else times))
    origin.misbehave(replace(last, pattern=pattern, times=times))


def _row(scenario: Scenario, operator: _Operator, origin: Origin, comparison: Comparison) -> FaultRow:
    run_state = landing.read_run(operator.folder)
    assert run_state is not None
    return FaultRow(
        misbehaviour=scenario.name,
        source=operator.source,
        request_count=origin.requests.total(),
        landed_count=run_state.landed_count,
        lost_count=comparison.lost_count,
        duplicate_count=comparison.duplicate_count,
        strange_count=comparison.strange_count,
        longest_wait_seconds=round(operator.longest_wait_seconds, 2),
        run_count=operator.run_count,
        ended="declared hole, then complete" if operator.hole_count else "complete",
        remark=scenario.remark,
    )


def main() -> int:
    """Print the row of every misbehaviour and source at reduced counts: `python -m bench.faults [PART OF A NAME]`."""
    wanted = " ".join(sys.argv[1:])
    found = [row for one in SCENARIOS if wanted in one.name for row in rows(one, QUICK_ITEM_COUNT, is_full=False)]
    for line in as_table([asdict(row) for row in found]):
        print(line)
    return 0 if all(row.is_sound for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
