-- By which protocols are models scored on one snapshot? The one with the most models first.
SELECT protocols.protocol_id, count(DISTINCT scores.model_id) AS model_count
FROM scores
JOIN protocols ON protocols.protocol_id = scores.protocol_id
WHERE scores.snapshot_id = $snapshot_id AND protocols.encoding <> 'utf8'
GROUP BY protocols.protocol_id
ORDER BY model_count DESC, protocols.protocol_id
