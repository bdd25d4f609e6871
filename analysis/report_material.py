"""Everything one page rests on, read in one go: answers of the questions, the comparison and the fits of a snapshot."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from analysis.comparison import Comparison, compare_models
from analysis.correlation import Bootstrap, Correlation, correlate
from analysis.gathering import gather_scores
from analysis.questions import ask
from analysis.ranking import Ranked, rank_models
from analysis.residuals import Residual, residuals
from analysis.tables import Table, shortened
from storage.lake import Connection
from storage.records import Snapshot

ALARM_RATE = 0.05
# Question of `queries/` → the values it takes.
QUESTIONS: dict[str, tuple[str, ...]] = {
    "compression": ("snapshot_id", "protocol_id"),
    "models": (),
    "verdicts": ("snapshot_id",),
    "status_jobs": (),
    "report_texts": ("snapshot_id",),
    "report_balance": ("snapshot_id",),
    "report_grades": ("snapshot_id",),
    "report_crawls": ("snapshot_id",),
    "report_ledger": ("snapshot_id",),
    "report_examples": ("snapshot_id",),
    "report_scoring_runs": ("snapshot_id", "protocol_id"),
    "report_audits": ("snapshot_id", "protocol_id"),
    "report_tokenizers": ("snapshot_id", "protocol_id"),
    "report_protocol": ("protocol_id",),
    "report_references": (),
    "report_curation": ("snapshot_id",),
}
# Those that rest on all snapshots, or on the texts of reference sets.
QUESTIONS_ACROSS = ("report_min_k", "report_costs")
Across = Callable[[str], Mapping[str, Table]]


@dataclass(frozen=True, slots=True)
class Material:
    """One snapshot as one page shows it.

    `protocol_id` is the one asked for, or the one most models are scored by where none is scored by that. `fits` are
    those of the reporter who covers most of the compared models; `other_fits` are everybody else's. `residuals` are
    those of `fits`, the most surprising first.
    """

    snapshot: Snapshot
    protocol_id: str
    asked_protocol_id: str
    comparison: Comparison | None
    fits: tuple[Correlation, ...]
    other_fits: tuple[Correlation, ...]
    residuals: tuple[Residual, ...]
    ranked: tuple[Ranked, ...]
    names: Mapping[str, str]
    answers: Mapping[str, Table]

    def name(self, model_id: str) -> str:
        """Return what people call a model: its shortest name, or its id with the hash cut."""
        return self.names.get(model_id) or shortened(model_id)


def gather_material(
    connection: Connection,
    snapshot: Snapshot,
    asked_protocol_id: str,
    bootstrap: Bootstrap,
    *,
    alarm_rate: float = ALARM_RATE,
    across: Across | None = None,
) -> Material:
    """Read what the page of one snapshot needs.

    `across` answers by protocol what one snapshot alone cannot tell, where the connection holds no more than that.
    """
    scored_by = [row[0] for row in ask(connection, "report_protocols", {"snapshot_id": snapshot.snapshot_id}).rows]
    protocol_id = asked_protocol_id if asked_protocol_id in scored_by or not scored_by else scored_by[0]
    comparison = compare_models(connection, snapshot.snapshot_id, protocol_id) if scored_by else None
    fits = [_fits(connection, comparison, reporter, bootstrap) for reporter in _reporters(connection, comparison)]
    values = {"snapshot_id": snapshot.snapshot_id, "protocol_id": protocol_id}
    answers = {name: ask(connection, name, {key: values[key] for key in keys}) for name, keys in QUESTIONS.items()}
    beyond = across(protocol_id) if across else ask_across(connection, protocol_id)
    return Material(
        snapshot=snapshot,
        protocol_id=protocol_id,
        asked_protocol_id=asked_protocol_id,
        comparison=comparison,
        fits=tuple(fits[0]) if fits else (),
        other_fits=tuple(fit for others in fits[1:] for fit in others),
        residuals=tuple(row for fit in (fits[0] if fits else ()) for row in residuals(fit, alarm_rate=alarm_rate)),
        ranked=rank_models(connection, comparison, bootstrap) if comparison else (),
        names=model_names(connection),
        answers={**answers, **{name: _of_snapshot(table, snapshot.snapshot_id) for name, table in beyond.items()}},
    )


def ask_across(connection: Connection, protocol_id: str) -> dict[str, Table]:
    """Answer by one protocol what one snapshot alone cannot tell."""
    return {name: ask(connection, name, {"protocol_id": protocol_id}) for name in QUESTIONS_ACROSS}


def model_names(connection: Connection) -> dict[str, str]:
    """Return the shortest name of every model that has one."""
    return {str(model_id): str(name) for model_id, name in ask(connection, "model_names").rows}


def rows_of(table: Table) -> list[dict[str, object]]:
    """Return the rows of an answer as mappings, for code that reads single values."""
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def _of_snapshot(table: Table, snapshot_id: str) -> Table:
    """Return the rows of one snapshot where the rows are of snapshots, without saying so in each."""
    if "snapshot_id" not in table.columns:
        return table
    at = table.columns.index("snapshot_id")
    rows = tuple((*row[:at], *row[at + 1 :]) for row in table.rows if row[at] == snapshot_id)
    return Table((*table.columns[:at], *table.columns[at + 1 :]), rows)


def _reporters(connection: Connection, comparison: Comparison | None) -> Sequence[str]:
    """Name who reports benchmark results of the compared models, whoever covers most of them first."""
    if comparison is None:
        return ()
    compared = {model.model_id for model in comparison.models if model.kind == "base"}
    counts: dict[str, int] = defaultdict(int)
    for reporter, model_id in ask(connection, "report_reporters").rows:
        counts[reporter] += model_id in compared
    return sorted((name for name, count in counts.items() if count), key=lambda name: (-counts[name], name))


def _fits(
    connection: Connection, comparison: Comparison | None, reporter: str, bootstrap: Bootstrap
) -> list[Correlation]:
    assert comparison is not None, "without a comparison nobody is a reporter"
    material = gather_scores(
        connection, comparison.snapshot_id, comparison.protocol_id, reported_by=reporter, everybody=comparison
    )
    return correlate(material, "area", bootstrap)
