-- What was forgotten: its hashes, so that it never returns, and its length, so that a sealed snapshot still adds up.

CREATE TABLE tombstones (
    document_id VARCHAR NOT NULL,
    text_sha256 VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    address_hash VARCHAR,
    char_count BIGINT NOT NULL,
    forgotten_at TIMESTAMP NOT NULL,
    reason VARCHAR
);
