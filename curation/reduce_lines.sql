-- Which long lines stand in which candidates and texts of history? Case and white space around a line do not matter.
-- Only what ends in a blank is trimmed at the end: DuckDB's rtrim costs more than all the rest.
CREATE OR REPLACE TEMP TABLE lines AS
WITH texts AS (
    SELECT candidates.evidence_rank, hash(documents.cluster_key) AS cluster, documents.text
    FROM read_parquet($documents) AS documents
    JOIN candidates USING (document_id)
    UNION ALL
    SELECT history.evidence_rank, hash(documents.cluster_key), documents.text
    FROM lake.documents AS documents
    JOIN history USING (document_id, text_sha256)
),
long_lines AS (
    SELECT pieces.evidence_rank, pieces.cluster, lower(ltrim(
        if(suffix(pieces.line, ' '), rtrim(pieces.line), pieces.line), E' \t'
    )) AS line
    FROM (
        SELECT texts.evidence_rank, texts.cluster, unnest(string_split(texts.text, chr(10))) AS line FROM texts
    ) AS pieces
    WHERE length(pieces.line) >= $min_line_chars
)
SELECT
    long_lines.evidence_rank,
    long_lines.cluster,
    hash(long_lines.line) AS line,
    length(long_lines.line)::INTEGER AS char_count
FROM long_lines
WHERE length(long_lines.line) >= $min_line_chars
