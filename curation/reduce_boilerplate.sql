-- Which texts that are alive consist of boilerplate lines that others had first? Each with who had most of them first.
INSERT INTO verdicts
WITH taken AS (
    SELECT lines.evidence_rank, boilerplate_lines.first_rank, sum(lines.char_count) AS char_count
    FROM lines
    JOIN boilerplate_lines USING (line)
    WHERE boilerplate_lines.first_rank <> lines.evidence_rank
    GROUP BY lines.evidence_rank, boilerplate_lines.first_rank
),
shares AS (
    SELECT
        alive.document_id,
        alive.source,
        sum(taken.char_count) / alive.char_count AS char_share,
        first(
            taken.first_rank ORDER BY taken.char_count DESC, taken.first_rank > 0, abs(taken.first_rank)
        ) AS first_rank
    FROM candidates AS alive
    ANTI JOIN verdicts USING (document_id)
    JOIN taken USING (evidence_rank)
    GROUP BY alive.document_id, alive.source, alive.char_count
)
SELECT
    $snapshot_id, shares.document_id, shares.source, false, 'boilerplate', 'boilerplate',
    -- As Python's side prints a share, see plain() in outcomes.py.
    rtrim(rtrim(printf('%.6f', shares.char_share), '0'), '.'), $limit_value,
    coalesce(candidates.document_id, history.document_id)
FROM shares
LEFT JOIN candidates ON candidates.evidence_rank = shares.first_rank
LEFT JOIN history ON history.evidence_rank = shares.first_rank
WHERE shares.char_share >= $max_char_share
