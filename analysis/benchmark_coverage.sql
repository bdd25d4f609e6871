-- Which benchmark results are there to compare with: by whom, in which area, of how many models?
SELECT
    reported_by,
    area,
    benchmark,
    setting,
    count(*) AS model_count,
    min(value) AS lowest_value,
    max(value) AS highest_value
FROM benchmark_results
GROUP BY reported_by, area, benchmark, setting
