-- What did scoring each snapshot take, run by run, beside what the run before had predicted? By one protocol, and codecs.
WITH names AS (
    SELECT model_id, first(alias ORDER BY length(alias), alias) AS model
    FROM model_aliases
    GROUP BY model_id
)

SELECT
    scoring_costs.snapshot_id,
    coalesce(names.model, scoring_costs.model_id) AS model,
    models.kind,
    scoring_costs.device,
    scoring_costs.dtype,
    scoring_costs.document_count,
    scoring_costs.char_count,
    scoring_costs.token_count,
    scoring_costs.seconds,
    scoring_costs.predicted_seconds,
    scoring_costs.tokens_per_second,
    scoring_costs.peak_memory_bytes,
    scoring_costs.predicted_peak_memory_bytes,
    scoring_costs.predicted_from,
    scoring_costs.model_id
FROM scoring_costs
JOIN models ON models.model_id = scoring_costs.model_id
LEFT JOIN names ON names.model_id = scoring_costs.model_id
WHERE NOT scoring_costs.is_reference AND (scoring_costs.protocol_id = $protocol_id OR models.kind = 'codec')
ORDER BY scoring_costs.snapshot_id, models.kind = 'codec', scoring_costs.seconds DESC, scoring_costs.scoring_run_id
