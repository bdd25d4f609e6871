-- How much of each source of each snapshot is new to each model?
WITH days AS (
    SELECT
        snapshot_documents.snapshot_id,
        documents.source,
        CAST(documents.published_at AS DATE) AS published_on,
        count(*) AS document_count,
        sum(documents.char_count) AS char_count
    FROM snapshot_documents
    JOIN documents
        ON documents.document_id = snapshot_documents.document_id
        AND documents.text_sha256 = snapshot_documents.text_sha256
    GROUP BY snapshot_documents.snapshot_id, documents.source, CAST(documents.published_at AS DATE)
),

counts AS (
    SELECT
        days.snapshot_id,
        days.source,
        model_freshness.model_id,
        model_freshness.kind,
        model_freshness.is_active,
        model_freshness.fresh_from_on,
        model_freshness.why_never,
        CAST(sum(days.document_count) AS BIGINT) AS document_count,
        CAST(sum(days.char_count) AS BIGINT) AS char_count,
        CAST(coalesce(sum(days.document_count) FILTER (
            WHERE model_freshness.is_always_fresh OR days.published_on > model_freshness.fresh_from_on
        ), 0) AS BIGINT) AS fresh_document_count,
        CAST(coalesce(sum(days.char_count) FILTER (
            WHERE model_freshness.is_always_fresh OR days.published_on > model_freshness.fresh_from_on
        ), 0) AS BIGINT) AS fresh_char_count
    FROM days
    CROSS JOIN model_freshness
    GROUP BY
        days.snapshot_id, days.source, model_freshness.model_id, model_freshness.kind, model_freshness.is_active,
        model_freshness.fresh_from_on, model_freshness.why_never
)

SELECT
    snapshot_id,
    source,
    model_id,
    kind,
    is_active,
    fresh_from_on,
    why_never,
    document_count,
    fresh_document_count,
    char_count,
    fresh_char_count,
    fresh_char_count / nullif(char_count, 0) AS fresh_char_share
FROM counts
