-- Which texts come after their source's budget of characters is full, in seeded order?
INSERT INTO verdicts
SELECT
    $snapshot_id, ordered.document_id, ordered.source, false, 'sample', 'over_budget',
    ordered.running_chars::VARCHAR, $budget_chars::VARCHAR, NULL
FROM (
    SELECT
        alive.document_id,
        alive.source,
        sum(alive.char_count) OVER (
            PARTITION BY alive.source ORDER BY seeded_order(alive.document_id), alive.document_id
            ROWS UNBOUNDED PRECEDING
        )::BIGINT AS running_chars
    FROM candidates AS alive
    ANTI JOIN verdicts USING (document_id)
) AS ordered
WHERE ordered.running_chars > $budget_chars
