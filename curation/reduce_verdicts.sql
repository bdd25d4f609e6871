-- What the map side rejected: the verdicts that stand already.
CREATE OR REPLACE TEMP TABLE verdicts AS
SELECT snapshot_id, document_id, source, is_kept, step, reason, measured_value, limit_value, related_document_id
FROM read_parquet($verdicts)
WHERE NOT is_kept
