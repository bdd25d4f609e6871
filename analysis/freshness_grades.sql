-- How sure is the date of the kept texts? (A authoritative, B metadata and a second witness, C metadata alone, D fetch date.)
SELECT
    snapshot_documents.snapshot_id,
    documents.source,
    documents.freshness_grade,
    count(*) AS document_count,
    CAST(sum(documents.char_count) AS BIGINT) AS char_count
FROM snapshot_documents
JOIN documents
    ON documents.document_id = snapshot_documents.document_id
    AND documents.text_sha256 = snapshot_documents.text_sha256
GROUP BY snapshot_documents.snapshot_id, documents.source, documents.freshness_grade
