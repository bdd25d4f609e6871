-- Which active models and codecs lack scores of which of the latest snapshots by one protocol?
WITH latest AS (
    SELECT snapshot_id, window_end
    FROM snapshots
    ORDER BY window_end DESC, sealed_at DESC
    LIMIT $snapshot_count
),

texts AS (
    SELECT snapshot_documents.snapshot_id, latest.window_end, count(*) AS document_count
    FROM snapshot_documents
    JOIN latest ON latest.snapshot_id = snapshot_documents.snapshot_id
    -- What was forgotten is a member still, but nobody can score it.
    ANTI JOIN tombstones USING (document_id, text_sha256)
    GROUP BY snapshot_documents.snapshot_id, latest.window_end
),

scored AS (
    SELECT scores.snapshot_id, scores.model_id, count(*) AS document_count
    FROM scores
    JOIN models ON models.model_id = scores.model_id
    SEMI JOIN latest ON latest.snapshot_id = scores.snapshot_id
    WHERE scores.protocol_id = CASE WHEN models.kind = 'codec' THEN $codec_protocol_id ELSE $protocol_id END
    GROUP BY scores.snapshot_id, scores.model_id
)

SELECT texts.snapshot_id, models.model_id, texts.document_count - coalesce(scored.document_count, 0) AS document_count
FROM texts
CROSS JOIN models
LEFT JOIN scored ON scored.snapshot_id = texts.snapshot_id AND scored.model_id = models.model_id
WHERE models.is_active AND coalesce(scored.document_count, 0) < texts.document_count
ORDER BY texts.window_end DESC, texts.snapshot_id, models.model_id
