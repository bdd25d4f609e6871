-- Which documents stand behind these ranks?
SELECT evidence_rank, document_id, source
FROM candidates
WHERE evidence_rank IN (SELECT unnest($ranks::BIGINT[]))
UNION ALL
SELECT evidence_rank, document_id, NULL
FROM history
WHERE evidence_rank IN (SELECT unnest($ranks::BIGINT[]))
