-- What share of the texts planted into each curation was rejected, and was a rejection right? With 95 % intervals (Wilson).
WITH counted AS (
    SELECT
        snapshot_id,
        source,
        step,
        coalesce(sum(text_count) FILTER (is_positive), 0)::BIGINT AS planted_count,
        coalesce(sum(rejected_count) FILTER (is_positive), 0)::BIGINT AS found_count,
        coalesce(sum(text_count) FILTER (NOT is_positive), 0)::BIGINT AS clean_count,
        coalesce(sum(rejected_count) FILTER (NOT is_positive), 0)::BIGINT AS claimed_count
    FROM curation_checks
    GROUP BY snapshot_id, source, step
),

-- Of each share its counts: k of n. A share of none is unknown.
shares AS (
    SELECT
        *,
        nullif(planted_count, 0) AS recall_n,
        nullif(found_count + claimed_count, 0) AS precision_n,
        1.959964 AS z,
        z * sqrt(found_count * (recall_n - found_count) / recall_n + z * z / 4) AS recall_half,
        z * sqrt(found_count * claimed_count / precision_n + z * z / 4) AS precision_half
    FROM counted
)

SELECT
    snapshot_id,
    source,
    step,
    planted_count,
    found_count,
    round(found_count / recall_n, 4) AS recall,
    round((found_count + z * z / 2 - recall_half) / (recall_n + z * z), 4) AS recall_low,
    round((found_count + z * z / 2 + recall_half) / (recall_n + z * z), 4) AS recall_high,
    clean_count,
    claimed_count,
    round(found_count / precision_n, 4) AS precision,
    round((found_count + z * z / 2 - precision_half) / (precision_n + z * z), 4) AS precision_low,
    round((found_count + z * z / 2 + precision_half) / (precision_n + z * z), 4) AS precision_high
FROM shares
