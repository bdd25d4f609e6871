-- Which candidates does history hold already, but for case and white space? The new text loses.
INSERT INTO verdicts
SELECT
    $snapshot_id, candidates.document_id, candidates.source, false, 'exact_duplicate', 'history_exact_duplicate',
    NULL, NULL, arg_max(history.document_id, history.evidence_rank)
FROM candidates
JOIN history USING (normalised_text)
GROUP BY candidates.document_id, candidates.source
