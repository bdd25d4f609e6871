-- Does every landed document of each snapshot have its verdict, and every kept one its place in the snapshot, per source?
WITH crawled AS (
    SELECT
        snapshots.snapshot_id,
        crawl_runs.source,
        CAST(sum(crawl_runs.expected_count) AS BIGINT) AS expected_count,
        CAST(sum(crawl_runs.ledger_count) AS BIGINT) AS ledger_count,
        CAST(sum(crawl_runs.landed_count) AS BIGINT) AS landed_count,
        bool_and(crawl_runs.is_complete) AS is_complete_crawl
    FROM snapshots
    JOIN crawl_runs
        ON crawl_runs.window_start = snapshots.window_start
        AND crawl_runs.window_end = snapshots.window_end
        AND list_contains(snapshots.sources, crawl_runs.source)
    GROUP BY snapshots.snapshot_id, crawl_runs.source
),

judged AS (
    SELECT
        snapshot_id,
        source,
        count(*) AS verdict_count,
        count(*) FILTER (WHERE is_kept) AS kept_count,
        count(*) FILTER (WHERE NOT is_kept) AS rejected_count
    FROM verdicts
    GROUP BY snapshot_id, source
),

-- What was forgotten since is no text any more, but it was kept, and is counted so.
forgotten AS (
    SELECT snapshot_documents.snapshot_id, tombstones.source, count(*) AS forgotten_count
    FROM snapshot_documents
    JOIN tombstones
        ON tombstones.document_id = snapshot_documents.document_id
        AND tombstones.text_sha256 = snapshot_documents.text_sha256
    GROUP BY snapshot_documents.snapshot_id, tombstones.source
),

sides AS (
    SELECT
        coalesce(crawled.snapshot_id, judged.snapshot_id) AS snapshot_id,
        coalesce(crawled.source, judged.source) AS source,
        coalesce(crawled.expected_count, 0) AS expected_count,
        coalesce(crawled.ledger_count, 0) AS ledger_count,
        coalesce(crawled.landed_count, 0) AS landed_count,
        coalesce(judged.verdict_count, 0) AS verdict_count,
        coalesce(judged.kept_count, 0) AS kept_count,
        coalesce(judged.rejected_count, 0) AS rejected_count,
        coalesce(crawled.is_complete_crawl, false) AS is_complete_crawl
    FROM crawled
    FULL JOIN judged ON judged.snapshot_id = crawled.snapshot_id AND judged.source = crawled.source
)

SELECT
    sides.snapshot_id,
    sides.source,
    sides.expected_count,
    sides.ledger_count,
    sides.landed_count,
    sides.verdict_count,
    sides.kept_count,
    sides.rejected_count,
    coalesce(snapshot_characters.document_count, 0) AS snapshot_document_count,
    coalesce(forgotten.forgotten_count, 0) AS forgotten_count,
    sides.is_complete_crawl,
    sides.expected_count = sides.landed_count + sides.ledger_count
    AND sides.landed_count = sides.verdict_count
    AND sides.kept_count
        = coalesce(snapshot_characters.document_count, 0) + coalesce(forgotten.forgotten_count, 0) AS is_balanced
FROM sides
LEFT JOIN snapshot_characters
    ON snapshot_characters.snapshot_id = sides.snapshot_id AND snapshot_characters.source = sides.source
LEFT JOIN forgotten ON forgotten.snapshot_id = sides.snapshot_id AND forgotten.source = sides.source
