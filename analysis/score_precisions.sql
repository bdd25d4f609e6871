-- In which number format was each model measured on each snapshot, and may the bits of its runs be summed?
-- Equal to float32 is what was computed in it, or was audited within 1e-3 of it (MAX_FLOAT32_DIFFERENCE).
WITH runs AS (
    SELECT
        snapshot_id,
        model_id,
        protocol_id,
        float32_difference,
        CASE
            WHEN float32_difference > 1e-3 THEN dtype || ' over 1e-3 from float32'
            WHEN float32_difference IS NOT NULL OR dtype IN ('float32', 'none') THEN 'float32'
            ELSE dtype || ' not audited'
        END AS precision
    FROM scoring_runs
)

SELECT
    snapshot_id,
    model_id,
    protocol_id,
    count(*) AS run_count,
    max(float32_difference) AS float32_difference,
    string_agg(DISTINCT precision, ', ' ORDER BY precision) AS precision,
    count(DISTINCT precision) = 1 AS is_one_precision
FROM runs
GROUP BY snapshot_id, model_id, protocol_id
