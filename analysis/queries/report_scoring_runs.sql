-- On which machine, in which precision and with which libraries was each model scored on one snapshot?
WITH names AS (
    SELECT model_id, first(alias ORDER BY length(alias), alias) AS model
    FROM model_aliases
    GROUP BY model_id
),

counts AS (
    SELECT scores.scoring_run_id, count(*) AS document_count
    FROM scores
    WHERE scores.snapshot_id = $snapshot_id
    GROUP BY scores.scoring_run_id
)

SELECT
    coalesce(names.model, scoring_runs.model_id) AS model,
    models.kind,
    scoring_runs.device,
    scoring_runs.dtype,
    scoring_runs.attention,
    scoring_runs.float32_difference,
    scoring_runs.rechecked_window_count,
    scoring_runs.library_versions,
    -- How much a stop rule needed; NULL where every text was to be scored.
    scoring_runs.until_se,
    counts.document_count,
    scoring_runs.token_count,
    scoring_runs.token_count / nullif(scoring_runs.seconds, 0) AS tokens_per_second,
    scoring_runs.seconds,
    scoring_runs.peak_memory_bytes,
    scoring_runs.started_at,
    scoring_runs.scoring_run_id,
    scoring_runs.model_id
FROM scoring_runs
LEFT JOIN codec_protocols
    ON codec_protocols.snapshot_id = scoring_runs.snapshot_id
    AND codec_protocols.protocol_id = scoring_runs.protocol_id
JOIN models ON models.model_id = scoring_runs.model_id
LEFT JOIN names ON names.model_id = scoring_runs.model_id
LEFT JOIN counts ON counts.scoring_run_id = scoring_runs.scoring_run_id
WHERE scoring_runs.snapshot_id = $snapshot_id
    -- The floor row of a codec stands beside models; a protocol for codecs alone stands alone.
    AND (
        scoring_runs.protocol_id = $protocol_id
        OR (
            codec_protocols.protocol_id IS NOT NULL
            AND $protocol_id NOT IN (SELECT protocols.protocol_id FROM protocols WHERE protocols.encoding = 'utf8')
        )
    )
ORDER BY models.kind = 'codec', model, scoring_runs.started_at, scoring_runs.scoring_run_id
