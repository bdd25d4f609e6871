-- A snapshot counts its documents and characters rightly, what was forgotten since among them.
SELECT snapshots.snapshot_id, snapshots.document_count, count(texts.document_id) AS members
FROM snapshots
LEFT JOIN snapshot_documents USING (snapshot_id)
LEFT JOIN (
    SELECT document_id, text_sha256, char_count FROM documents
    UNION
    SELECT document_id, text_sha256, char_count FROM tombstones
) AS texts USING (document_id, text_sha256)
GROUP BY snapshots.snapshot_id, snapshots.document_count, snapshots.char_count
HAVING snapshots.document_count <> count(texts.document_id)
    OR snapshots.char_count <> coalesce(sum(texts.char_count), 0)
