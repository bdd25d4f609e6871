-- Does a model need more bits per character for texts published after its cutoff than before?
WITH totals AS (
    SELECT
        scores.snapshot_id,
        documents.source,
        scores.model_id,
        scores.protocol_id,
        CAST(date_trunc('month', documents.published_at) AS DATE) AS published_month_on,
        count(*) AS document_count,
        sum(scores.total_bits) AS total_bits,
        CAST(sum(scores.char_count) AS BIGINT) AS char_count,
        CAST(sum(scores.byte_count) AS BIGINT) AS byte_count
    FROM scores
    JOIN documents ON documents.document_id = scores.document_id AND documents.text_sha256 = scores.text_sha256
    GROUP BY
        scores.snapshot_id, documents.source, scores.model_id, scores.protocol_id,
        CAST(date_trunc('month', documents.published_at) AS DATE)
),

-- Bits of different formats are not summed: there are none then, and `precision` names the formats.
sums AS (
    SELECT
        totals.snapshot_id,
        totals.source,
        totals.model_id,
        totals.protocol_id,
        totals.published_month_on,
        totals.document_count,
        totals.char_count,
        totals.byte_count,
        CASE WHEN coalesce(score_precisions.is_one_precision, true) THEN totals.total_bits END AS total_bits,
        score_precisions.precision
    FROM totals
    LEFT JOIN score_precisions
        ON score_precisions.snapshot_id = totals.snapshot_id
        AND score_precisions.model_id = totals.model_id
        AND score_precisions.protocol_id = totals.protocol_id
)

SELECT
    sums.snapshot_id,
    sums.source,
    sums.model_id,
    sums.protocol_id,
    sums.published_month_on,
    model_freshness.fresh_from_on,
    sums.document_count,
    sums.total_bits,
    sums.char_count,
    sums.byte_count,
    sums.total_bits / nullif(sums.char_count, 0) AS bits_per_character,
    sums.total_bits / nullif(sums.byte_count, 0) AS bits_per_byte,
    100 * sums.total_bits / nullif(8 * sums.byte_count, 0) AS rate_percent,
    sums.precision
FROM sums
JOIN model_freshness ON model_freshness.model_id = sums.model_id
