-- Which kept texts are copied to plant something in them? The first of each source in seeded order, long ones left out.
SELECT
    documents.document_id, documents.text_sha256, documents.source, documents.kind, documents.language, documents.title,
    documents.text, documents.char_count, documents.byte_count, documents.extractor, documents.extractor_version,
    documents.url, documents.revision, documents.unit, documents.position, documents.fetched_at,
    documents.crawl_run_id, documents.licence, documents.locator, documents.cluster_key, documents.published_at,
    documents.freshness_grade, documents.masked_count
FROM read_parquet($documents) AS documents
SEMI JOIN (
    SELECT candidates.document_id
    FROM candidates
    ANTI JOIN verdicts USING (document_id)
    WHERE candidates.char_count <= $longest_chars
    QUALIFY row_number() OVER (
        PARTITION BY candidates.source ORDER BY md5($seed || ' ' || candidates.document_id), candidates.document_id
    ) <= $texts
) AS drawn USING (document_id)
ORDER BY documents.source, md5($seed || ' ' || documents.document_id), documents.document_id
