-- Every text that an earlier window extracted, kept or not, numbered backwards from -1 in order of evidence.
CREATE OR REPLACE TEMP TABLE history AS
WITH extracted AS MATERIALIZED (
    SELECT
        documents.document_id,
        documents.text_sha256,
        documents.published_at,
        md5_number(regexp_replace(lower(documents.text), '\s+', '', 'g')) AS normalised_text
    FROM lake.documents AS documents
    WHERE documents.document_id IN (
        SELECT verdicts.document_id
        FROM lake.verdicts AS verdicts
        JOIN lake.snapshots AS snapshots USING (snapshot_id)
        WHERE snapshots.window_start < $window_start
    )
)
SELECT
    -row_number() OVER (ORDER BY extracted.published_at ASC NULLS LAST, extracted.document_id, extracted.text_sha256)
        AS evidence_rank,
    extracted.document_id,
    extracted.text_sha256,
    extracted.normalised_text
FROM extracted
