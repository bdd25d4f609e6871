-- How surprising are the least likely fifth of each text's tokens? (Min-K% Prob with k = 20, arXiv:2310.16789, in bits; low on texts a model has seen.)
SELECT
    token_bits.snapshot_id,
    token_bits.document_id,
    token_bits.text_sha256,
    token_bits.model_id,
    token_bits.protocol_id,
    len(token_bits.bits) AS token_count,
    -- Rounded down, as in the code of the paper; a text of fewer than five tokens still has its least likely one.
    greatest(len(token_bits.bits) // 5, 1) AS least_likely_count,
    list_sum(list_reverse_sort(token_bits.bits)[: greatest(len(token_bits.bits) // 5, 1)])
        / greatest(len(token_bits.bits) // 5, 1) AS bits_per_least_likely_token,
    list_sum(token_bits.bits) / len(token_bits.bits) AS bits_per_token
FROM token_bits
WHERE len(token_bits.bits) > 0
