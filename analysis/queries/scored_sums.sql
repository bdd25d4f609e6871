-- The sums of every model and codec on the texts of one snapshot published after a day (all texts where it is NULL).
SELECT
    scores.model_id,
    documents.source,
    count(*) AS document_count,
    sum(scores.total_bits) AS total_bits,
    CAST(sum(scores.char_count) AS BIGINT) AS char_count,
    CAST(sum(scores.byte_count) AS BIGINT) AS byte_count
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
    AND ($after_on IS NULL OR CAST(documents.published_at AS DATE) > $after_on)
GROUP BY scores.model_id, documents.source
ORDER BY scores.model_id, documents.source
