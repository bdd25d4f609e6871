-- What do people call each model? The shortest of its names.
SELECT model_id, first(alias ORDER BY length(alias), alias) AS model
FROM model_aliases
GROUP BY model_id
ORDER BY model_id
