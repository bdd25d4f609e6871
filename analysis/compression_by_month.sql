-- Does a model need more bits per character for texts published after its cutoff than before?
WITH totals AS (
    SELECT
        scores.snapshot_id,
        documents.source,
        scores.model_id,
        scores.protocol_id,
        CAST(date_trunc('month', documents.published_at) AS DATE) AS published_month_on,
        count(*) AS document_count,
        sum(scores.total_bits) AS summed_bits,
        CAST(sum(scores.char_count) AS BIGINT) AS char_count,
        CAST(sum(scores.byte_count) AS BIGINT) AS byte_count
    FROM scores
    JOIN documents ON documents.document_id = scores.document_id AND documents.text_sha256 = scores.text_sha256
    GROUP BY
        scores.snapshot_id, documents.source, scores.model_id, scores.protocol_id,
        CAST(date_trunc('month', documents.published_at) AS DATE)
)

SELECT
    totals.snapshot_id,
    totals.source,
    totals.model_id,
    totals.protocol_id,
    totals.published_month_on,
    model_freshness.fresh_from_on,
    totals.document_count,
    -- Bits of different formats are not summed: there are none then, and `precision` names the formats.
    CASE WHEN coalesce(score_precisions.is_one_precision, true) THEN totals.summed_bits END AS total_bits,
    totals.char_count,
    totals.byte_count,
    total_bits / nullif(totals.char_count, 0) AS bits_per_character,
    total_bits / nullif(totals.byte_count, 0) AS bits_per_byte,
    100 * total_bits / nullif(8 * totals.byte_count, 0) AS rate_percent,
    score_precisions.precision
FROM totals
LEFT JOIN score_precisions
    ON score_precisions.snapshot_id = totals.snapshot_id
    AND score_precisions.model_id = totals.model_id
    AND score_precisions.protocol_id = totals.protocol_id
JOIN model_freshness ON model_freshness.model_id = totals.model_id
