-- How many texts, characters and bytes does each snapshot hold of each source, from how many origins, from when to when?
SELECT
    snapshot_documents.snapshot_id,
    documents.source,
    count(*) AS document_count,
    CAST(sum(documents.char_count) AS BIGINT) AS char_count,
    CAST(sum(documents.byte_count) AS BIGINT) AS byte_count,
    count(DISTINCT documents.cluster_key) AS cluster_count,
    min(documents.published_at) AS earliest_published_at,
    max(documents.published_at) AS latest_published_at
FROM snapshot_documents
JOIN documents
    ON documents.document_id = snapshot_documents.document_id
    AND documents.text_sha256 = snapshot_documents.text_sha256
GROUP BY snapshot_documents.snapshot_id, documents.source
