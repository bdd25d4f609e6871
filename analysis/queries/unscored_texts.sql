-- How many texts and characters of one snapshot or reference set has one model yet to be scored on by one protocol?
WITH texts AS (
    SELECT documents.document_id, documents.text_sha256, documents.char_count
    FROM snapshot_documents
    JOIN documents
        ON documents.document_id = snapshot_documents.document_id
        AND documents.text_sha256 = snapshot_documents.text_sha256
    WHERE snapshot_documents.snapshot_id = $snapshot_id
    UNION ALL
    SELECT item, sha256(text), length(text)
    FROM reference_items
    WHERE 'reference:' || name = $snapshot_id
)

SELECT count(*) AS document_count, CAST(coalesce(sum(texts.char_count), 0) AS BIGINT) AS char_count
FROM texts
ANTI JOIN scores
    ON scores.snapshot_id = $snapshot_id
    AND scores.document_id = texts.document_id
    AND scores.text_sha256 = texts.text_sha256
    AND scores.model_id = $model_id
    AND scores.protocol_id = $protocol_id
