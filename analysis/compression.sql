-- How many bits does each model need per character of each source of each snapshot? (Sums of sums, never means of ratios.)
WITH totals AS (
    SELECT
        scores.snapshot_id,
        documents.source,
        scores.model_id,
        scores.protocol_id,
        count(*) AS document_count,
        sum(scores.total_bits) AS summed_bits,
        CAST(sum(scores.char_count) AS BIGINT) AS char_count,
        CAST(sum(scores.byte_count) AS BIGINT) AS byte_count,
        CAST(sum(scores.altered_byte_count) AS BIGINT) AS altered_byte_count
    FROM scores
    JOIN documents ON documents.document_id = scores.document_id AND documents.text_sha256 = scores.text_sha256
    GROUP BY scores.snapshot_id, documents.source, scores.model_id, scores.protocol_id
)

SELECT
    totals.snapshot_id,
    totals.source,
    totals.model_id,
    totals.protocol_id,
    totals.document_count,
    -- Bits of different formats are not summed: there are none then, and `precision` names the formats.
    CASE WHEN coalesce(score_precisions.is_one_precision, true) THEN totals.summed_bits END AS total_bits,
    totals.char_count,
    totals.byte_count,
    total_bits / nullif(totals.char_count, 0) AS bits_per_character,
    total_bits / nullif(totals.byte_count, 0) AS bits_per_byte,
    100 * total_bits / nullif(8 * totals.byte_count, 0) AS rate_percent,
    totals.altered_byte_count,
    snapshot_characters.document_count AS snapshot_document_count,
    -- False while scoring is under way, or where a stop rule ended it: the sums then cover other texts than a whole run's.
    coalesce(totals.document_count = snapshot_characters.document_count, false) AS is_whole,
    -- False where the snapshot was sealed as declared-incomplete.
    coalesce(snapshots.is_complete, false) AS is_complete_snapshot,
    score_precisions.precision
FROM totals
LEFT JOIN score_precisions
    ON score_precisions.snapshot_id = totals.snapshot_id
    AND score_precisions.model_id = totals.model_id
    AND score_precisions.protocol_id = totals.protocol_id
LEFT JOIN snapshot_characters
    ON snapshot_characters.snapshot_id = totals.snapshot_id AND snapshot_characters.source = totals.source
LEFT JOIN snapshots ON snapshots.snapshot_id = totals.snapshot_id
