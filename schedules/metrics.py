"""The state of the service as Prometheus reads it (text format 0.0.4)."""

from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from schedules.service_state import ServiceState
from storage.job_runs import DONE


def as_metrics(state: ServiceState) -> bytes:
    """Return every figure of a state."""
    registry = CollectorRegistry()
    registry.register(_Figures(state))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, state: ServiceState) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        state = self._state
        yield GaugeMetricFamily("freshpress_up", "The service runs.", value=1)
        running = _by_job("freshpress_job_running", "Whether the service runs this job now.")
        ended = _by_job("freshpress_job_last_end_timestamp_seconds", "When the last run of a job ended.")
        good = _by_job("freshpress_job_last_success", "Whether the last run of a job went well.")
        took = _by_job("freshpress_job_last_duration_seconds", "How long the last run of a job took.")
        for run in state.last_runs:
            assert run.finished_at is not None
            ended.add_metric([run.job], _seconds(run.finished_at))
            good.add_metric([run.job], float(run.outcome == DONE))
            took.add_metric([run.job], (run.finished_at - run.started_at).total_seconds())
        due_at = _by_job("freshpress_job_due_timestamp_seconds", "When a job of the timetable is due.")
        for due in state.dues:
            due_at.add_metric([due.job], _seconds(due.due_at))
            running.add_metric([due.job], float(state.live is not None and state.live.job == due.job))
        yield from (running, ended, good, took, due_at)
        holes = GaugeMetricFamily("freshpress_holes", "Windows of a source that are declared holes.", labels=["source"])
        for source in sorted({hole.source for hole in state.holes}):
            holes.add_metric([source], sum(hole.source == source for hole in state.holes))
        yield holes
        yield GaugeMetricFamily("freshpress_snapshots", "Sealed snapshots.", value=len(state.snapshots.rows))
        disk = GaugeMetricFamily("freshpress_disk_bytes", "Bytes of each part of the home.", labels=["part"])
        for part, size in state.disk_bytes.items():
            disk.add_metric([part], size)
        yield disk
        yield GaugeMetricFamily("freshpress_disk_free_bytes", "Bytes free.", value=state.disk_free_bytes)


def _seconds(moment: datetime) -> float:
    return moment.replace(tzinfo=UTC).timestamp()


def _by_job(name: str, meaning: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, labels=["job"])
