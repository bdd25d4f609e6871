-- From which day on is a text new to each model, or why is none ever?
SELECT
    model_id,
    family,
    kind,
    is_active,
    released_on,
    knowledge_cutoff_on,
    kind = 'codec' AS is_always_fresh,
    -- Declared cutoffs are months, so a cutoff counts from the last day of its month.
    CASE
        WHEN kind <> 'codec' THEN coalesce(last_day(knowledge_cutoff_on), released_on)
            + (SELECT CAST(value AS INTEGER) FROM settings WHERE name = 'cutoff_margin_days')
    END AS fresh_from_on,
    CASE
        WHEN kind = 'codec' THEN 'codec'
        WHEN knowledge_cutoff_on IS NOT NULL THEN 'knowledge_cutoff_on'
        WHEN released_on IS NOT NULL THEN 'released_on'
    END AS rests_on,
    CASE
        WHEN kind <> 'codec' AND knowledge_cutoff_on IS NULL AND released_on IS NULL
            THEN 'knowledge cutoff and release date are unknown'
    END AS why_never
FROM models
