-- What became of the landed documents of one snapshot: what was kept, then what was dropped, by which step and why?
WITH fates AS (
    SELECT source, CASE WHEN is_kept THEN 'kept' ELSE step END AS fate, reason, document_count
    FROM verdict_summary
    WHERE snapshot_id = $snapshot_id
)

SELECT source, fate AS step, reason, CAST(sum(document_count) AS BIGINT) AS documents
FROM fates
GROUP BY source, fate, reason
ORDER BY
    fate = 'kept' DESC,
    source,
    list_position(
        [
            'extract', 'freshness', 'language', 'quality', 'secrets', 'exact_duplicate', 'near_duplicate',
            'boilerplate', 'contamination', 'sample'
        ],
        fate
    ),
    documents DESC,
    reason
