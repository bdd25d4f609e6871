-- The texts that share a bucket, by rank.
CREATE OR REPLACE TEMP TABLE pair_texts AS
WITH wanted AS (SELECT DISTINCT evidence_rank FROM bands)
SELECT candidates.evidence_rank, documents.text
FROM wanted
JOIN candidates USING (evidence_rank)
JOIN read_parquet($documents) AS documents USING (document_id)
UNION ALL
SELECT history.evidence_rank, documents.text
FROM wanted
JOIN history USING (evidence_rank)
JOIN lake.documents AS documents USING (document_id, text_sha256)
