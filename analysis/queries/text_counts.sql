-- How many texts and characters of each source of one snapshot were published after a day (all where it is NULL)?
SELECT
    documents.source,
    count(*) AS document_count,
    CAST(sum(documents.char_count) AS BIGINT) AS char_count
FROM snapshot_documents
JOIN documents
    ON documents.document_id = snapshot_documents.document_id
    AND documents.text_sha256 = snapshot_documents.text_sha256
WHERE snapshot_documents.snapshot_id = $snapshot_id
    AND ($after_on IS NULL OR CAST(documents.published_at AS DATE) > $after_on)
GROUP BY documents.source
ORDER BY documents.source
