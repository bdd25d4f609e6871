-- What of the scores on one snapshot by one protocol was coded by an entropy coder and decoded again?
SELECT
    audit_sums.model,
    audit_sums.audited_count,
    audit_sums.sound_count,
    audit_sums.token_count,
    audit_sums.byte_count,
    round(audit_sums.scored_bits, 1) AS scored_bits,
    audit_sums.coded_bits,
    audit_sums.last_audited_at
FROM audit_sums
WHERE audit_sums.snapshot_id = $snapshot_id AND audit_sums.protocol_id = $protocol_id
ORDER BY audit_sums.model
