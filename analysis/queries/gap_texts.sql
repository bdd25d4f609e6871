-- What do two models need for each text that both are compared on, and what kind of text is it?
WITH held AS (
    SELECT scores.model_id, scores.document_id, scores.text_sha256, scores.total_bits
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
)

SELECT
    documents.document_id,
    documents.source,
    documents.kind,
    documents.language,
    documents.url,
    documents.licence,
    documents.freshness_grade,
    documents.cluster_key,
    documents.char_count,
    one.total_bits AS first_bits,
    other.total_bits AS second_bits
FROM held AS one
JOIN held AS other ON other.document_id = one.document_id AND other.text_sha256 = one.text_sha256
JOIN documents ON documents.document_id = one.document_id AND documents.text_sha256 = one.text_sha256
WHERE one.model_id = $first
    AND other.model_id = $second
    AND list_contains($sources, documents.source)
    AND ($after_on IS NULL OR CAST(documents.published_at AS DATE) > $after_on)
ORDER BY documents.document_id
