-- Which texts of these files has nothing rejected yet? If asked, also those rejected as duplicates of one that is alive.
SELECT alive.document_id, alive.source, documents.published_at, documents.text, false AS is_duplicate
FROM read_parquet($documents) AS documents
JOIN candidates AS alive USING (document_id)
ANTI JOIN verdicts USING (document_id)
UNION ALL
SELECT alive.document_id, alive.source, NULL, documents.text, true
FROM read_parquet($documents) AS documents
JOIN verdicts AS duplicates USING (document_id)
JOIN candidates AS alive ON alive.document_id = duplicates.related_document_id
ANTI JOIN verdicts ON verdicts.document_id = alive.document_id
WHERE $with_duplicates AND duplicates.reason IN ('exact_duplicate', 'near_duplicate')
