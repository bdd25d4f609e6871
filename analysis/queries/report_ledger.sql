-- What did the crawls of one snapshot meet and not land, and why?
SELECT
    ledger_summary.source,
    ledger_summary.outcome,
    ledger_summary.reason,
    CAST(sum(ledger_summary.item_count) AS BIGINT) AS items
FROM snapshots
JOIN crawl_runs
    ON crawl_runs.window_start = snapshots.window_start
    AND crawl_runs.window_end = snapshots.window_end
    AND list_contains(snapshots.sources, crawl_runs.source)
    AND crawl_runs.finished_at <= snapshots.sealed_at
JOIN ledger_summary ON ledger_summary.crawl_run_id = crawl_runs.crawl_run_id
WHERE snapshots.snapshot_id = $snapshot_id
GROUP BY ledger_summary.source, ledger_summary.outcome, ledger_summary.reason
ORDER BY ledger_summary.source, items DESC, ledger_summary.reason
