-- Which candidates repeat another one of earlier evidence, but for case and white space?
INSERT INTO verdicts
SELECT
    $snapshot_id, repeats.document_id, repeats.source, false, 'exact_duplicate', 'exact_duplicate',
    NULL, NULL, repeats.first_document_id
FROM (
    SELECT
        alive.document_id,
        alive.source,
        first_value(alive.document_id) OVER same_text AS first_document_id,
        row_number() OVER same_text AS position
    FROM candidates AS alive
    ANTI JOIN verdicts USING (document_id)
    WINDOW same_text AS (PARTITION BY alive.normalised_text ORDER BY alive.evidence_rank)
) AS repeats
WHERE repeats.position > 1
