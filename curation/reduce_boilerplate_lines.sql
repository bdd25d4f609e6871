-- Which lines stand in texts of so many clusters, and which text had each first? What stands in fewer texts cannot.
CREATE OR REPLACE TEMP TABLE boilerplate_lines AS
WITH repeated AS MATERIALIZED (
    -- History comes first, and its ranks run backwards.
    SELECT
        lines.line,
        coalesce(max(lines.evidence_rank) FILTER (lines.evidence_rank < 0), min(lines.evidence_rank)) AS first_rank
    FROM lines
    GROUP BY lines.line
    HAVING count(*) >= $min_clusters
)
SELECT repeated.line, any_value(repeated.first_rank) AS first_rank
FROM lines
JOIN repeated USING (line)
GROUP BY repeated.line
HAVING count(DISTINCT lines.cluster) >= $min_clusters
