-- How many bits does each model need per character of the texts it cannot have seen? (Models differ in which texts those are.)
WITH totals AS (
    SELECT
        snapshot_id,
        source,
        model_id,
        protocol_id,
        any_value(fresh_from_on) AS fresh_from_on,
        count(*) AS document_count,
        sum(total_bits) AS summed_bits,
        CAST(sum(char_count) AS BIGINT) AS char_count,
        CAST(sum(byte_count) AS BIGINT) AS byte_count
    FROM fresh_only
    GROUP BY snapshot_id, source, model_id, protocol_id
)

SELECT
    totals.snapshot_id,
    totals.source,
    totals.model_id,
    totals.protocol_id,
    totals.fresh_from_on,
    totals.document_count,
    -- Bits of different formats are not summed: there are none then, and `precision` names the formats.
    CASE WHEN coalesce(score_precisions.is_one_precision, true) THEN totals.summed_bits END AS total_bits,
    totals.char_count,
    totals.byte_count,
    total_bits / nullif(totals.char_count, 0) AS bits_per_character,
    total_bits / nullif(totals.byte_count, 0) AS bits_per_byte,
    100 * total_bits / nullif(8 * totals.byte_count, 0) AS rate_percent,
    totals.char_count / nullif(snapshot_characters.char_count, 0) AS snapshot_char_share,
    -- False where the snapshot was sealed as declared-incomplete.
    coalesce(snapshots.is_complete, false) AS is_complete_snapshot,
    score_precisions.precision
FROM totals
LEFT JOIN score_precisions
    ON score_precisions.snapshot_id = totals.snapshot_id
    AND score_precisions.model_id = totals.model_id
    AND score_precisions.protocol_id = totals.protocol_id
LEFT JOIN snapshots ON snapshots.snapshot_id = totals.snapshot_id
LEFT JOIN snapshot_characters
    ON snapshot_characters.snapshot_id = totals.snapshot_id AND snapshot_characters.source = totals.source
