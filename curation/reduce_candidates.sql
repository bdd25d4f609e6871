-- The texts still to be judged, numbered in order of evidence: whoever was published first stays.
-- Equal normalised text means equal but for case and white space, as the paper's code filter has it.
CREATE OR REPLACE TEMP TABLE candidates AS
SELECT
    row_number() OVER (ORDER BY documents.published_at ASC NULLS LAST, documents.document_id) AS evidence_rank,
    documents.document_id,
    documents.text_sha256,
    documents.source,
    documents.char_count,
    md5_number(regexp_replace(lower(documents.text), '\s+', '', 'g')) AS normalised_text
FROM read_parquet($documents) AS documents
SEMI JOIN (SELECT document_id FROM read_parquet($verdicts) WHERE is_kept) AS passed USING (document_id)
