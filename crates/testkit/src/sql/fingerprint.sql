-- The count and the order-free sum of row hashes: each half of a hash is summed as a number of its own.
SELECT
    count(*),
    coalesce(sum(('x' || left(hash, 16))::bit(64)::bigint), 0)::text || '/'
        || coalesce(sum(('x' || right(hash, 16))::bit(64)::bigint), 0)::text
FROM (:hashes) AS rows (hash)
