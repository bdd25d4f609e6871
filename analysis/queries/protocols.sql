-- By which protocols does this lake hold scores, of how many models and snapshots, and what does each prescribe?
SELECT
    protocols.protocol_id,
    protocols.name,
    protocols.window_tokens,
    protocols.stride_tokens,
    protocols.packing,
    protocols.encoding,
    protocols.start_token,
    protocols.first_token,
    protocols.score_version,
    count(DISTINCT scoring_runs.model_id) AS model_count,
    count(DISTINCT scoring_runs.snapshot_id) AS snapshot_count
FROM protocols
LEFT JOIN scoring_runs ON scoring_runs.protocol_id = protocols.protocol_id
GROUP BY ALL
ORDER BY protocols.name, protocols.protocol_id
