-- Does every landed text of one snapshot have its verdict, per source?
SELECT
    source,
    expected_count,
    ledger_count,
    landed_count,
    rejected_count,
    kept_count,
    kept_count / nullif(landed_count, 0) AS kept_share,
    is_complete_crawl,
    is_balanced
FROM snapshot_balance
WHERE snapshot_id = $snapshot_id
ORDER BY source
