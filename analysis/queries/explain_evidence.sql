-- Which witnesses date this text, and which of them may admit it as new?
SELECT witness, dated_at, may_admit
FROM freshness_evidence
WHERE document_id = $document_id
ORDER BY may_admit DESC, dated_at, witness
