-- Which windows of each source are covered, and which are declared holes, and why?
SELECT source, state, window_start, window_end, reason, recorded_at
FROM watermarks
ORDER BY source, window_start, window_end
