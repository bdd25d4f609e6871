-- What was dropped proposes nothing any more, nor does a text that has met everything it shares a bucket with.
DELETE FROM bands
WHERE evidence_rank IN (SELECT unnest($dropped::BIGINT[]))
    OR ($is_settled AND evidence_rank IN (SELECT earlier FROM pairs))
