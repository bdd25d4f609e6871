-- Bits are finite and not negative, and no more tokens are scored than there are.
SELECT document_id, model_id, protocol_id, total_bits, token_count, scored_token_count
FROM scores
WHERE NOT isfinite(total_bits) OR total_bits < 0 OR scored_token_count > token_count
