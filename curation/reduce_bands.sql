-- The signatures of living candidates and of history, cut into bands; a band is known by the hash of its rows.
CREATE OR REPLACE TEMP TABLE bands AS
SELECT
    signed.evidence_rank,
    band.number AS band,
    hash(signed.hash_values[band.number * $band_rows + 1 : (band.number + 1) * $band_rows]) AS band_hash
FROM (
    SELECT alive.evidence_rank, signatures.hash_values
    FROM read_parquet($signatures) AS signatures
    JOIN candidates AS alive USING (document_id)
    ANTI JOIN verdicts USING (document_id)
    UNION ALL
    SELECT history.evidence_rank, signatures.hash_values
    FROM lake.signatures AS signatures
    JOIN history USING (document_id, text_sha256)
    WHERE signatures.scheme = $scheme
) AS signed
CROSS JOIN range($bands) AS band(number)
