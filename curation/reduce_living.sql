-- Which texts of these files has nothing rejected yet?
SELECT documents.document_id, documents.source, documents.text
FROM read_parquet($documents) AS documents
SEMI JOIN candidates USING (document_id)
ANTI JOIN verdicts USING (document_id)
