-- Which judged documents are meant by an id or a URL? A paper's address without its version means every version.
SELECT document_id
FROM verdicts
WHERE document_id = $target
UNION
SELECT document_id
FROM documents
WHERE document_id = $target
    OR rtrim(url, '/') = rtrim($target, '/')
    OR (source = 'arxiv' AND regexp_replace(url, 'v[0-9]+$', '') = $target)
ORDER BY document_id
