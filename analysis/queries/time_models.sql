-- Which models are scored on any snapshot by a protocol (and which codecs stand beside), and what is declared of them?
WITH floor AS (
    -- Codecs are compared over time, so one version of their protocol holds for all snapshots: the latest.
    SELECT arg_max(protocols.protocol_id, protocols.score_version) AS protocol_id
    FROM protocols
    JOIN scoring_runs ON scoring_runs.protocol_id = protocols.protocol_id
    WHERE protocols.name = 'codec'
        AND $protocol_id NOT IN (SELECT protocols.protocol_id FROM protocols WHERE protocols.encoding = 'utf8')
)

SELECT DISTINCT
    model_freshness.model_id,
    model_freshness.family,
    model_freshness.kind,
    scoring_runs.protocol_id,
    coalesce(last_day(model_freshness.knowledge_cutoff_on), model_freshness.released_on) AS declared_on,
    model_freshness.rests_on,
    model_freshness.fresh_from_on
FROM scoring_runs
JOIN model_freshness ON model_freshness.model_id = scoring_runs.model_id
JOIN snapshots ON snapshots.snapshot_id = scoring_runs.snapshot_id
WHERE scoring_runs.protocol_id = $protocol_id OR scoring_runs.protocol_id IN (SELECT floor.protocol_id FROM floor)
ORDER BY model_freshness.model_id
