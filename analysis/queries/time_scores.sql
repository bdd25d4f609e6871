-- How many bits did each of some models need for each text of each snapshot, where its runs are of one number format?
WITH named AS (
    SELECT unnest($model_ids) AS model_id, unnest($protocol_ids) AS protocol_id, unnest(range(len($model_ids))) AS position
),

-- Bits of different formats do not compare over time either; where a model has runs of several, those equal to float32 stay.
usable AS (
    SELECT score_precisions.snapshot_id, named.model_id, named.protocol_id, named.position
    FROM score_precisions
    JOIN named
        ON named.model_id = score_precisions.model_id AND named.protocol_id = score_precisions.protocol_id
    WHERE score_precisions.is_one_precision AND coalesce(score_precisions.float32_difference, 0) <= 1e-3
    QUALIFY score_precisions.precision = 'float32'
        OR min(score_precisions.precision) OVER (PARTITION BY named.model_id)
        = max(score_precisions.precision) OVER (PARTITION BY named.model_id)
)

SELECT
    hash(scores.snapshot_id, scores.document_id, scores.text_sha256) AS member_key,
    usable.position,
    scores.total_bits
FROM scores
JOIN usable
    ON usable.snapshot_id = scores.snapshot_id
    AND usable.model_id = scores.model_id
    AND usable.protocol_id = scores.protocol_id
