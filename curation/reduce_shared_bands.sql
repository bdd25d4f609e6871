-- Only a bucket that a candidate shares with another text proposes anything.
CREATE OR REPLACE TEMP TABLE bands AS
SELECT bands.evidence_rank, bands.bucket
FROM bands
SEMI JOIN (
    SELECT bucket FROM bands GROUP BY bucket HAVING count(*) > 1 AND max(evidence_rank) > 0
) AS shared USING (bucket)
