-- Every model that could be compared on one snapshot: scored by the protocol there, or active and waiting for it.
WITH scored AS (
    SELECT DISTINCT scores.model_id
    FROM scores
    LEFT JOIN codec_protocols
        ON codec_protocols.snapshot_id = scores.snapshot_id AND codec_protocols.protocol_id = scores.protocol_id
    WHERE scores.snapshot_id = $snapshot_id
        -- The floor row of a codec stands beside models; a protocol for codecs alone stands alone.
        AND (
            scores.protocol_id = $protocol_id
            OR (
                codec_protocols.protocol_id IS NOT NULL
                AND $protocol_id NOT IN (SELECT protocols.protocol_id FROM protocols WHERE protocols.encoding = 'utf8')
            )
        )
)

SELECT
    model_freshness.model_id,
    model_freshness.family,
    model_freshness.kind,
    model_freshness.fresh_from_on,
    model_freshness.why_never,
    scored.model_id IS NOT NULL AS is_scored,
    score_precisions.float32_difference,
    score_precisions.precision,
    score_precisions.is_one_precision
FROM model_freshness
LEFT JOIN scored ON scored.model_id = model_freshness.model_id
LEFT JOIN score_precisions
    ON score_precisions.model_id = model_freshness.model_id
    AND score_precisions.snapshot_id = $snapshot_id
    AND score_precisions.protocol_id = $protocol_id
WHERE scored.model_id IS NOT NULL OR (model_freshness.is_active AND model_freshness.kind <> 'codec')
ORDER BY model_freshness.model_id
