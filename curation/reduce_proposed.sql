-- The pairs with their texts, to be verified.
SELECT pairs.later, pairs.earlier, later_text.text, earlier_text.text
FROM pairs
JOIN pair_texts AS later_text ON later_text.evidence_rank = pairs.later
JOIN pair_texts AS earlier_text ON earlier_text.evidence_rank = pairs.earlier
