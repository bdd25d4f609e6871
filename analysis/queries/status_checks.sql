-- What share of the texts planted into the last snapshot's curation was rejected, and was a rejection right?
SELECT
    snapshot_id, source, step,
    planted_count, found_count, recall, recall_low, recall_high,
    clean_count, claimed_count, precision, precision_low, precision_high
FROM curation_quality
WHERE snapshot_id = (
    SELECT snapshots.snapshot_id
    FROM snapshots
    ORDER BY snapshots.window_end DESC, snapshots.sealed_at DESC
    LIMIT 1
)
ORDER BY source, step
