-- Every model that could be compared on one snapshot: scored by the protocol there, or active and waiting for it.
WITH runs AS (
    SELECT model_id, max(float32_difference) AS float32_difference
    FROM scoring_runs
    WHERE snapshot_id = $snapshot_id AND protocol_id = $protocol_id
    GROUP BY model_id
),

scored AS (
    SELECT DISTINCT scores.model_id
    FROM scores
    LEFT JOIN codec_protocols
        ON codec_protocols.snapshot_id = scores.snapshot_id AND codec_protocols.protocol_id = scores.protocol_id
    WHERE scores.snapshot_id = $snapshot_id
        AND (scores.protocol_id = $protocol_id OR codec_protocols.protocol_id IS NOT NULL)
)

SELECT
    model_freshness.model_id,
    model_freshness.family,
    model_freshness.kind,
    model_freshness.fresh_from_on,
    model_freshness.why_never,
    scored.model_id IS NOT NULL AS is_scored,
    runs.float32_difference
FROM model_freshness
LEFT JOIN scored ON scored.model_id = model_freshness.model_id
LEFT JOIN runs ON runs.model_id = model_freshness.model_id
WHERE scored.model_id IS NOT NULL OR (model_freshness.is_active AND model_freshness.kind <> 'codec')
ORDER BY model_freshness.model_id
