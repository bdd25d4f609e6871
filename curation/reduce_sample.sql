-- Reject the segments beyond their source's budget: in seeded order, what makes more than it with all that came before.
INSERT INTO verdicts
WITH alive AS (
    SELECT
        candidates.document_id,
        candidates.source,
        candidates.char_count,
        CASE candidates.source
            WHEN 'github' THEN documents.unit || ' ' || documents.position // $segment_files
            ELSE candidates.document_id
        END AS segment
    FROM candidates
    ANTI JOIN verdicts USING (document_id)
    JOIN read_parquet($documents) AS documents USING (document_id)
),
segments AS (
    SELECT alive.source, alive.segment, sum(alive.char_count) AS char_count
    FROM alive
    GROUP BY alive.source, alive.segment
),
filled AS (
    SELECT
        segments.source,
        segments.segment,
        -- A segment larger than the whole budget is out by itself and takes no room.
        greatest(segments.char_count, CASE WHEN segments.char_count <= $budget_chars THEN
            sum(segments.char_count) FILTER (segments.char_count <= $budget_chars) OVER (
                PARTITION BY segments.source
                ORDER BY md5($seed || ' ' || segments.segment), segments.segment
                ROWS UNBOUNDED PRECEDING
            ) END) AS measured_chars
    FROM segments
)
SELECT
    $snapshot_id, alive.document_id, alive.source, false, 'sample', 'over_budget',
    filled.measured_chars::VARCHAR, $budget_chars::VARCHAR, NULL
FROM alive
JOIN filled USING (source, segment)
WHERE filled.measured_chars > $budget_chars
