-- Which texts does one snapshot hold, for example? The first three ids of each source; ids are hashes, so it is a draw.
SELECT
    documents.source,
    documents.title,
    documents.url,
    documents.published_at,
    documents.freshness_grade,
    documents.char_count,
    documents.licence,
    documents.document_id
FROM snapshot_documents
JOIN documents
    ON documents.document_id = snapshot_documents.document_id
    AND documents.text_sha256 = snapshot_documents.text_sha256
WHERE snapshot_documents.snapshot_id = $snapshot_id
QUALIFY row_number() OVER (PARTITION BY documents.source ORDER BY documents.document_id) <= 3
ORDER BY documents.source, documents.document_id
