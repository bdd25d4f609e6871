"""Which record is a row of which table, and by which columns a row is known.

The lake has no keys of its own: inserts are anti-joins on these columns, and `doctor` checks them.
"""

from dataclasses import dataclass

from storage import records as r


@dataclass(frozen=True, slots=True)
class Table:
    """Name and identifying columns of one table."""

    name: str
    identity: tuple[str, ...]


TABLES: dict[type, Table] = {
    r.CrawlRun: Table("crawl_runs", ("crawl_run_id",)),
    r.CrawlUnit: Table("crawl_units", ("crawl_run_id", "unit")),
    r.CrawlLedger: Table("crawl_ledger", ("crawl_run_id", "unit", "item", "reason")),
    r.Document: Table("documents", ("document_id", "text_sha256")),
    r.Evidence: Table("freshness_evidence", ("document_id", "witness")),
    r.Verdict: Table("verdicts", ("snapshot_id", "document_id")),
    r.SharedSpan: Table("shared_spans", ("snapshot_id", "document_id")),
    r.Signature: Table("signatures", ("document_id", "text_sha256", "scheme")),
    r.Snapshot: Table("snapshots", ("snapshot_id",)),
    r.SnapshotDocument: Table("snapshot_documents", ("snapshot_id", "document_id")),
    r.Check: Table("curation_checks", ("snapshot_id", "source", "step", "planted")),
    r.SamplingStratum: Table("sampling_strata", ("snapshot_id", "source", "stratum")),
    r.ReferenceSet: Table("reference_sets", ("name",)),
    r.ReferenceItem: Table("reference_items", ("name", "item")),
    r.LanguageModel: Table("models", ("model_id",)),
    r.ModelAlias: Table("model_aliases", ("alias",)),
    r.Protocol: Table("protocols", ("protocol_id",)),
    r.ScoringRun: Table("scoring_runs", ("scoring_run_id",)),
    r.Score: Table("scores", ("snapshot_id", "document_id", "text_sha256", "model_id", "protocol_id")),
    r.TokenBits: Table("token_bits", ("snapshot_id", "document_id", "text_sha256", "model_id", "protocol_id")),
    r.Audit: Table("audits", ("scoring_run_id", "document_id", "text_sha256")),
    r.CompressionResult: Table("compression_results", ("model_id", "source", "corpus", "protocol", "reported_by")),
    r.BenchmarkResult: Table("benchmark_results", ("model_id", "benchmark", "setting", "reported_by")),
    r.JobRun: Table("job_runs", ("job_run_id",)),
    r.Watermark: Table("watermarks", ("source", "window_start", "window_end")),
    r.Tombstone: Table("tombstones", ("document_id", "text_sha256")),
    r.Setting: Table("settings", ("name",)),
    r.PublishedView: Table("published_views", ("name",)),
}
