-- How many texts and characters of each length could be drawn in each source, and how many were?
SELECT
    $snapshot_id AS snapshot_id,
    pool.source,
    pool.stratum,
    count(*) AS document_count,
    sum(pool.char_count)::BIGINT AS char_count,
    count(*) FILTER (pool.is_drawn) AS drawn_document_count,
    coalesce(sum(pool.char_count) FILTER (pool.is_drawn), 0)::BIGINT AS drawn_char_count
FROM (
    SELECT
        candidates.source,
        candidates.char_count,
        verdicts.reason IS NULL AS is_drawn,
        CASE
            WHEN candidates.char_count < 1000 THEN 'under 1k chars'
            WHEN candidates.char_count < 4000 THEN '1k to 4k chars'
            WHEN candidates.char_count < 16000 THEN '4k to 16k chars'
            WHEN candidates.char_count < 64000 THEN '16k to 64k chars'
            ELSE 'over 64k chars'
        END AS stratum
    FROM candidates
    LEFT JOIN verdicts USING (document_id)
    WHERE verdicts.reason IS NULL OR verdicts.reason = 'over_budget'
) AS pool
GROUP BY pool.source, pool.stratum
ORDER BY pool.source, min(pool.char_count)
