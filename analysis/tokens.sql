-- What did each charged token of each text cost, where in the text is it, and how many tokens did the model see before it?
WITH charged AS (
    SELECT
        token_bits.snapshot_id,
        token_bits.document_id,
        token_bits.text_sha256,
        token_bits.model_id,
        token_bits.protocol_id,
        len(token_bits.bits) AS token_count,
        unnest(range(len(token_bits.bits))) AS ordinal,
        unnest(token_bits.bits) AS bits,
        unnest(list_prepend(NULL, token_bits.byte_ends)) AS byte_before,
        unnest(token_bits.byte_ends) AS byte_end
    FROM token_bits
),

-- The ranges of docs/protocols.md: the first charges a whole window, each later one a stride.
ranged AS (
    SELECT
        charged.snapshot_id,
        charged.document_id,
        charged.text_sha256,
        charged.model_id,
        charged.protocol_id,
        charged.ordinal,
        charged.bits,
        charged.byte_before,
        charged.byte_end,
        protocols.packing,
        least(
            charged.token_count,
            protocols.window_tokens + protocols.stride_tokens
            * (greatest(0, charged.ordinal - protocols.window_tokens + protocols.stride_tokens) // protocols.stride_tokens)
        ) AS score_to,
        -- A start token before every window takes the place of one id.
        protocols.window_tokens + CAST(protocols.start_token = 'bos_else_eos_first_window' AS BIGINT) AS shown_tokens
    FROM charged
    JOIN protocols ON protocols.protocol_id = charged.protocol_id
    WHERE charged.ordinal IS NOT NULL
)

SELECT
    ranged.snapshot_id,
    ranged.document_id,
    ranged.text_sha256,
    documents.source,
    ranged.model_id,
    ranged.protocol_id,
    ranged.ordinal,
    ranged.bits,
    -- NULL for the first charged token of a text in a packed stream, before which there may be others.
    CASE WHEN ranged.ordinal > 0 THEN ranged.byte_before WHEN ranged.packing = 'each_document' THEN 0 END AS byte_start,
    ranged.byte_end,
    -- NULL in a packed stream, whose context lies in other texts too.
    CASE
        WHEN ranged.packing = 'each_document'
            THEN ranged.ordinal - greatest(0, ranged.score_to - ranged.shown_tokens)
    END AS context_tokens
FROM ranged
LEFT JOIN documents ON documents.document_id = ranged.document_id AND documents.text_sha256 = ranged.text_sha256
