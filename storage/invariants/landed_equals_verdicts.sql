-- Every landed document of a sealed snapshot's crawls has one verdict, per source.
SELECT snapshots.snapshot_id, crawl_runs.source, sum(crawl_runs.landed_count) AS landed, any_value(judged.verdicts) AS verdicts
FROM snapshots
JOIN crawl_runs ON crawl_runs.window_start = snapshots.window_start AND crawl_runs.window_end = snapshots.window_end
    AND list_contains(snapshots.sources, crawl_runs.source)
LEFT JOIN (SELECT snapshot_id, source, count(*) AS verdicts FROM verdicts GROUP BY snapshot_id, source) AS judged
    ON judged.snapshot_id = snapshots.snapshot_id AND judged.source = crawl_runs.source
GROUP BY snapshots.snapshot_id, crawl_runs.source
HAVING sum(crawl_runs.landed_count) <> coalesce(any_value(judged.verdicts), 0)
