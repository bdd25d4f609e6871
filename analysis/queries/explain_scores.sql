-- How many bits does each model need for this text?
WITH names AS (
    SELECT model_id, first(alias ORDER BY length(alias), alias) AS model
    FROM model_aliases
    GROUP BY model_id
)

SELECT
    coalesce(names.model, scores.model_id) AS model,
    scores.total_bits / nullif(scores.char_count, 0) AS bits_per_character,
    scores.total_bits / nullif(scores.byte_count, 0) AS bits_per_byte,
    scores.total_bits,
    scores.token_count,
    scores.scored_token_count,
    scores.altered_byte_count,
    scores.snapshot_id,
    scores.protocol_id,
    scores.model_id
FROM scores
LEFT JOIN names ON names.model_id = scores.model_id
WHERE scores.document_id = $document_id
ORDER BY scores.snapshot_id, scores.protocol_id, bits_per_character, scores.model_id
