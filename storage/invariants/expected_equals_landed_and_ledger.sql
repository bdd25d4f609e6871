-- In every crawl unit, what was expected either landed or is in the ledger.
SELECT crawl_run_id, unit, expected_count, landed_count, ledger_count
FROM crawl_units
WHERE expected_count <> landed_count + ledger_count
