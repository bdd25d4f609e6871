-- Why did this item of a crawl not land?
SELECT
    crawl_runs.source,
    crawl_ledger.unit,
    crawl_ledger.item,
    crawl_ledger.outcome,
    crawl_ledger.reason,
    crawl_ledger.measured_value,
    crawl_ledger.limit_value,
    crawl_runs.window_start,
    crawl_runs.window_end
FROM crawl_ledger
JOIN crawl_runs ON crawl_runs.crawl_run_id = crawl_ledger.crawl_run_id
WHERE crawl_ledger.item = $target
ORDER BY crawl_runs.window_start, crawl_ledger.unit, crawl_ledger.reason
