-- Every score names a known member of a snapshot or reference set, model, protocol and scoring run.
SELECT scores.snapshot_id, scores.document_id, scores.model_id, scores.protocol_id, scores.scoring_run_id
FROM scores
LEFT JOIN models ON models.model_id = scores.model_id
LEFT JOIN protocols ON protocols.protocol_id = scores.protocol_id
LEFT JOIN scoring_runs ON scoring_runs.scoring_run_id = scores.scoring_run_id
LEFT JOIN snapshot_documents AS members
    ON members.snapshot_id = scores.snapshot_id AND members.document_id = scores.document_id
    AND members.text_sha256 = scores.text_sha256
LEFT JOIN reference_items AS items
    ON 'reference:' || items.name = scores.snapshot_id AND items.item = scores.document_id
    AND sha256(items.text) = scores.text_sha256
WHERE models.model_id IS NULL OR protocols.protocol_id IS NULL OR scoring_runs.scoring_run_id IS NULL
    OR (members.document_id IS NULL AND items.item IS NULL)
