-- Which models are registered, and from which day on is a text new to each?
WITH names AS (
    SELECT model_id, first(alias ORDER BY length(alias), alias) AS model
    FROM model_aliases
    GROUP BY model_id
)

SELECT
    coalesce(names.model, models.model_id) AS model,
    models.kind,
    models.family,
    models.parameter_count,
    models.context_tokens,
    models.released_on,
    models.knowledge_cutoff_on,
    model_freshness.fresh_from_on,
    coalesce(model_freshness.why_never, model_freshness.rests_on) AS fresh_by,
    models.is_active,
    models.location,
    models.model_id
FROM models
JOIN model_freshness ON model_freshness.model_id = models.model_id
LEFT JOIN names ON names.model_id = models.model_id
ORDER BY models.kind = 'codec', models.family, models.parameter_count, model, models.model_id
