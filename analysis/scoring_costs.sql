-- What did each scoring run take, and what had the run before it predicted? (By characters, for one model, protocol, device and dtype.)
WITH texts AS (
    SELECT scoring_run_id, count(*) AS document_count, CAST(sum(char_count) AS BIGINT) AS char_count
    FROM scores
    GROUP BY scoring_run_id
),

runs AS (
    SELECT
        scoring_runs.snapshot_id,
        scoring_runs.model_id,
        scoring_runs.protocol_id,
        scoring_runs.device,
        scoring_runs.dtype,
        -- Items of benchmarks are short, and short texts take longer by the character.
        starts_with(scoring_runs.snapshot_id, 'reference:') AS is_reference,
        texts.document_count,
        texts.char_count,
        scoring_runs.token_count,
        scoring_runs.seconds,
        scoring_runs.peak_memory_bytes,
        scoring_runs.until_se,
        scoring_runs.started_at,
        scoring_runs.scoring_run_id
    FROM scoring_runs
    JOIN texts ON texts.scoring_run_id = scoring_runs.scoring_run_id
    WHERE texts.char_count > 0
),

with_earlier AS (
    SELECT
        runs.*,
        lag(runs.seconds / runs.char_count) OVER earlier AS seconds_per_character,
        lag(runs.peak_memory_bytes) OVER earlier AS predicted_peak_memory_bytes,
        lag(runs.snapshot_id) OVER earlier AS predicted_from
    FROM runs
    WINDOW earlier AS (
        PARTITION BY runs.model_id, runs.protocol_id, runs.device, runs.dtype, runs.is_reference
        ORDER BY runs.started_at, runs.scoring_run_id
    )
)

SELECT
    with_earlier.snapshot_id,
    with_earlier.model_id,
    with_earlier.protocol_id,
    with_earlier.device,
    with_earlier.dtype,
    with_earlier.is_reference,
    with_earlier.document_count,
    with_earlier.char_count,
    with_earlier.token_count,
    with_earlier.seconds,
    with_earlier.char_count * with_earlier.seconds_per_character AS predicted_seconds,
    with_earlier.token_count / nullif(with_earlier.seconds, 0) AS tokens_per_second,
    with_earlier.peak_memory_bytes,
    with_earlier.predicted_peak_memory_bytes,
    with_earlier.predicted_from,
    with_earlier.until_se,
    with_earlier.started_at,
    with_earlier.scoring_run_id
FROM with_earlier
