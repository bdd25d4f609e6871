-- Which models has a stop rule left with a random sample of the texts of one snapshot?
SELECT DISTINCT scoring_runs.model_id
FROM scoring_runs
LEFT JOIN codec_protocols
    ON codec_protocols.snapshot_id = scoring_runs.snapshot_id
    AND codec_protocols.protocol_id = scoring_runs.protocol_id
WHERE scoring_runs.snapshot_id = $snapshot_id
    AND (scoring_runs.protocol_id = $protocol_id OR codec_protocols.protocol_id IS NOT NULL)
    AND scoring_runs.until_se IS NOT NULL
ORDER BY scoring_runs.model_id
