-- One verdict per landed document: what was rejected, and what is kept because nothing rejected it.
SELECT snapshot_id, document_id, source, is_kept, step, reason, measured_value, limit_value, related_document_id
FROM verdicts
UNION ALL
SELECT $snapshot_id, alive.document_id, alive.source, true, 'kept', NULL, NULL, NULL, NULL
FROM candidates AS alive
ANTI JOIN verdicts USING (document_id)
ORDER BY document_id
