-- The signatures of living candidates and of history, cut into bands; a bucket is a band and the hash of its rows.
-- The rows are spelled out up to sixteen: taking a slice of the list for every band takes ten times as long.
CREATE OR REPLACE TEMP TABLE bands AS
SELECT
    signed.evidence_rank,
    hash(
        band.first_place,
        signed.hash_values[band.first_place + 1],
        if($band_rows >= 2, signed.hash_values[band.first_place + 2], NULL),
        if($band_rows >= 3, signed.hash_values[band.first_place + 3], NULL),
        if($band_rows >= 4, signed.hash_values[band.first_place + 4], NULL),
        if($band_rows >= 5, signed.hash_values[band.first_place + 5], NULL),
        if($band_rows >= 6, signed.hash_values[band.first_place + 6], NULL),
        if($band_rows >= 7, signed.hash_values[band.first_place + 7], NULL),
        if($band_rows >= 8, signed.hash_values[band.first_place + 8], NULL),
        if($band_rows >= 9, signed.hash_values[band.first_place + 9], NULL),
        if($band_rows >= 10, signed.hash_values[band.first_place + 10], NULL),
        if($band_rows >= 11, signed.hash_values[band.first_place + 11], NULL),
        if($band_rows >= 12, signed.hash_values[band.first_place + 12], NULL),
        if($band_rows >= 13, signed.hash_values[band.first_place + 13], NULL),
        if($band_rows >= 14, signed.hash_values[band.first_place + 14], NULL),
        if($band_rows >= 15, signed.hash_values[band.first_place + 15], NULL),
        if($band_rows >= 16, signed.hash_values[band.first_place + 16], NULL)
    ) AS bucket
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
CROSS JOIN range(0, $bands * $band_rows, $band_rows) AS band(first_place)
