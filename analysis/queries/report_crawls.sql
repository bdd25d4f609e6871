-- Which crawls is one snapshot made of, and what did they cost?
SELECT
    crawl_runs.source,
    crawl_runs.planned_unit_count,
    crawl_runs.unit_count,
    crawl_runs.expected_count,
    crawl_runs.landed_count,
    crawl_runs.ledger_count,
    crawl_runs.request_count,
    crawl_runs.wait_seconds,
    crawl_runs.started_at,
    crawl_runs.finished_at,
    crawl_runs.is_complete,
    crawl_runs.seed,
    crawl_runs.crawl_run_id
FROM snapshots
JOIN crawl_runs
    ON crawl_runs.window_start = snapshots.window_start
    AND crawl_runs.window_end = snapshots.window_end
    AND list_contains(snapshots.sources, crawl_runs.source)
    AND crawl_runs.finished_at <= snapshots.sealed_at
WHERE snapshots.snapshot_id = $snapshot_id
ORDER BY crawl_runs.source, crawl_runs.started_at, crawl_runs.crawl_run_id
