-- What of the scores on the last snapshot was coded by an entropy coder and decoded again?
SELECT
    audit_sums.model,
    audit_sums.protocol_id,
    audit_sums.audited_count,
    audit_sums.sound_count,
    audit_sums.token_count,
    round(audit_sums.scored_bits, 1) AS scored_bits,
    audit_sums.coded_bits,
    audit_sums.last_audited_at
FROM audit_sums
WHERE audit_sums.snapshot_id = (
    SELECT snapshots.snapshot_id
    FROM snapshots
    ORDER BY snapshots.window_end DESC, snapshots.sealed_at DESC
    LIMIT 1
)
ORDER BY audit_sums.model, audit_sums.protocol_id
