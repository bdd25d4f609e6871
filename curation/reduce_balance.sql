-- How many provisional verdicts are there, of how many documents, and how many final ones come of them?
SELECT
    count(*) AS provisional_count,
    count(DISTINCT landed.document_id) AS document_count,
    (SELECT count(*) FROM verdicts)
    + (SELECT count(*) FROM candidates AS alive ANTI JOIN verdicts USING (document_id)) AS final_count
FROM read_parquet($verdicts) AS landed
