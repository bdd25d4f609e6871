-- Which texts share a bucket with a text of earlier evidence or of history?
CREATE OR REPLACE TEMP TABLE pairs AS
SELECT DISTINCT later.evidence_rank AS later, earlier.evidence_rank AS earlier
FROM bands AS later
JOIN bands AS earlier ON later.bucket = earlier.bucket AND earlier.evidence_rank < later.evidence_rank
WHERE later.evidence_rank > 0
