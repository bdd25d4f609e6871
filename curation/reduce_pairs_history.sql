-- Which candidates share a bucket with which texts of history?
CREATE OR REPLACE TEMP TABLE pairs AS
SELECT DISTINCT later.evidence_rank AS later, earlier.evidence_rank AS earlier
FROM bands AS later
JOIN bands AS earlier USING (bucket)
WHERE later.evidence_rank > 0 AND earlier.evidence_rank < 0
