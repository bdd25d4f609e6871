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
from config import CurationSettings, settings_hash
from crawler.spec import CrawlSpec
from curation.checks import check_curation
from curation.context import CurationContext
from curation.fingerprint import fingerprint
from curation.near_duplicates import compile_kernel
from curation.reduce import reduce
from curation.shard import Shard, curate_shard, drop_other_shards, plan_shards, verdicts_path
from curation.token_count import tokenizer_sha256
from schedules.crawls import crawl_passed_holes, crawl_sources, each_in_turn, summary
from schedules.due import due_periods, uncleared_models
from schedules.execution import map_shards
from schedules.forget import blank_forgotten
from schedules.periods import Period
from schedules.progress import progress, say
from schedules.workspace import Workspace
from storage import lake, parquet, snapshots
from storage.errors import CrawlError, SnapshotError
from storage.landing import damaged_units, document_files, landing_folder, read_run, remedy
from storage.records import Snapshot, Verdict, utc_now
from storage.tombstones import read_forgotten


def refresh_due(workspace: Workspace, sources: Sequence[str], *, allow_incomplete: bool = False) -> list[Snapshot]:
    """Bring everything up to date: holes that were passed by, then every window that is due, oldest first."""
    failures = crawl_passed_holes(workspace, sources)
    snapshots_made, failed = each_in_turn(
        (period.name, partial(refresh, workspace, period, sources, allow_incomplete=allow_incomplete))
        for period in due_periods(workspace, sources)
    )
    if failures := failures + failed:
        raise CrawlError(summary(failures))
    return snapshots_made


def refresh(
    workspace: Workspace, period: Period, sources: Sequence[str], *, allow_incomplete: bool = False
) -> Snapshot:
    """Bring one snapshot into being, unless it is sealed already."""
    if sealed := find_sealed(workspace, period, sources):
        say(f"snapshot {sealed.snapshot_id} already sealed: {sealed.fingerprint}")
        return sealed
    for sentence in uncleared_models(workspace, period):
        say(f"warning: {sentence}")
    crawl_sources(workspace, period, sources, allow_incomplete=allow_incomplete)
    verdicts = curate(workspace, period, sources)
    blank_forgotten(workspace, verdicts)
    snapshot = seal(workspace, period, sources, verdicts, allow_incomplete=allow_incomplete)
    say(f"snapshot {snapshot.snapshot_id} sealed: {snapshot.fingerprint}")
    return snapshot


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

    Endpoints, delays, the size of shards and of checks change no result and are not in it. A tokenizer counts by what
    its file says, wherever it lies.
    """
    settings = workspace.settings
    parts = [settings_hash(curation_settings(workspace), {"shard_bytes", "checks"})]
    for source in sorted(sources):
        spec = CrawlSpec(
            source, period.since, period.until, workspace.home.landing, settings.crawler.seed, settings.crawler
        )
        parts += [source, spec.settings_hash, str(spec.source_settings.budget_bytes), str(spec.seed)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def curation_settings(workspace: Workspace) -> CurationSettings:
    """Return how texts are curated, the tokenizer named by what its file says."""
    curation = workspace.settings.curation
    hashed = tokenizer_sha256(curation.quality.code_tokenizer)
    return curation.model_copy(update={"quality": curation.quality.model_copy(update={"code_tokenizer": hashed})})


def curate(workspace: Workspace, period: Period, sources: Sequence[str]) -> Path:
    """Extract, judge and sign every landed document, then weigh them against each other; return the verdicts file."""
    home, settings = workspace.home, workspace.settings
    with lake.reading(home) as connection:
        forgotten = read_forgotten(connection)
    context = CurationContext(period.name, period.since, period.until, settings.curation, forgotten)
    folder = candidates_folder(workspace, period, sources)
    files = [
        file
        for source in sources
        for file in document_files(landing_folder(home.landing, source, period.since, period.until))
    ]
    shards = plan_shards(files, settings.curation.shard_bytes)
    drop_other_shards(folder, shards)
    if "github" in sources and not settings.curation.quality.code_tokenizer:
        say("curate: characters per token are not measured; [curation.quality] code_tokenizer names no tokenizer.json.")
    compile_kernel(settings.curation.duplicates)
    with progress(f"curate {period.name}: extract, judge, sign") as bar:
        map_shards(
            partial(curate_shard, out_dir=folder, context=context),
            shards,
            partial(_is_curated, folder),
            settings.execution,
            bar.advance_to,
        )
    with (
        progress(f"curate {period.name}: duplicates, contamination, sample, checks"),
        lake.scratch(home, *_bounds(workspace)) as connection,
        lake.memory("lake") as empty_lake,
    ):
        verdicts = reduce(connection, folder, context)
        check_curation(connection, empty_lake, folder, context)
        return verdicts


def seal(
    workspace: Workspace, period: Period, sources: Sequence[str], verdicts: Path, *, allow_incomplete: bool = False
) -> Snapshot:
    """Freeze what was kept, with everything it rests on, in one transaction."""
    is_complete = _require_balance(workspace, period, sources, verdicts, allow_incomplete=allow_incomplete)
    files = snapshots.CandidateFiles.in_folder(candidates_folder(workspace, period, sources), verdicts)
    with lake.reading(workspace.home) as connection:
        document_count, char_count = snapshots.count_kept(connection, files)
        members = snapshots.kept_members(connection, files)
        kept = fingerprint((member.document_id, member.text_sha256) for member in members)
    snapshot = Snapshot(
        period.name,
        period.since,
        period.until,
        tuple(sorted(sources)),
        workspace.settings.curation.sampling.seed,
        config_hash(workspace, period, sources),
        kept,
        document_count,
        char_count,
        utc_now(),
        is_complete,
    )
    wait = workspace.settings.storage.busy_wait_seconds
    with progress(f"seal {period.name}"):
        lake.write(
            workspace.home,
            f"seal {period.name}",
            lambda connection: snapshots.seal(connection, snapshot, files),
            wait,
            _bounds(workspace),
        )
    return snapshot


def verdict_counts(verdicts: Path) -> Table:
    """Count the documents of a verdicts file by source, step and reason."""
    counts = Counter((v.source, v.step, v.reason or "kept") for v in parquet.read_records(verdicts, Verdict))
    return Table(("source", "step", "reason", "documents"), tuple((*key, n) for key, n in sorted(counts.items())))


def candidates_folder(workspace: Workspace, period: Period, sources: Sequence[str]) -> Path:
    """Return where the candidates of this window lie; other settings have another place."""
    return workspace.home.candidates / f"{period.name}-{config_hash(workspace, period, sources)}"


def _bounds(workspace: Workspace) -> tuple[str, Path]:
    """Return the memory that a large query may take and where the rest of it goes."""
    execution = workspace.settings.execution
    return execution.memory_limit, Path(execution.spill_dir) if execution.spill_dir else workspace.home.spill


def _is_curated(folder: Path, shard: Shard) -> bool:
    return verdicts_path(shard, folder).exists()


def _require_balance(
    workspace: Workspace, period: Period, sources: Sequence[str], verdicts: Path, *, allow_incomplete: bool
) -> bool:
    """Check that every landed document has its verdict; return whether every crawl is complete."""
    judged = Counter(parquet.read_column(verdicts, "source"))
    is_complete = True
    for source in sources:
        folder = landing_folder(workspace.home.landing, source, period.since, period.until)
        run = read_run(folder)
        if damaged := damaged_units(folder):
            unit, damage = damaged[0]
            raise SnapshotError(f"{folder}: unit {unit.unit} was damaged after it landed: {damage}; {remedy(folder)}.")
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
