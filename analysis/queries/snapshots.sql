-- Which snapshots are sealed, over which window, how large was each, and how many of its texts were forgotten since?
SELECT
    snapshot_id,
    window_start,
    window_end,
    sources,
    document_count,
    char_count,
    (
        SELECT count(*)
        FROM snapshot_documents AS members
        JOIN tombstones ON tombstones.document_id = members.document_id AND tombstones.text_sha256 = members.text_sha256
        WHERE members.snapshot_id = snapshots.snapshot_id
    ) AS forgotten_count,
    is_complete,
    sealed_at,
    fingerprint
FROM snapshots
ORDER BY window_end, sealed_at, snapshot_id
