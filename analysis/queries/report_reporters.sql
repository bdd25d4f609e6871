-- Who reports benchmark results, of which models?
SELECT DISTINCT reported_by, model_id
FROM benchmark_results
ORDER BY reported_by, model_id
