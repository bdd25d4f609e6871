-- Which tokens do two models cut each text into that has the token bits of both, and what does each token cost?
WITH series AS (
    SELECT
        tokens.document_id,
        tokens.text_sha256,
        tokens.model_id,
        list(tokens.bits ORDER BY tokens.ordinal) AS bits,
        list(tokens.byte_end ORDER BY tokens.ordinal) AS byte_ends,
        list(tokens.context_tokens ORDER BY tokens.ordinal) AS context_tokens
    FROM tokens
    WHERE tokens.snapshot_id = $snapshot_id
        AND tokens.protocol_id = $protocol_id
        AND (tokens.model_id = $first OR tokens.model_id = $second)
    GROUP BY tokens.document_id, tokens.text_sha256, tokens.model_id
)

SELECT
    documents.document_id,
    documents.text,
    one.bits,
    one.byte_ends,
    one.context_tokens,
    other.bits,
    other.byte_ends,
    other.context_tokens
FROM series AS one
JOIN series AS other ON other.document_id = one.document_id AND other.text_sha256 = one.text_sha256
JOIN documents ON documents.document_id = one.document_id AND documents.text_sha256 = one.text_sha256
WHERE one.model_id = $first AND other.model_id = $second
ORDER BY documents.document_id
