-- Which share of the characters of one snapshot is new to each model, when a packed stream counts whole or not at all?
SELECT
    model_id,
    sum(CASE WHEN $is_packed AND fresh_document_count < document_count THEN 0 ELSE fresh_char_count END)
    / sum(char_count) AS fresh_char_share
FROM snapshot_freshness
WHERE snapshot_id = $snapshot_id
GROUP BY model_id
