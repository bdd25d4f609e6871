-- What did each crawl meet and not land, and why?
SELECT
    crawl_runs.crawl_run_id,
    crawl_runs.source,
    crawl_runs.window_start,
    crawl_runs.window_end,
    crawl_ledger.outcome,
    crawl_ledger.reason,
    count(*) AS item_count
FROM crawl_ledger
JOIN crawl_runs ON crawl_runs.crawl_run_id = crawl_ledger.crawl_run_id
GROUP BY
    crawl_runs.crawl_run_id, crawl_runs.source, crawl_runs.window_start, crawl_runs.window_end,
    crawl_ledger.outcome, crawl_ledger.reason
