-- Which other texts were dropped because of this one?
SELECT
    verdicts.snapshot_id,
    verdicts.reason,
    verdicts.measured_value,
    verdicts.document_id,
    (SELECT min(documents.url) FROM documents WHERE documents.document_id = verdicts.document_id) AS url
FROM verdicts
WHERE verdicts.related_document_id = $document_id
ORDER BY verdicts.snapshot_id, verdicts.document_id
