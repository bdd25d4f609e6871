-- A snapshot counts its documents and characters rightly.
SELECT snapshots.snapshot_id, snapshots.document_count, count(documents.document_id) AS members
FROM snapshots
LEFT JOIN snapshot_documents USING (snapshot_id)
LEFT JOIN documents USING (document_id, text_sha256)
GROUP BY snapshots.snapshot_id, snapshots.document_count, snapshots.char_count
HAVING snapshots.document_count <> count(documents.document_id)
    OR snapshots.char_count <> coalesce(sum(documents.char_count), 0)
