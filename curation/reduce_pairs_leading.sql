-- Which texts share a bucket with one that stays for certain, since it comes first in each of its buckets?
CREATE OR REPLACE TEMP TABLE pairs AS
WITH firsts AS (
    SELECT bucket, min(evidence_rank) AS evidence_rank FROM bands GROUP BY bucket
),
leaders AS (
    SELECT bands.evidence_rank
    FROM bands
    JOIN firsts USING (bucket)
    GROUP BY bands.evidence_rank
    HAVING bool_and(firsts.evidence_rank = bands.evidence_rank)
)
SELECT DISTINCT later.evidence_rank AS later, firsts.evidence_rank AS earlier
FROM firsts
SEMI JOIN leaders USING (evidence_rank)
JOIN bands AS later ON later.bucket = firsts.bucket AND later.evidence_rank > firsts.evidence_rank
