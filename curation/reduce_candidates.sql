-- The texts still to be judged, numbered in order of evidence: whoever was published first stays.
-- Equal normalised text means equal but for case and white space, as the paper's code filter has it.
CREATE OR REPLACE TEMP TABLE candidates AS
WITH passed AS MATERIALIZED (
    SELECT
        documents.document_id,
        documents.text_sha256,
        documents.source,
        documents.char_count,
        documents.published_at,
        md5_number(regexp_replace(lower(documents.text), '\s+', '', 'g')) AS normalised_text
    FROM read_parquet($documents) AS documents
    SEMI JOIN (SELECT document_id FROM read_parquet($verdicts) WHERE is_kept) AS kept USING (document_id)
)
SELECT
    row_number() OVER (ORDER BY passed.published_at ASC NULLS LAST, passed.document_id) AS evidence_rank,
    passed.document_id,
    passed.text_sha256,
    passed.source,
    passed.char_count,
    passed.normalised_text
FROM passed
