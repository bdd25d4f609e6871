-- What share of the texts planted into the last snapshot's curation was rejected, and was a rejection right?
SELECT
    checks.snapshot_id,
    checks.source,
    checks.step,
    sum(checks.text_count) FILTER (checks.is_positive)::BIGINT AS planted_count,
    sum(checks.rejected_count) FILTER (checks.is_positive)::BIGINT AS found_count,
    round(found_count / nullif(planted_count, 0), 4) AS recall,
    coalesce(sum(checks.text_count) FILTER (NOT checks.is_positive), 0)::BIGINT AS clean_count,
    coalesce(sum(checks.rejected_count) FILTER (NOT checks.is_positive), 0)::BIGINT AS claimed_count,
    round(found_count / nullif(found_count + claimed_count, 0), 4) AS precision
FROM curation_checks AS checks
WHERE checks.snapshot_id = (
    SELECT snapshots.snapshot_id
    FROM snapshots
    ORDER BY snapshots.window_end DESC, snapshots.sealed_at DESC
    LIMIT 1
)
GROUP BY checks.snapshot_id, checks.source, checks.step
ORDER BY checks.source, checks.step
