-- Reject what was chosen, each for the text that stays, with their exact similarity.
INSERT INTO verdicts
SELECT
    $snapshot_id, candidates.document_id, candidates.source, false, 'near_duplicate',
    if(chosen.kept_key < 0, 'history_near_duplicate', 'near_duplicate'),
    chosen.measured_value, $limit_value, coalesce(kept.document_id, history.document_id)
FROM near_duplicates AS chosen
JOIN candidates ON candidates.evidence_rank = chosen.key
LEFT JOIN candidates AS kept ON kept.evidence_rank = chosen.kept_key
LEFT JOIN history ON history.evidence_rank = chosen.kept_key
