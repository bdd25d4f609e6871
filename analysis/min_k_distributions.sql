-- How do the texts of each snapshot and reference set spread by Min-K% Prob, model by model? (Quantiles of bits per least likely token.)
SELECT
    min_k_prob.snapshot_id,
    min_k_prob.model_id,
    min_k_prob.protocol_id,
    count(*) AS document_count,
    quantile_cont(min_k_prob.bits_per_least_likely_token, 0.05) AS bits_at_05_percent,
    quantile_cont(min_k_prob.bits_per_least_likely_token, 0.25) AS bits_at_25_percent,
    quantile_cont(min_k_prob.bits_per_least_likely_token, 0.50) AS bits_at_50_percent,
    quantile_cont(min_k_prob.bits_per_least_likely_token, 0.75) AS bits_at_75_percent,
    quantile_cont(min_k_prob.bits_per_least_likely_token, 0.95) AS bits_at_95_percent
FROM min_k_prob
GROUP BY min_k_prob.snapshot_id, min_k_prob.model_id, min_k_prob.protocol_id
