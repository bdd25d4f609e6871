-- What does one protocol prescribe, spelled out?
SELECT
    protocol_id, name, window_tokens, stride_tokens, packing, encoding, start_token, first_token, score_version
FROM protocols
WHERE protocol_id = $protocol_id
