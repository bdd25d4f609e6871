-- Which points would a fit of benchmark results on fresh compression have? (`freshpress correlate` also puts all models on the same texts.)
SELECT
    compression_fresh.snapshot_id,
    compression_fresh.protocol_id,
    benchmark_results.reported_by,
    benchmark_results.area,
    benchmark_results.benchmark,
    benchmark_results.setting,
    compression_fresh.source,
    benchmark_results.model_id,
    models.family,
    compression_fresh.bits_per_character,
    benchmark_results.value,
    compression_fresh.precision
FROM benchmark_results
JOIN models ON models.model_id = benchmark_results.model_id
JOIN compression_fresh ON compression_fresh.model_id = benchmark_results.model_id
WHERE models.kind <> 'codec'
    AND compression_fresh.source = CASE benchmark_results.area
        WHEN 'knowledge' THEN 'common_crawl' WHEN 'coding' THEN 'github' WHEN 'math' THEN 'arxiv'
    END
