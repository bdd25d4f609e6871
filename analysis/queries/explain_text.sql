-- What is this text, where did it come from, under which licence, and where exactly does it lie?
SELECT
    document_id,
    source,
    kind,
    title,
    url,
    revision,
    published_at,
    freshness_grade,
    fetched_at,
    licence,
    language,
    char_count,
    byte_count,
    extractor,
    extractor_version,
    cluster_key,
    locator,
    crawl_run_id,
    text_sha256
FROM documents
WHERE document_id = $document_id
ORDER BY text_sha256
