-- How did the last run of each job end?
SELECT job, outcome, trigger, started_at, finished_at, row_count, error, code_version
FROM job_runs
QUALIFY row_number() OVER (PARTITION BY job ORDER BY started_at DESC, job_run_id) = 1
ORDER BY started_at DESC, job
