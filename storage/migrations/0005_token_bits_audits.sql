-- What every token of a text cost, the proof that the bits are bits, and what a run was asked to reach.

CREATE TABLE token_bits (
    snapshot_id VARCHAR NOT NULL,
    document_id VARCHAR NOT NULL,
    text_sha256 VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    protocol_id VARCHAR NOT NULL,
    bits DOUBLE[] NOT NULL,
    byte_ends UINTEGER[] NOT NULL,
    scoring_run_id VARCHAR NOT NULL
);

CREATE TABLE audits (
    scoring_run_id VARCHAR NOT NULL,
    document_id VARCHAR NOT NULL,
    text_sha256 VARCHAR NOT NULL,
    token_count BIGINT NOT NULL,
    byte_count BIGINT NOT NULL,
    scored_bits DOUBLE NOT NULL,
    coded_bits BIGINT NOT NULL,
    is_restored BOOLEAN NOT NULL,
    coder VARCHAR NOT NULL,
    audited_at TIMESTAMP NOT NULL
);

-- DuckLake cannot add a column that is never null, so the table is made anew.
CREATE TABLE scoring_runs_with_rechecks (
    scoring_run_id VARCHAR NOT NULL,
    snapshot_id VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    protocol_id VARCHAR NOT NULL,
    device VARCHAR NOT NULL,
    dtype VARCHAR NOT NULL,
    attention VARCHAR NOT NULL,
    library_versions VARCHAR NOT NULL,
    float32_difference DOUBLE,
    rechecked_window_count BIGINT NOT NULL,
    until_se DOUBLE,
    token_count BIGINT NOT NULL,
    seconds DOUBLE NOT NULL,
    peak_memory_bytes BIGINT NOT NULL,
    started_at TIMESTAMP NOT NULL
);
INSERT INTO scoring_runs_with_rechecks
SELECT
    scoring_run_id, snapshot_id, model_id, protocol_id, device, dtype, attention, library_versions,
    float32_difference, 0, NULL, token_count, seconds, peak_memory_bytes, started_at
FROM scoring_runs;
DROP TABLE scoring_runs;
ALTER TABLE scoring_runs_with_rechecks RENAME TO scoring_runs;
