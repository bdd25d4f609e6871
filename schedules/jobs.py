"""The stages in order: crawl, curate, seal, score. Read this first.

Stages know nothing of each other; jobs open, read, close, work, write. Every job can be killed at any moment and
run again: what has landed is not fetched again, what is curated or scored is not done again.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from analysis.tables import Table
from config import settings_hash
from crawler.process import crawl
from crawler.spec import CrawlProgress, CrawlSpec
from curation.context import CurationContext
from curation.fingerprint import fingerprint
from curation.reduce import reduce
from curation.shard import Shard, curate_shard, drop_other_shards, plan_shards, verdicts_path
from schedules.due import uncleared_models
from schedules.execution import map_shards
from schedules.periods import Period
from schedules.progress import Progress, progress, say
from schedules.workspace import Workspace
from storage import lake, parquet, snapshots, watermarks
from storage.crawl_runs import store_crawl
from storage.errors import CrawlError, SnapshotError
from storage.landing import document_files, landing_folder, read_run
from storage.records import CrawlRun, Snapshot, Verdict, Watermark, utc_now


def refresh(
    workspace: Workspace, period: Period, sources: Sequence[str], *, allow_incomplete: bool = False
) -> tuple[Snapshot, bool]:
    """Bring one snapshot into being; return it and whether it was sealed before."""
    if sealed := find_sealed(workspace, period, sources):
        return sealed, True
    for sentence in uncleared_models(workspace, period):
        say(f"warning: {sentence}")
    crawl_sources(workspace, period, sources, allow_incomplete=allow_incomplete)
    verdicts = curate(workspace, period, sources)
    return seal(workspace, period, sources, verdicts, allow_incomplete=allow_incomplete), False


def find_sealed(workspace: Workspace, period: Period, sources: Sequence[str]) -> Snapshot | None:
    """Return the snapshot if it is sealed by the same settings; refuse if it is sealed by others."""
    with lake.reading(workspace.home) as connection:
        sealed = snapshots.find_snapshot(connection, period.name)
    if sealed is None:
        return None
    wanted = (period.since, period.until, config_hash(workspace, period, sources))
    if (sealed.window_start, sealed.window_end, sealed.config_hash) != wanted:
        raise SnapshotError(
            f"snapshot {period.name} is sealed for {sealed.window_start} until {sealed.window_end} with settings "
            f"{sealed.config_hash}, asked were {period.since} until {period.until} with {wanted[2]}; "
            f"a sealed snapshot is never changed: use another --name."
        )
    return sealed


def config_hash(workspace: Workspace, period: Period, sources: Sequence[str]) -> str:
    """Hash what a snapshot depends on besides the material: what lands, what is kept, seeds and sources.

    Endpoints, delays and the size of shards change no result and are not in it.
    """
    settings = workspace.settings
    parts = [settings_hash(settings.curation, {"shard_bytes"})]
    for source in sorted(sources):
        spec = CrawlSpec(
            source, period.since, period.until, workspace.home.landing, settings.crawler.seed, settings.crawler
        )
        parts += [source, spec.settings_hash, str(spec.source_settings.budget_bytes), str(spec.seed)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


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


def crawl_source(workspace: Workspace, period: Period, source: str) -> CrawlRun:
    """Crawl one source over one window, note what landed and declare what did not."""
    if run := _sealed_run(workspace, period, source):
        say(f"crawl {source} {period.name}: what landed is sealed and stays as it is")
        return run
    settings, landing = workspace.settings.crawler, workspace.home.landing
    try:
        with progress(f"crawl {source} {period.name}") as bar:
            run = crawl(landing, source, period.since, period.until, settings, partial(_show_crawl, bar))
    except CrawlError as error:
        _note_crawl(workspace, period, source, hole=str(error))
        raise
    _note_crawl(workspace, period, source, hole=None)
    return run


def curate(workspace: Workspace, period: Period, sources: Sequence[str]) -> Path:
    """Extract, judge and sign every landed document, then weigh them against each other; return the verdicts file."""
    home, settings = workspace.home, workspace.settings
    context = CurationContext(period.name, period.since, period.until, settings.curation)
    folder = candidates_folder(workspace, period, sources)
    files = [
        file
        for source in sources
        for file in document_files(landing_folder(home.landing, source, period.since, period.until))
    ]
    shards = plan_shards(files, settings.curation.shard_bytes)
    drop_other_shards(folder, shards)
    with progress(f"curate {period.name}: extract, judge, sign") as bar:
        map_shards(
            partial(curate_shard, out_dir=folder, context=context),
            shards,
            partial(_is_curated, folder),
            settings.execution,
            bar.advance_to,
        )
    spill = Path(settings.execution.spill_dir) if settings.execution.spill_dir else home.spill
    with (
        progress(f"curate {period.name}: duplicates, contamination, sample"),
        lake.scratch(home, settings.execution.memory_limit, spill) as connection,
    ):
        return reduce(connection, folder, context)


def seal(
    workspace: Workspace, period: Period, sources: Sequence[str], verdicts: Path, *, allow_incomplete: bool = False
) -> Snapshot:
    """Freeze what was kept, with everything it rests on, in one transaction."""
    is_complete = _require_balance(workspace, period, sources, verdicts, allow_incomplete=allow_incomplete)
    files = snapshots.CandidateFiles.in_folder(candidates_folder(workspace, period, sources), verdicts)
    with lake.reading(workspace.home) as connection:
        members = snapshots.kept_members(connection, files)
    snapshot = Snapshot(
        period.name,
        period.since,
        period.until,
        tuple(sorted(sources)),
        workspace.settings.curation.sampling.seed,
        config_hash(workspace, period, sources),
        fingerprint((member.document_id, member.text_sha256) for member in members),
        len(members),
        sum(member.char_count for member in members),
        utc_now(),
        is_complete,
    )
    wait = workspace.settings.storage.busy_wait_seconds
    with progress(f"seal {period.name}"):
        lake.write(
            workspace.home, f"seal {period.name}", lambda connection: snapshots.seal(connection, snapshot, files), wait
        )
    return snapshot


def verdict_counts(verdicts: Path) -> Table:
    """Count the documents of a verdicts file by source, step and reason."""
    counts = Counter((v.source, v.step, v.reason or "kept") for v in parquet.read_records(verdicts, Verdict))
    return Table(("source", "step", "reason", "documents"), tuple((*key, n) for key, n in sorted(counts.items())))


def candidates_folder(workspace: Workspace, period: Period, sources: Sequence[str]) -> Path:
    """Return where the candidates of this window lie; other settings have another place."""
    return workspace.home.candidates / f"{period.name}-{config_hash(workspace, period, sources)}"


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


def _is_curated(folder: Path, shard: Shard) -> bool:
    return verdicts_path(shard, folder).exists()


def _show_crawl(bar: Progress, state: CrawlProgress) -> None:
    counts = f"{state.landed_count} landed, {state.request_count} requests, {state.wait_seconds:.0f} s waited"
    bar.advance_to(state.unit_count, state.planned_unit_count, f"{counts}; {state.note}")


def _note_crawl(workspace: Workspace, period: Period, source: str, hole: str | None) -> None:
    """Write down a crawl as far as it got, and whether its window is covered or a hole."""
    folder = landing_folder(workspace.home.landing, source, period.since, period.until)
    state = watermarks.HOLE if hole else watermarks.LANDED
    watermark = Watermark(source, period.since, period.until, state, hole, utc_now())

    def note(connection: lake.Connection) -> None:
        if (run := read_run(folder)) is not None:
            store_crawl(connection, run, folder)
        watermarks.set_watermark(connection, watermark)

    wait = workspace.settings.storage.busy_wait_seconds
    lake.write(workspace.home, f"crawl {source} {period.name}: {state}", note, wait)


def _require_balance(
    workspace: Workspace, period: Period, sources: Sequence[str], verdicts: Path, *, allow_incomplete: bool
) -> bool:
    """Check that every landed document has its verdict; return whether every crawl is complete."""
    judged = Counter(parquet.read_column(verdicts, "source"))
    is_complete = True
    for source in sources:
        run = read_run(landing_folder(workspace.home.landing, source, period.since, period.until))
        if run is None or not run.is_complete:
            is_complete = False
            if not allow_incomplete:
                raise SnapshotError(
                    f"the crawl of {source} for {period.name} is not complete, so the snapshot is not sealed; "
                    f"run `freshpress refresh` again, or add --allow-incomplete to seal it as declared incomplete."
                )
        if run is not None and run.landed_count != judged[source]:
            raise SnapshotError(
                f"{source} landed {run.landed_count} documents but {judged[source]} have a verdict; "
                f"remove {candidates_folder(workspace, period, sources)} and run `freshpress refresh` again."
            )
    return is_complete
