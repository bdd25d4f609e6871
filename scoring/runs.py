"""Begin a scoring run in a folder, or take up the one that is there; shards of two kinds of run never mix."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from scoring.measurers import Measurer
from scoring.shards import PLAN_FILE, RUN_FILE, STOP_FILE, ShardPlan, read_record, write_record
from storage.errors import ScoringError
from storage.records import Protocol, ScoringRun, content_id

# What the bits depend on. A session with another of these would mix two kinds of bits in one run.
GUARDED = ("snapshot_id", "model_id", "protocol_id", "device", "dtype", "library_versions")


def open_run(
    folder: Path, plan: ShardPlan, *, snapshot_id: str, model_id: str, protocol: Protocol, measurer: Measurer
) -> tuple[ScoringRun, ShardPlan]:
    """Return the run in the folder and how it is cut: the one begun there, or a new one."""
    begun, begun_plan = read_record(folder / RUN_FILE, ScoringRun), read_record(folder / PLAN_FILE, ShardPlan)
    wanted = _new_run(snapshot_id, model_id, protocol, measurer)
    if begun is not None and begun_plan is not None:
        _require_same(folder, (begun, begun_plan), (wanted, plan))
        return begun, begun_plan
    run = replace(wanted, attention=measurer.attention)
    for leftover in (*folder.glob("*.jsonl"), folder / STOP_FILE):
        leftover.unlink(missing_ok=True)
    write_record(folder / PLAN_FILE, plan)
    write_record(folder / RUN_FILE, run)
    return run, plan


def _require_same(folder: Path, begun: tuple[ScoringRun, ShardPlan], wanted: tuple[ScoringRun, ShardPlan]) -> None:
    pairs = [(name, getattr(begun[0], name), getattr(wanted[0], name)) for name in GUARDED]
    pairs.append(("texts", begun[1].texts_fingerprint, wanted[1].texts_fingerprint))
    for name, old, new in pairs:
        if old != new:
            message = f"{folder} holds a scoring run begun with {name} {old!r}, which is now {new!r}"
            raise ScoringError(f"{message}; go on with the old setting, or delete that folder to start anew")


def _new_run(snapshot_id: str, model_id: str, protocol: Protocol, measurer: Measurer) -> ScoringRun:
    started_at = datetime.now(UTC).replace(tzinfo=None)
    identity = (snapshot_id, model_id, protocol.protocol_id, measurer.device, measurer.dtype)
    return ScoringRun(
        scoring_run_id=content_id(*identity, started_at.isoformat()),
        snapshot_id=snapshot_id,
        model_id=model_id,
        protocol_id=protocol.protocol_id,
        device=measurer.device,
        dtype=measurer.dtype,
        attention="",
        library_versions=measurer.library_versions,
        float32_difference=measurer.float32_difference,
        rechecked_window_count=0,
        until_se=None,
        token_count=0,
        seconds=0.0,
        peak_memory_bytes=0,
        started_at=started_at,
    )
