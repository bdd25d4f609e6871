-- Every member of a snapshot has its text in documents, or was forgotten.
SELECT snapshot_id, document_id, text_sha256
FROM snapshot_documents
ANTI JOIN documents USING (document_id, text_sha256)
ANTI JOIN tombstones USING (document_id, text_sha256)
