-- Which sums does every model and codec have on those texts of one snapshot that all of some models are scored on?
WITH held AS (
    SELECT scores.model_id, scores.document_id, scores.text_sha256, scores.total_bits, scores.char_count, scores.byte_count
    FROM scores
    LEFT JOIN codec_protocols
        ON codec_protocols.snapshot_id = scores.snapshot_id AND codec_protocols.protocol_id = scores.protocol_id
    WHERE scores.snapshot_id = $snapshot_id
        -- The floor row of a codec stands beside models; a protocol for codecs alone stands alone.
        AND (
            scores.protocol_id = $protocol_id
            OR (
                codec_protocols.protocol_id IS NOT NULL
                AND $protocol_id NOT IN (SELECT protocols.protocol_id FROM protocols WHERE protocols.encoding = 'utf8')
            )
        )
        AND list_contains($model_ids, scores.model_id)
),

common AS (
    SELECT document_id, text_sha256
    FROM held
    GROUP BY document_id, text_sha256
    HAVING count(DISTINCT model_id) = len($model_ids)
)

SELECT
    held.model_id,
    documents.source,
    count(*) AS document_count,
    sum(held.total_bits) AS total_bits,
    CAST(sum(held.char_count) AS BIGINT) AS char_count,
    CAST(sum(held.byte_count) AS BIGINT) AS byte_count
FROM held
SEMI JOIN common ON common.document_id = held.document_id AND common.text_sha256 = held.text_sha256
JOIN documents ON documents.document_id = held.document_id AND documents.text_sha256 = held.text_sha256
WHERE $after_on IS NULL OR CAST(documents.published_at AS DATE) > $after_on
GROUP BY held.model_id, documents.source
ORDER BY held.model_id, documents.source
