-- Which windows of each source are covered, and which are holes or not sealed yet, why, and how many days after their end?
SELECT
    source,
    state,
    window_start,
    window_end,
    reason,
    CASE WHEN state <> 'covered' THEN date_diff('day', window_end, current_date) END AS age_days,
    recorded_at
FROM watermarks
ORDER BY source, window_start, window_end
