-- Every member of a snapshot has its text in documents.
SELECT snapshot_id, document_id, text_sha256
FROM snapshot_documents ANTI JOIN documents USING (document_id, text_sha256)
