-- Which reference sets must no text of a snapshot repeat?
SELECT name, item_count, mode, dated_on, added_at, fingerprint
FROM reference_sets
ORDER BY name
