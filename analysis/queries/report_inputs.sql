-- What does a report rest on? One row that differs whenever anything does.
SELECT
    (SELECT count(*) FROM snapshots) AS snapshot_count,
    (SELECT max(sealed_at) FROM snapshots) AS last_sealed_at,
    (SELECT count(*) FROM scores) AS score_count,
    (SELECT max(started_at) FROM scoring_runs) AS last_scored_at,
    (SELECT bit_xor(hash(model_id, is_active, knowledge_cutoff_on, released_on, family, kind)) FROM models) AS models_hash,
    (SELECT bit_xor(hash(model_id, benchmark, setting, reported_by, area, value)) FROM benchmark_results) AS benchmarks_hash
