-- What did the last scoring run of one model by one protocol on one device and dtype take?
SELECT snapshot_id, seconds / char_count AS seconds_per_character, peak_memory_bytes
FROM scoring_costs
WHERE model_id = $model_id
    AND protocol_id = $protocol_id
    AND device = $device
    AND dtype = $dtype
    AND is_reference = starts_with($snapshot_id, 'reference:')
ORDER BY started_at DESC, scoring_run_id DESC
LIMIT 1
