-- What a curation says of itself, what its sample was drawn from, and who goes when a text repeats a reference item.

CREATE TABLE curation_checks (
    snapshot_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    step VARCHAR NOT NULL,
    planted VARCHAR NOT NULL,
    is_positive BOOLEAN NOT NULL,
    text_count BIGINT NOT NULL,
    rejected_count BIGINT NOT NULL
);

CREATE TABLE sampling_strata (
    snapshot_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    stratum VARCHAR NOT NULL,
    document_count BIGINT NOT NULL,
    char_count BIGINT NOT NULL,
    drawn_document_count BIGINT NOT NULL,
    drawn_char_count BIGINT NOT NULL
);

-- DuckLake cannot add a column that is never null, so the table is made anew.
CREATE TABLE reference_sets_with_modes (
    name VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    item_count BIGINT NOT NULL,
    fingerprint VARCHAR NOT NULL,
    added_at TIMESTAMP NOT NULL,
    mode VARCHAR NOT NULL,
    dated_on DATE
);
INSERT INTO reference_sets_with_modes (name, path, item_count, fingerprint, added_at, mode, dated_on)
SELECT name, path, item_count, fingerprint, added_at, 'drop_if_in_reference', NULL
FROM reference_sets;
DROP TABLE reference_sets;
ALTER TABLE reference_sets_with_modes RENAME TO reference_sets;
