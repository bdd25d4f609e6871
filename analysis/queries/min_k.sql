-- How do the texts of one reference set spread by Min-K% Prob, model by model? The least surprised model first.
WITH names AS (
    SELECT model_id, first(alias ORDER BY length(alias), alias) AS model
    FROM model_aliases
    GROUP BY model_id
)

SELECT
    coalesce(names.model, spread.model_id) AS model,
    spread.document_count,
    spread.bits_at_05_percent,
    spread.bits_at_25_percent,
    spread.bits_at_50_percent,
    spread.bits_at_75_percent,
    spread.bits_at_95_percent,
    spread.model_id
FROM min_k_distributions AS spread
LEFT JOIN names ON names.model_id = spread.model_id
WHERE spread.snapshot_id = $snapshot_id AND spread.protocol_id = $protocol_id
ORDER BY spread.bits_at_50_percent, spread.model_id
