-- When was this text forgotten, and for which reason?
SELECT forgotten_at, source, char_count, reason
FROM tombstones
WHERE document_id = $document_id
ORDER BY text_sha256
