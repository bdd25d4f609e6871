-- Which texts are alive, and how long is each?
SELECT alive.document_id, alive.source, alive.char_count
FROM candidates AS alive
ANTI JOIN verdicts USING (document_id)
