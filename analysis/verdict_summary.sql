-- What became of the landed documents of each snapshot: how many were kept, how many dropped, by which step and why?
SELECT
    snapshot_id,
    source,
    step,
    is_kept,
    reason,
    count(*) AS document_count
FROM verdicts
GROUP BY snapshot_id, source, step, is_kept, reason
