-- Which candidates share a bucket with history? Each with the earliest text there: it settles most of them.
CREATE OR REPLACE TEMP TABLE pairs AS
SELECT DISTINCT later.evidence_rank AS later, first.evidence_rank AS earlier
FROM bands AS later
JOIN (SELECT bucket, max(evidence_rank) AS evidence_rank FROM bands WHERE evidence_rank < 0 GROUP BY bucket) AS first
    USING (bucket)
WHERE later.evidence_rank > 0
