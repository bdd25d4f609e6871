-- Each crawl unit has as many ledger rows as it counts.
SELECT units.crawl_run_id, units.unit, units.ledger_count, coalesce(ledger.row_count, 0) AS row_count
FROM crawl_units AS units
LEFT JOIN (SELECT crawl_run_id, unit, count(*) AS row_count FROM crawl_ledger GROUP BY crawl_run_id, unit) AS ledger
    USING (crawl_run_id, unit)
WHERE units.ledger_count <> coalesce(ledger.row_count, 0)
