-- What share of the texts planted into a snapshot's curation was rejected, and was a rejection right?
SELECT
    source, step,
    planted_count, found_count, recall, recall_low, recall_high,
    clean_count, claimed_count, precision, precision_low, precision_high
FROM curation_quality
WHERE snapshot_id = $snapshot_id
ORDER BY source, step
