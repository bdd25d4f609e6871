-- By which protocol do codecs stand beside the models of each snapshot? (The latest it is scored by; two are never summed.)
SELECT scoring_runs.snapshot_id, arg_max(protocols.protocol_id, protocols.score_version) AS protocol_id
FROM scoring_runs
JOIN protocols ON protocols.protocol_id = scoring_runs.protocol_id
WHERE protocols.name = 'codec'
GROUP BY scoring_runs.snapshot_id
