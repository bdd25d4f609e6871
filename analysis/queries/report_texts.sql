-- How many texts and characters does one snapshot hold of each source, of how many origins, from when to when?
SELECT
    source,
    document_count,
    char_count,
    byte_count,
    cluster_count,
    earliest_published_at,
    latest_published_at
FROM snapshot_characters
WHERE snapshot_id = $snapshot_id
ORDER BY source
