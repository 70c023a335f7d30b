-- Whether partitions hold rows, the ends of their keys, whether some have none, how many rows there are, up to a limit, and the size of the table.
-- $1: oids; $2: key column of each; $3: whether its ends can be told, of each; $4: whether an index of the parent has
-- them, for one of the partition itself does as well; $5: whether
-- to count, of each; $6: the size up to which ends are looked for without an index; $7: how far to count; $8: whether its
-- key is a time, of each: what lies at infinity or where no calendar goes is like what
-- has no key then, as is in DEFAULT what no bigint holds of a numeric. Of numerics the whole part is told. Nothing is read
-- where row security may hide rows from us. $9: the size up to which the widest gaps between rows ahead of the clock are looked for.
-- Locks: ACCESS SHARE on each. What is sorted by is the column, qualified, for its name alone would be that of the text.
SELECT c.oid::int8 AS oid,
       CASE WHEN look.hidden THEN size.bytes > 0 ELSE (xpath('/row/e/text()', query_to_xml(
            format('SELECT EXISTS (SELECT FROM ONLY %I.%I) AS e', n.nspname, c.relname), false, true, '')))[1]::text
           = 'true' END AS has_rows,
       CASE WHEN w.has_ends AND look.cheap THEN (xpath('/row/e/text()', query_to_xml(
            format('SELECT (SELECT %5$s::text FROM ONLY %2$I.%3$I AS t WHERE %4$s ORDER BY t.%1$I LIMIT 1) AS e',
                   w.control, n.nspname, c.relname, given.key, given.whole), false, true, '')))[1]::text
       END AS min,
       CASE WHEN w.has_ends AND look.cheap THEN (xpath('/row/e/text()', query_to_xml(
            format('SELECT (SELECT %5$s::text FROM ONLY %2$I.%3$I AS t WHERE %4$s ORDER BY t.%1$I DESC LIMIT 1) AS e',
                   w.control, n.nspname, c.relname, given.key, given.whole), false, true, '')))[1]::text
       END AS max,
       CASE WHEN w.is_time AND look.cheap THEN (xpath('/row/e/text()', query_to_xml(
            format('SELECT (SELECT t.%1$I::text FROM ONLY %2$I.%3$I AS t WHERE %4$s AND t.%1$I > now() ORDER BY t.%1$I LIMIT 1) AS e',
                   w.control, n.nspname, c.relname, given.key), false, true, '')))[1]::text
       END AS next,
       CASE WHEN w.is_time AND NOT look.hidden AND size.bytes <= $9::text::int8 THEN (xpath('/row/e/text()', query_to_xml(
            format('SELECT (SELECT json_agg(json_build_array(g.k::text, g.n::text) ORDER BY g.k) FROM (SELECT a.k, a.n FROM '
                   '(SELECT t.%1$I AS k, lead(t.%1$I) OVER (ORDER BY t.%1$I) AS n FROM ONLY %2$I.%3$I AS t WHERE %4$s '
                   'AND t.%1$I > now()) AS a WHERE a.n > a.k ORDER BY a.n - a.k DESC LIMIT 100) AS g) AS e',
                   w.control, n.nspname, c.relname, given.key), false, true, '')))[1]::text::json
       END AS gaps_ahead,
       CASE WHEN w.counts AND w.has_ends AND look.cheap THEN (xpath('/row/e/text()',
            query_to_xml(format('SELECT EXISTS (SELECT FROM ONLY %1$I.%2$I AS t WHERE %3$s) AS e',
                   n.nspname, c.relname, given.none), false, true, '')))[1]::text = 'true'
       END AS nulls,
       CASE WHEN w.counts AND NOT look.hidden THEN (xpath('/row/e/text()', query_to_xml(
            format('SELECT count(*) AS e FROM (SELECT FROM ONLY %I.%I LIMIT %s) AS found',
                   n.nspname, c.relname, $7::text::int8), false, true, '')))[1]::text::int8
       END AS counted,
       size.bytes AS bytes,
       look.hidden AS hidden
  FROM unnest($1::oid[], $2::text[], $3::bool[], $4::bool[], $5::bool[], $8::bool[])
       AS w (oid, control, has_ends, indexed, counts, is_time)
  JOIN pg_catalog.pg_class c ON c.oid = w.oid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                       WHERE a.attrelid = c.oid AND a.attname = w.control AND a.atttypid = 'numeric'::regtype) AS numeric) AS kind
  CROSS JOIN LATERAL (SELECT CASE WHEN w.is_time THEN 't.%1$I > ''0001-01-02'' AND t.%1$I < ''9999-12-30'''
                                  WHEN kind.numeric AND w.counts
                                  THEN 't.%1$I >= -9223372036854775808 AND t.%1$I < 9223372036854775808'
                                  ELSE 't.%1$I IS NOT NULL' END AS key,
                             -- What is not that, so that an index finds it.
                             CASE WHEN w.is_time THEN 't.%1$I IS NULL OR t.%1$I <= ''0001-01-02'' OR t.%1$I >= ''9999-12-30'''
                                  WHEN kind.numeric AND w.counts
                                  THEN 't.%1$I IS NULL OR t.%1$I < -9223372036854775808 OR t.%1$I >= 9223372036854775808'
                                  ELSE 't.%1$I IS NULL' END AS none,
                             CASE WHEN kind.numeric THEN 'floor(t.%1$I)' ELSE 't.%1$I' END AS whole) AS asked
  CROSS JOIN LATERAL (SELECT format(asked.key, w.control) AS key, format(asked.none, w.control) AS none,
                             format(asked.whole, w.control) AS whole) AS given
  CROSS JOIN LATERAL (SELECT pg_relation_size(c.oid) AS bytes) AS size
  CROSS JOIN LATERAL (SELECT row_security_active(c.oid) AS hidden) AS seen
  CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_catalog.pg_index x
                        JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
                        JOIN pg_catalog.pg_class ic ON ic.oid = x.indexrelid
                        JOIN pg_catalog.pg_am am ON am.oid = ic.relam AND am.amname = 'btree'
                       WHERE x.indrelid = c.oid AND x.indisvalid AND x.indpred IS NULL AND a.attname = w.control) AS indexed) AS own
  CROSS JOIN LATERAL (SELECT seen.hidden,
                             NOT seen.hidden AND (w.indexed OR own.indexed OR size.bytes <= $6::text::int8) AS cheap) AS look
