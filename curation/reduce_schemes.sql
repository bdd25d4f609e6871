-- Which other schemes signed texts of history that the present scheme did not sign?
SELECT DISTINCT signatures.scheme
FROM lake.signatures AS signatures
JOIN history USING (document_id, text_sha256)
WHERE signatures.scheme <> $scheme
    AND NOT EXISTS (
        FROM lake.signatures AS ours
        WHERE ours.document_id = history.document_id
            AND ours.text_sha256 = history.text_sha256
            AND ours.scheme = $scheme
    )
ORDER BY signatures.scheme
