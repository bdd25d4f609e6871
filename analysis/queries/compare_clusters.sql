-- What does each cluster of each source sum up to under each model, on those texts that a comparison is about?
WITH held AS (
    SELECT
        scores.model_id,
        scores.document_id,
        scores.text_sha256,
        scores.total_bits,
        scores.char_count,
        documents.source,
        documents.cluster_key
    FROM scores
    JOIN documents ON documents.document_id = scores.document_id AND documents.text_sha256 = scores.text_sha256
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
        AND ($after_on IS NULL OR CAST(documents.published_at AS DATE) > $after_on)
),

common AS (
    SELECT document_id, text_sha256
    FROM held
    GROUP BY document_id, text_sha256
    HAVING NOT $is_sampled OR count(*) = len($model_ids)
),

clusters AS (
    SELECT
        held.model_id,
        held.source,
        held.cluster_key,
        count(*) AS document_count,
        sum(held.total_bits) AS total_bits,
        sum(held.char_count) AS char_count
    FROM held
    SEMI JOIN common ON common.document_id = held.document_id AND common.text_sha256 = held.text_sha256
    GROUP BY held.model_id, held.source, held.cluster_key
)

SELECT
    source,
    model_id,
    CAST(sum(document_count) AS BIGINT) AS document_count,
    list(total_bits ORDER BY cluster_key) AS total_bits,
    list(CAST(char_count AS DOUBLE) ORDER BY cluster_key) AS char_counts
FROM clusters
GROUP BY source, model_id
ORDER BY source, model_id
