-- How much of the text of one snapshot does each model's tokenizer alter on the way there and back?
WITH names AS (
    SELECT model_id, first(alias ORDER BY length(alias), alias) AS model
    FROM model_aliases
    GROUP BY model_id
)

SELECT
    coalesce(names.model, compression.model_id) AS model,
    CAST(sum(compression.altered_byte_count) AS BIGINT) AS altered_byte_count,
    sum(compression.altered_byte_count) / nullif(sum(compression.byte_count), 0) AS altered_byte_share,
    compression.model_id
FROM compression
LEFT JOIN names ON names.model_id = compression.model_id
WHERE compression.snapshot_id = $snapshot_id AND compression.protocol_id = $protocol_id
GROUP BY compression.model_id, names.model
ORDER BY altered_byte_share DESC, model, compression.model_id
