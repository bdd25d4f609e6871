-- A verdict that rejects names its reason, one that keeps has none.
SELECT snapshot_id, document_id, is_kept, reason
FROM verdicts
WHERE is_kept <> (reason IS NULL)
