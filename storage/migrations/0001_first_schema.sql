-- The first schema. One table per record of storage/records.py, same names, same order; docs/DATA_MODEL.md tells what they mean.

CREATE TABLE crawl_runs (
    crawl_run_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    window_start DATE NOT NULL,
    window_end DATE NOT NULL,
    seed BIGINT NOT NULL,
    planned_unit_count BIGINT NOT NULL,
    unit_count BIGINT NOT NULL,
    expected_count BIGINT NOT NULL,
    landed_count BIGINT NOT NULL,
    ledger_count BIGINT NOT NULL,
    request_count BIGINT NOT NULL,
    wait_seconds DOUBLE NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP NOT NULL,
    is_complete BOOLEAN NOT NULL
);

CREATE TABLE crawl_units (
    crawl_run_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    unit VARCHAR NOT NULL,
    ordinal BIGINT NOT NULL,
    expected_count BIGINT NOT NULL,
    landed_count BIGINT NOT NULL,
    ledger_count BIGINT NOT NULL,
    content_bytes BIGINT NOT NULL,
    finished_at TIMESTAMP NOT NULL
);

CREATE TABLE crawl_ledger (
    crawl_run_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    unit VARCHAR NOT NULL,
    item VARCHAR NOT NULL,
    outcome VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    measured_value VARCHAR,
    limit_value VARCHAR
);

CREATE TABLE documents (
    document_id VARCHAR NOT NULL,
    text_sha256 VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    language VARCHAR,
    title VARCHAR,
    text VARCHAR NOT NULL,
    char_count BIGINT NOT NULL,
    byte_count BIGINT NOT NULL,
    extractor VARCHAR NOT NULL,
    extractor_version VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    revision VARCHAR NOT NULL,
    unit VARCHAR NOT NULL,
    position BIGINT NOT NULL,
    fetched_at TIMESTAMP NOT NULL,
    crawl_run_id VARCHAR NOT NULL,
    licence VARCHAR,
    locator VARCHAR NOT NULL,
    cluster_key VARCHAR NOT NULL,
    published_at TIMESTAMP,
    freshness_grade VARCHAR
);

CREATE TABLE freshness_evidence (
    document_id VARCHAR NOT NULL,
    witness VARCHAR NOT NULL,
    dated_at TIMESTAMP NOT NULL,
    may_admit BOOLEAN NOT NULL
);

CREATE TABLE verdicts (
    snapshot_id VARCHAR NOT NULL,
    document_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    is_kept BOOLEAN NOT NULL,
    step VARCHAR NOT NULL,
    reason VARCHAR,
    measured_value VARCHAR,
    limit_value VARCHAR,
    related_document_id VARCHAR
);

CREATE TABLE signatures (
    document_id VARCHAR NOT NULL,
    text_sha256 VARCHAR NOT NULL,
    scheme VARCHAR NOT NULL,
    hash_values UINTEGER[] NOT NULL
);

CREATE TABLE snapshots (
    snapshot_id VARCHAR NOT NULL,
    window_start DATE NOT NULL,
    window_end DATE NOT NULL,
    sources VARCHAR[] NOT NULL,
    seed BIGINT NOT NULL,
    config_hash VARCHAR NOT NULL,
    fingerprint VARCHAR NOT NULL,
    document_count BIGINT NOT NULL,
    char_count BIGINT NOT NULL,
    sealed_at TIMESTAMP NOT NULL,
    is_complete BOOLEAN NOT NULL
);

CREATE TABLE snapshot_documents (
    snapshot_id VARCHAR NOT NULL,
    document_id VARCHAR NOT NULL,
    text_sha256 VARCHAR NOT NULL
);

CREATE TABLE reference_sets (
    name VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    item_count BIGINT NOT NULL,
    fingerprint VARCHAR NOT NULL,
    added_at TIMESTAMP NOT NULL
);

CREATE TABLE reference_items (
    name VARCHAR NOT NULL,
    item VARCHAR NOT NULL,
    text VARCHAR NOT NULL
);

CREATE TABLE models (
    model_id VARCHAR NOT NULL,
    family VARCHAR NOT NULL,
    organisation VARCHAR,
    parameter_count BIGINT,
    context_tokens BIGINT,
    released_on DATE,
    knowledge_cutoff_on DATE,
    kind VARCHAR NOT NULL,
    location VARCHAR,
    is_active BOOLEAN NOT NULL
);

CREATE TABLE model_aliases (
    alias VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL
);

CREATE TABLE protocols (
    protocol_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    window_tokens BIGINT,
    stride_tokens BIGINT,
    packing VARCHAR NOT NULL,
    encoding VARCHAR NOT NULL,
    start_token VARCHAR NOT NULL,
    first_token VARCHAR NOT NULL,
    score_version BIGINT NOT NULL
);

CREATE TABLE scoring_runs (
    scoring_run_id VARCHAR NOT NULL,
    snapshot_id VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    protocol_id VARCHAR NOT NULL,
    device VARCHAR NOT NULL,
    dtype VARCHAR NOT NULL,
    attention VARCHAR NOT NULL,
    library_versions VARCHAR NOT NULL,
    float32_difference DOUBLE,
    token_count BIGINT NOT NULL,
    seconds DOUBLE NOT NULL,
    peak_memory_bytes BIGINT NOT NULL,
    started_at TIMESTAMP NOT NULL
);

CREATE TABLE scores (
    snapshot_id VARCHAR NOT NULL,
    document_id VARCHAR NOT NULL,
    text_sha256 VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    protocol_id VARCHAR NOT NULL,
    total_bits DOUBLE NOT NULL,
    token_count BIGINT NOT NULL,
    scored_token_count BIGINT NOT NULL,
    char_count BIGINT NOT NULL,
    byte_count BIGINT NOT NULL,
    altered_byte_count BIGINT NOT NULL,
    scoring_run_id VARCHAR NOT NULL
);

CREATE TABLE compression_results (
    model_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    corpus VARCHAR NOT NULL,
    bits_per_character DOUBLE NOT NULL,
    protocol VARCHAR NOT NULL,
    reported_by VARCHAR NOT NULL
);

CREATE TABLE benchmark_results (
    model_id VARCHAR NOT NULL,
    benchmark VARCHAR NOT NULL,
    setting VARCHAR NOT NULL,
    reported_by VARCHAR NOT NULL,
    area VARCHAR NOT NULL,
    value DOUBLE NOT NULL,
    shots BIGINT,
    source VARCHAR
);

CREATE TABLE job_runs (
    job_run_id VARCHAR NOT NULL,
    job VARCHAR NOT NULL,
    trigger VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    outcome VARCHAR NOT NULL,
    row_count BIGINT,
    error VARCHAR,
    config_hash VARCHAR NOT NULL,
    code_version VARCHAR NOT NULL
);

CREATE TABLE watermarks (
    source VARCHAR NOT NULL,
    window_start DATE NOT NULL,
    window_end DATE NOT NULL,
    state VARCHAR NOT NULL,
    reason VARCHAR,
    recorded_at TIMESTAMP NOT NULL
);

CREATE TABLE settings (
    name VARCHAR NOT NULL,
    value DOUBLE NOT NULL
);

CREATE TABLE published_views (
    name VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL
);
