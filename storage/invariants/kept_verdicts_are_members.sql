-- A document is a member of a snapshot exactly when its verdict keeps it.
SELECT coalesce(verdicts.snapshot_id, snapshot_documents.snapshot_id) AS snapshot_id,
       coalesce(verdicts.document_id, snapshot_documents.document_id) AS document_id
FROM (SELECT snapshot_id, document_id FROM verdicts WHERE is_kept) AS verdicts
FULL JOIN snapshot_documents USING (snapshot_id, document_id)
WHERE verdicts.document_id IS NULL OR snapshot_documents.document_id IS NULL
