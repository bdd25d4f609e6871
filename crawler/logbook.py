"""The state of one crawl: what is planned, settled, missing, and when it is enough.

Units are settled in plan order until the landed bytes meet the budget. A unit that could not be fetched is a
hole: the crawl goes on past it, and whatever it landed beyond the point where an uninterrupted crawl would
have stopped is taken back once the hole is filled. So the landed set depends on plan and budget alone.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from crawler import kept_answers
from crawler.headway import Headway, wait_cause
from crawler.reading import Item, Reading, pack, tell_duplicates, without_forgotten
from crawler.reasons import REASONS, Skipped
from crawler.spec import CrawlProgress, CrawlSpec
from storage import landing
from storage.errors import ConfigError, CrawlError, DiskError
from storage.records import CrawlLedger, CrawlRun, CrawlUnit, content_id, utc_now

LISTING = "listing"

# A source that fails at so many units in a row is down or wants to be left alone.
MAX_MISSES_IN_A_ROW = 3
# A denial speaks of one unit. So many in a row speak of us.
MAX_DENIALS_IN_A_ROW = 30


class Logbook:
    """One crawl of one window, from its landing folder and back to it."""

    def __init__(self, spec: CrawlSpec, on_progress: Callable[[CrawlProgress], None]) -> None:
        self.spec = spec
        self.folder = spec.folder
        self._on_progress = on_progress
        landing.remove_unsettled(self.folder)
        self.plan = landing.read_plan(self.folder)
        self._refuse_other_settings()
        self._units = {unit.ordinal: unit for unit in landing.settled_units(self.folder)}
        self._landed_ids = landing.landed_document_ids(self.folder)
        # Nothing of what is settled without a hole before it is ever taken back, however small the budget has become.
        self._first_hole = next(ordinal for ordinal in count(1) if ordinal not in self._units)
        self._holes: list[str] = []
        self._misses_in_a_row = self._denials_in_a_row = 0
        self._last_ordinal = 0
        self._headway = Headway()
        self._run = landing.read_run(self.folder) or self._first_run()

    # --- the plan -----------------------------------------------------------------------------------------

    def write_plan(self, entries: Sequence[dict[str, Any]], listing: Iterable[Skipped]) -> None:
        """Settle the listing: shuffle its entries by the seed, account for what is not among them."""
        self._write_unit(LISTING, 0, pack(listing))
        seed = str(self.spec.seed)
        self.plan = landing.Plan(
            crawl_run_id=self.spec.crawl_run_id,
            source=self.spec.source,
            window_start=self.spec.since,
            window_end=self.spec.until,
            seed=self.spec.seed,
            settings_hash=self.spec.settings_hash,
            entries=sorted(entries, key=lambda entry: content_id(seed, entry["unit"])),
        )
        landing.write_plan(self.folder, self.plan)
        kept_answers.forget_all(self.folder)
        self._write_run(is_complete=False)
        self.report("planned")

    def outstanding(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield what is still to be fetched, in plan order, until the budget is met."""
        assert self.plan is not None
        content_bytes = 0
        for ordinal, entry in enumerate(self.plan.entries, start=1):
            if content_bytes >= self.budget_bytes:
                return
            if not self.reach(ordinal):
                yield ordinal, entry
            if unit := self.reach(ordinal):
                content_bytes += unit.content_bytes

    # --- the units ----------------------------------------------------------------------------------------

    @property
    def budget_bytes(self) -> int:
        """Landed bytes with which the crawl stops."""
        return self.spec.source_settings.budget_bytes

    @property
    def content_bytes(self) -> int:
        """Bytes that have landed."""
        return sum(unit.content_bytes for unit in self._units.values())

    def reach(self, ordinal: int) -> CrawlUnit | None:
        """Note that the crawl needs the units up to this one; return it when it is settled."""
        self._last_ordinal = max(self._last_ordinal, ordinal)
        unit = self._units.get(ordinal)
        if unit:
            # A row is one of the plan: old holes that are tried again one after another are none.
            self._misses_in_a_row = self._denials_in_a_row = 0
        return unit

    def settle(self, unit: str, ordinal: int, items: Iterable[Item]) -> None:
        """Land one whole unit: its documents, and a ledger row for everything else in it."""
        self.settle_reading(unit, ordinal, pack(items))

    def settle_reading(self, unit: str, ordinal: int, reading: Reading) -> None:
        """Land one whole unit whose documents come as the Parquet file they will be in."""
        reading = without_forgotten(reading, self.spec.forgotten)
        if reading.document_ids.isdisjoint(self._landed_ids):
            self._landed_ids |= reading.document_ids
        else:
            reading = pack(tell_duplicates(reading.items(), self._landed_ids))
        self._write_unit(unit, ordinal, reading)
        self._headway.count(self._units[ordinal])
        self._write_run(is_complete=False)
        self.report(unit)

    def is_settled(self, ordinal: int) -> bool:
        """Tell whether a unit is settled, without needing it."""
        return ordinal in self._units

    def miss(self, unit: str, reason: str, *, is_denial: bool) -> None:
        """Note a hole; give up when the source fails, or denies, again and again."""
        self._holes.append(f"{unit}: {reason}")
        self._misses_in_a_row += not is_denial
        self._denials_in_a_row += is_denial
        self.report(f"missed {unit}")
        if self._misses_in_a_row >= MAX_MISSES_IN_A_ROW or self._denials_in_a_row >= MAX_DENIALS_IN_A_ROW:
            in_a_row = self._misses_in_a_row + self._denials_in_a_row
            raise CrawlError(self.sentence(f"{in_a_row} units failed in a row, at last {unit}: {reason}"))

    # --- the run ------------------------------------------------------------------------------------------

    @property
    def is_complete(self) -> bool:
        """Whether the crawl was declared whole and still is: then nothing of it is touched again."""
        return self._run.is_complete and self._run.unit_count == len(self._units)

    def count_request(self) -> None:
        """Count one request that left this machine."""
        self._run = replace(self._run, request_count=self._run.request_count + 1)

    def count_wait(self, seconds: float, why: str) -> None:
        """Count a wait that the source made necessary, and say why before it begins: whom we asked, and its answer."""
        self._run = replace(self._run, wait_seconds=self._run.wait_seconds + seconds)
        self._headway.waits[wait_cause(why.partition(" ")[2])] += seconds
        self.report(f"waiting {seconds:.0f} s: {why}")

    def finish(self) -> None:
        """Declare the crawl whole, or say what is missing."""
        if self._holes:
            total = len(self._holes)
            raise CrawlError(self.sentence(f"{total} of {self._last_ordinal} units are missing ({self._holes[0]})"))
        for ordinal in [ordinal for ordinal in self._units if ordinal > max(self._last_ordinal, self._first_hole)]:
            landing.remove_unit(self.folder, ordinal)
            del self._units[ordinal]
        self._write_run(is_complete=True)
        self.report("complete")

    def give_up(self) -> None:
        """Leave the run on disk as what it is: not whole."""
        # On a full disk the run that lies there says so already.
        with contextlib.suppress(DiskError):
            self._write_run(is_complete=False)

    def sentence(self, what: str) -> str:
        """Return the one sentence that says what this crawl lacks and what to do."""
        window = f"{self.spec.since} to {self.spec.until}"
        return f"The {self.spec.source} crawl of {window} is incomplete: {what}; run it again to fetch what is missing."

    def report(self, note: str) -> None:
        """Tell how far the crawl has come."""
        self._on_progress(
            CrawlProgress(
                source=self.spec.source,
                planned_unit_count=self._planned_count(),
                unit_count=len(self._units),
                landed_count=sum(unit.landed_count for unit in self._units.values()),
                ledger_count=sum(unit.ledger_count for unit in self._units.values()),
                content_bytes=self.content_bytes,
                budget_bytes=self.budget_bytes,
                request_count=self._run.request_count,
                wait_seconds=self._run.wait_seconds,
                waits=dict(self._headway.waits),
                seconds_left=self._headway.seconds_left(self.budget_bytes - self.content_bytes, self._units_left()),
                note=note,
            )
        )

    # --- below the surface --------------------------------------------------------------------------------

    def _refuse_other_settings(self) -> None:
        if self.plan and (self.plan.settings_hash, self.plan.seed) != (self.spec.settings_hash, self.spec.seed):
            raise ConfigError(
                f"{self.folder} holds a {self.spec.source} crawl that was begun with other settings or another seed; "
                f"restore them, or remove that folder to crawl the window anew."
            )

    def _write_unit(self, name: str, ordinal: int, reading: Reading) -> None:
        ledger = list(self._ledger_rows(name, reading.skipped))
        landed_count = len(reading.document_ids)
        unit = CrawlUnit(
            crawl_run_id=self.spec.crawl_run_id,
            source=self.spec.source,
            unit=name,
            ordinal=ordinal,
            expected_count=landed_count + len(ledger),
            landed_count=landed_count,
            ledger_count=len(ledger),
            content_bytes=reading.content_bytes,
            finished_at=utc_now(),
        )
        landing.write_unit(self.folder, unit, reading.documents, ledger)
        self._units[ordinal] = unit

    def _ledger_rows(self, unit: str, skipped: Iterable[Skipped]) -> Iterator[CrawlLedger]:
        seen: Counter[tuple[str, str]] = Counter()
        crawl_run_id = self.spec.crawl_run_id
        for skip in skipped:
            seen[skip.item, skip.reason] += 1
            # A row is known by its item and reason: what comes twice in one unit is told apart.
            times = seen[skip.item, skip.reason]
            yield CrawlLedger(
                crawl_run_id=crawl_run_id,
                source=self.spec.source,
                unit=unit,
                item=skip.item if times == 1 else f"{skip.item} #{times}",
                outcome=REASONS[skip.reason][0],
                reason=skip.reason,
                measured_value=skip.measured_value,
                limit_value=skip.limit_value,
            )

    def _planned_count(self) -> int:
        return len(self.plan.entries) + 1 if self.plan else 0

    def _units_left(self) -> int | None:
        """Return how many entries of the plan are not settled; None where an entry is a file of many units."""
        last = max(self._units, default=0)
        if self.plan is None or (last and self._unit_planned_at(last) != self._units[last].unit):
            return None
        return len(self.plan.entries) + 1 - len(self._units)

    def _unit_planned_at(self, ordinal: int) -> str | None:
        assert self.plan is not None
        return next((str(entry["unit"]) for entry in self.plan.entries[ordinal - 1 : ordinal]), None)

    def _first_run(self) -> CrawlRun:
        return CrawlRun(
            crawl_run_id=self.spec.crawl_run_id,
            source=self.spec.source,
            window_start=self.spec.since,
            window_end=self.spec.until,
            seed=self.spec.seed,
            planned_unit_count=0,
            unit_count=0,
            expected_count=0,
            landed_count=0,
            ledger_count=0,
            request_count=0,
            wait_seconds=0.0,
            started_at=utc_now(),
            finished_at=utc_now(),
            is_complete=False,
        )

    def _write_run(self, *, is_complete: bool) -> None:
        units = self._units.values()
        self._run = replace(
            self._run,
            crawl_run_id=self.spec.crawl_run_id,
            planned_unit_count=self._planned_count(),
            unit_count=len(self._units),
            expected_count=sum(unit.expected_count for unit in units),
            landed_count=sum(unit.landed_count for unit in units),
            ledger_count=sum(unit.ledger_count for unit in units),
            finished_at=utc_now(),
            is_complete=is_complete,
        )
        landing.write_run(self.folder, self._run)
