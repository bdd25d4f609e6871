-- How many bits does a token cost after how much context? (A row is for min_context_tokens up to twice that, not included.)
SELECT
    snapshot_id,
    source,
    model_id,
    protocol_id,
    CASE
        WHEN context_tokens = 0 THEN 0 ELSE CAST(2 ** floor(log2(context_tokens)) AS BIGINT)
    END AS min_context_tokens,
    count(*) AS token_count,
    sum(bits) AS total_bits,
    CAST(sum(byte_end - byte_start) AS BIGINT) AS byte_count,
    sum(bits) / count(*) AS bits_per_token,
    sum(bits) / nullif(sum(byte_end - byte_start), 0) AS bits_per_byte
FROM tokens
WHERE context_tokens IS NOT NULL
GROUP BY snapshot_id, source, model_id, protocol_id, min_context_tokens
