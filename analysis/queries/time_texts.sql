-- Which texts does each snapshot hold: of which source, origin, month and length? (Keys tell texts apart, here and in a snapshot.)
SELECT
    hash(snapshot_documents.snapshot_id, documents.document_id, documents.text_sha256) AS member_key,
    hash(documents.document_id, documents.text_sha256) AS text_key,
    snapshot_documents.snapshot_id,
    documents.source,
    CAST(dense_rank() OVER (ORDER BY documents.source, documents.cluster_key) - 1 AS BIGINT) AS cluster,
    -- Months and days since 1970-01-01; -1 where the day of publication is unknown.
    coalesce(date_diff('month', DATE '1970-01-01', CAST(documents.published_at AS DATE)), -1) AS month,
    coalesce(date_diff('day', DATE '1970-01-01', CAST(documents.published_at AS DATE)), -1) AS day,
    CAST(documents.char_count AS DOUBLE) AS char_count
FROM snapshot_documents
JOIN documents
    ON documents.document_id = snapshot_documents.document_id
    AND documents.text_sha256 = snapshot_documents.text_sha256
ORDER BY snapshot_documents.snapshot_id, documents.document_id, documents.text_sha256
