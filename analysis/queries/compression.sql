-- How many bits per character does each model need for one snapshot by one protocol? The best first, codecs as floor.
WITH names AS (
    SELECT model_id, first(alias ORDER BY length(alias), alias) AS model
    FROM model_aliases
    GROUP BY model_id
),

snapshot AS (
    SELECT count(*) AS source_count, sum(document_count) AS document_count
    FROM snapshot_characters
    WHERE snapshot_id = $snapshot_id
),

fresh AS (
    SELECT model_id, sum(fresh_char_count) / sum(char_count) AS fresh_char_share
    FROM snapshot_freshness
    WHERE snapshot_id = $snapshot_id
    GROUP BY model_id
),

sums AS (
    SELECT
        compression.model_id,
        max(compression.bits_per_character) FILTER (WHERE compression.source = 'common_crawl') AS common_crawl,
        max(compression.bits_per_character) FILTER (WHERE compression.source = 'github') AS github,
        max(compression.bits_per_character) FILTER (WHERE compression.source = 'arxiv') AS arxiv,
        avg(compression.bits_per_character) AS mean_of_sources,
        sum(compression.total_bits) / sum(compression.byte_count) AS bits_per_byte,
        sum(compression.document_count) AS document_count,
        count(*) AS source_count,
        any_value(compression.precision) AS precision
    FROM compression
    LEFT JOIN codec_protocols
        ON codec_protocols.snapshot_id = compression.snapshot_id
        AND codec_protocols.protocol_id = compression.protocol_id
    WHERE compression.snapshot_id = $snapshot_id
        -- The floor row of a codec stands beside models; a protocol for codecs alone stands alone.
        AND (
            compression.protocol_id = $protocol_id
            OR (
                codec_protocols.protocol_id IS NOT NULL
                AND $protocol_id NOT IN (SELECT protocols.protocol_id FROM protocols WHERE protocols.encoding = 'utf8')
            )
        )
    GROUP BY compression.model_id
)

SELECT
    coalesce(names.model, sums.model_id) AS model,
    models.kind,
    sums.common_crawl,
    sums.github,
    sums.arxiv,
    -- The unweighted mean that `correlate` sets against the overall benchmark score.
    CASE WHEN sums.source_count = snapshot.source_count THEN sums.mean_of_sources END AS mean_of_sources,
    -- Over all sources only where all texts are in: a stopped run has other shares of the sources than the snapshot.
    CASE WHEN sums.document_count = snapshot.document_count THEN sums.bits_per_byte END AS bits_per_byte,
    fresh.fresh_char_share,
    sums.document_count = snapshot.document_count AS is_whole,
    -- Of several formats no bits are summed.
    sums.precision,
    sums.model_id
FROM sums
JOIN models ON models.model_id = sums.model_id
LEFT JOIN names ON names.model_id = sums.model_id
LEFT JOIN fresh ON fresh.model_id = sums.model_id
CROSS JOIN snapshot
ORDER BY models.kind = 'codec', mean_of_sources NULLS LAST, sums.bits_per_byte, sums.model_id
