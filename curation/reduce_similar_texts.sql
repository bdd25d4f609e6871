-- What was dropped for being nearly the same, and the text it was dropped for.
SELECT candidates.document_id, coalesce(kept.document_id, history.document_id), text.text, kept_text.text
FROM near_duplicates AS chosen
JOIN candidates ON candidates.evidence_rank = chosen.key
LEFT JOIN candidates AS kept ON kept.evidence_rank = chosen.kept_key
LEFT JOIN history ON history.evidence_rank = chosen.kept_key
JOIN pair_texts AS text ON text.evidence_rank = chosen.key
JOIN pair_texts AS kept_text ON kept_text.evidence_rank = chosen.kept_key
