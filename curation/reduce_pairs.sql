-- Which texts share a band with a text of earlier evidence or of history? These pairs are verified before anything goes.
CREATE OR REPLACE TEMP TABLE pairs AS
SELECT DISTINCT later.evidence_rank AS later, earlier.evidence_rank AS earlier
FROM bands AS later
JOIN bands AS earlier
    ON later.band = earlier.band
    AND later.band_hash = earlier.band_hash
    AND earlier.evidence_rank < later.evidence_rank
WHERE later.evidence_rank > 0
