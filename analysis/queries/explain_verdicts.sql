-- What became of this text in each snapshot, by which measure and limit, and because of which other text?
SELECT
    verdicts.snapshot_id,
    verdicts.is_kept,
    verdicts.step,
    verdicts.reason,
    verdicts.measured_value,
    verdicts.limit_value,
    verdicts.related_document_id AS related,
    (SELECT min(documents.url) FROM documents WHERE documents.document_id = verdicts.related_document_id) AS related_url
FROM verdicts
WHERE verdicts.document_id = $document_id
ORDER BY verdicts.snapshot_id
