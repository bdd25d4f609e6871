-- Nothing is left of what was forgotten: no text, no signature, no score.
SELECT 'documents' AS table_name, document_id FROM documents SEMI JOIN tombstones USING (document_id)
UNION ALL
SELECT 'signatures', document_id FROM signatures SEMI JOIN tombstones USING (document_id)
UNION ALL
SELECT 'freshness_evidence', document_id FROM freshness_evidence SEMI JOIN tombstones USING (document_id)
UNION ALL
SELECT 'shared_spans', document_id FROM shared_spans SEMI JOIN tombstones USING (document_id)
UNION ALL
SELECT 'scores', document_id FROM scores SEMI JOIN tombstones USING (document_id)
UNION ALL
SELECT 'token_bits', document_id FROM token_bits SEMI JOIN tombstones USING (document_id)
UNION ALL
SELECT 'audits', document_id FROM audits SEMI JOIN tombstones USING (document_id)
