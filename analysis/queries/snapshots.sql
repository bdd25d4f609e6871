-- Which snapshots are sealed, over which window, and how large is each?
SELECT
    snapshot_id,
    window_start,
    window_end,
    sources,
    document_count,
    char_count,
    is_complete,
    sealed_at,
    fingerprint
FROM snapshots
ORDER BY window_end, sealed_at, snapshot_id
