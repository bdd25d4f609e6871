-- Which points would a fit of benchmark results on compression that others published have?
SELECT
    compression_results.reported_by AS compression_reported_by,
    benchmark_results.reported_by,
    benchmark_results.area,
    benchmark_results.benchmark,
    benchmark_results.setting,
    compression_results.source,
    compression_results.corpus,
    compression_results.protocol,
    benchmark_results.model_id,
    models.family,
    compression_results.bits_per_character,
    benchmark_results.value
FROM benchmark_results
JOIN models ON models.model_id = benchmark_results.model_id
JOIN compression_results ON compression_results.model_id = benchmark_results.model_id
WHERE models.kind <> 'codec'
    AND compression_results.source = CASE benchmark_results.area
        WHEN 'knowledge' THEN 'common_crawl' WHEN 'coding' THEN 'github' WHEN 'math' THEN 'arxiv'
    END
