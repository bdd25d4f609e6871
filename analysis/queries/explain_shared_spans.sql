-- Where does this text agree with the one, or the reference item, that it was dropped for, and what does it say there?
WITH stored AS (
    SELECT document_id, min(text) AS text
    FROM documents
    WHERE document_id = $document_id
    GROUP BY document_id
    -- Of a text that was extracted twice it is not known which one was meant.
    HAVING count(*) = 1
)

SELECT
    shared_spans.snapshot_id,
    shared_spans.related_document_id AS related,
    shared_spans.start_char,
    shared_spans.char_count,
    shared_spans.word_count,
    -- What is no letter of a line, and could steer a terminal, becomes one space.
    regexp_replace(
        substr(stored.text, shared_spans.start_char + 1, least(shared_spans.char_count, 300)),
        '[\s\p{C}\p{Z}]+', ' ', 'g'
    ) AS excerpt
FROM shared_spans
LEFT JOIN stored ON stored.document_id = shared_spans.document_id
WHERE shared_spans.document_id = $document_id
ORDER BY shared_spans.snapshot_id
