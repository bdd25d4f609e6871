"""The first stage: each source's crawl of a window, its row in `job_runs`, what landed, and what is a declared hole."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from crawler.process import crawl
from crawler.spec import CrawlProgress
from schedules.due import due_periods, passed_holes
from schedules.periods import Period
from schedules.progress import Progress, progress, say
from schedules.runs import noted
from schedules.workspace import Workspace
from storage import lake, snapshots, watermarks
from storage.crawl_runs import store_crawl
from storage.errors import CrawlError, DiskError, FreshpressError, SnapshotError
from storage.forgotten import Forgotten
from storage.landing import landing_folder, read_run
from storage.records import CrawlRun, Watermark, utc_now
from storage.tombstones import read_forgotten

Done = TypeVar("Done")

MEGABYTE = 1_000_000


def crawl_sources(
    workspace: Workspace, period: Period, sources: Sequence[str], *, allow_incomplete: bool = False
) -> None:
    """Crawl each source; one that fails does not stop the others, and is a declared hole."""
    failures = []
    for source in sources:
        try:
            crawl_source(workspace, period, source)
        except CrawlError as error:
            failures.append(str(error))
    if failures and not allow_incomplete:
        raise CrawlError(" ".join(failures))
    for failure in failures:
        say(failure)


def crawl_due(workspace: Workspace, source: str) -> list[CrawlRun]:
    """Crawl what is missing of one source: its holes, then what is due."""
    wanted = windows_of(workspace, [source])
    runs, failures = each_in_turn((p.name, partial(crawl_source, workspace, p, source)) for p, source in wanted)
    if failures:
        raise CrawlError(summary(failures))
    return runs


def crawl_passed_holes(workspace: Workspace, sources: Sequence[str]) -> list[str]:
    """Crawl the holes that no snapshot waits for any more, so that they are none; return what failed."""
    holes = passed_holes(workspace, sources)
    for period, source in holes:
        say(f"{source} {period.name} is a hole before what is sealed: crawled again, to land and not to be sealed")
    _, failures = each_in_turn(
        (f"{source} {period.name}", partial(crawl_source, workspace, period, source)) for period, source in holes
    )
    return failures


def windows_of(workspace: Workspace, sources: Sequence[str]) -> list[tuple[Period, str]]:
    """Return what a crawl of these sources takes when nobody names a window: their holes, then what is due."""
    due = due_periods(workspace, sources)
    return passed_holes(workspace, sources) + [(period, source) for period in due for source in sources]


def each_in_turn(work: Iterable[tuple[str, Callable[[], Done]]]) -> tuple[list[Done], list[str]]:
    """Do one thing after another; one that fails is said and does not keep the next from being done.

    A full disk does: whatever came next would fail on it too.
    """
    done, failures = [], []
    for name, act in work:
        try:
            done.append(act())
        except DiskError:
            raise
        except FreshpressError as error:
            failures.append(f"{name}: {error}")
            say(failures[-1])
    return done, failures


def summary(failures: Sequence[str]) -> str:
    """Return the one sentence with which a job ends that failed at some of its windows."""
    return failures[0] if len(failures) == 1 else f"{len(failures)} windows are not done: {' · '.join(failures)}"


def crawl_source(workspace: Workspace, period: Period, source: str) -> CrawlRun:
    """Crawl one source over one window, note what landed and declare what did not."""
    if run := _sealed_run(workspace, period, source):
        say(f"crawl {source} {period.name}: what landed is sealed and stays as it is")
        return run
    with noted(workspace, f"crawl {source}") as outcome:
        try:
            run = _crawl(workspace, period, source)
        except CrawlError as error:
            outcome.also = partial(_note_crawl, workspace, period, source, str(error))
            begun = read_run(landing_folder(workspace.home.landing, source, period.since, period.until))
            outcome.row_count = begun.landed_count if begun else 0
            raise
        outcome.also = partial(_note_crawl, workspace, period, source, None)
        outcome.row_count = run.landed_count
    return run


def _crawl(workspace: Workspace, period: Period, source: str) -> CrawlRun:
    settings, landing = workspace.settings.crawler, workspace.home.landing
    title = f"crawl {source} {period.name}"
    told: list[CrawlProgress] = []
    try:
        with progress(title) as bar:
            return crawl(
                landing, source, period.since, period.until, settings, partial(_show, bar, told), _forgotten(workspace)
            )
    finally:
        if told:
            say(f"{title}: {end_line(told[-1])}")


def _forgotten(workspace: Workspace) -> Forgotten:
    with lake.reading(workspace.home) as connection:
        return read_forgotten(connection)


def _show(bar: Progress, told: list[CrawlProgress], state: CrawlProgress) -> None:
    told[:] = [state]
    bar.advance_to(round(state.content_bytes / MEGABYTE, 1), round(state.budget_bytes / MEGABYTE, 1), line(state))


def line(state: CrawlProgress) -> str:
    """Return how far a crawl is, after the megabytes that have landed of its budget."""
    left = "time left unknown" if state.seconds_left is None else f"{_time(state.seconds_left)} left"
    return f"MB; {_counts(state)}; {left}; {state.note}"


def end_line(state: CrawlProgress) -> str:
    """Return what a crawl has come to, and what it waited for since it was taken up."""
    return f"{state.content_bytes / MEGABYTE:.1f} MB; {_counts(state)}"


def _counts(state: CrawlProgress) -> str:
    causes = ", ".join(f"{seconds:.0f} s {cause}" for cause, seconds in sorted(state.waits.items()))
    waited = f"waited {sum(state.waits.values()):.0f} s" + (f": {causes}" if causes else "")
    return f"{state.landed_count} items from {state.unit_count} units, {state.request_count} requests, {waited}"


def _time(seconds: float) -> str:
    """Return a time as people say it.

    >>> _time(50), _time(600), _time(9000)
    ('50 s', '10 min', '2.5 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _sealed_run(workspace: Workspace, period: Period, source: str) -> CrawlRun | None:
    """Return the crawl on which a sealed snapshot of this window rests: it is not crawled any further."""
    with lake.reading(workspace.home) as connection:
        names = snapshots.sealed_names(connection, period.since, period.until, source)
    if not names:
        return None
    run = read_run(landing_folder(workspace.home.landing, source, period.since, period.until))
    if run is None or not run.is_complete:
        raise SnapshotError(
            f"snapshot {names[0]} rests on what landed from {source} for {period.since} until {period.until}, which is "
            f"not complete or gone, and a sealed snapshot is never changed; choose another window."
        )
    return run


def _note_crawl(
    workspace: Workspace, period: Period, source: str, hole: str | None, connection: lake.Connection
) -> None:
    """Write down a crawl as far as it got, and whether its window has landed or is a hole."""
    folder = landing_folder(workspace.home.landing, source, period.since, period.until)
    if (run := read_run(folder)) is not None:
        store_crawl(connection, run, folder)
    state = watermarks.HOLE if hole else watermarks.LANDED
    watermarks.set_watermark(connection, Watermark(source, period.since, period.until, state, hole, utc_now()))
