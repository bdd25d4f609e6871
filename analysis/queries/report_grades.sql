-- How sure is the date of the kept texts of one snapshot?
SELECT
    source,
    freshness_grade,
    document_count,
    char_count,
    char_count / sum(char_count) OVER (PARTITION BY source) AS char_share
FROM freshness_grades
WHERE snapshot_id = $snapshot_id
ORDER BY source, freshness_grade
