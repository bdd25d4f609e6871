-- The bits of a text's tokens are as many as its score counts and sum up to it; the tokens end in order.
SELECT token_bits.snapshot_id, token_bits.document_id, token_bits.model_id, token_bits.protocol_id
FROM token_bits
LEFT JOIN scores
    ON scores.snapshot_id = token_bits.snapshot_id AND scores.document_id = token_bits.document_id
    AND scores.text_sha256 = token_bits.text_sha256 AND scores.model_id = token_bits.model_id
    AND scores.protocol_id = token_bits.protocol_id
WHERE scores.document_id IS NULL
    OR len(token_bits.bits) <> scores.scored_token_count
    OR len(token_bits.byte_ends) <> scores.scored_token_count
    -- A text that was scored once more for its token bits may differ by rounding, which bfloat16 does by percents.
    OR abs(coalesce(list_sum(token_bits.bits), 0) - scores.total_bits) > 0.02 * scores.total_bits + 1
    OR token_bits.byte_ends <> list_sort(token_bits.byte_ends)
