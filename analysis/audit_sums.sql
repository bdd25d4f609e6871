-- How many scored texts were coded by an entropy coder and decoded again, and of how many did all bytes and bits agree?
-- Sound: the text came back and its code is within 0.1 % + 64 bits of its score (scoring/audit.py says the same).
WITH names AS (
    SELECT model_id, first(alias ORDER BY length(alias), alias) AS model
    FROM model_aliases
    GROUP BY model_id
)

SELECT
    scoring_runs.snapshot_id,
    scoring_runs.protocol_id,
    coalesce(first(names.model), scoring_runs.model_id) AS model,
    count(*) AS audited_count,
    count(*) FILTER (
        audits.is_restored AND abs(audits.coded_bits - audits.scored_bits) <= 0.001 * audits.scored_bits + 64
    ) AS sound_count,
    CAST(sum(audits.token_count) AS BIGINT) AS token_count,
    CAST(sum(audits.byte_count) AS BIGINT) AS byte_count,
    sum(audits.scored_bits) AS scored_bits,
    CAST(sum(audits.coded_bits) AS BIGINT) AS coded_bits,
    max(audits.audited_at) AS last_audited_at,
    scoring_runs.model_id
FROM audits
JOIN scoring_runs ON scoring_runs.scoring_run_id = audits.scoring_run_id
LEFT JOIN names ON names.model_id = scoring_runs.model_id
GROUP BY scoring_runs.snapshot_id, scoring_runs.model_id, scoring_runs.protocol_id
