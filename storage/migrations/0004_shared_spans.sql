-- Where a text that was dropped as a near-duplicate agrees with the one that stayed.

CREATE TABLE shared_spans (
    snapshot_id VARCHAR NOT NULL,
    document_id VARCHAR NOT NULL,
    related_document_id VARCHAR NOT NULL,
    start_char BIGINT NOT NULL,
    char_count BIGINT NOT NULL,
    word_count BIGINT NOT NULL
);
