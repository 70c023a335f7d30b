-- Whether partitions hold rows, and the ends of their keys. $1: oids; $2: key column of each; $3: whether to look for
-- the ends too, for each (true only where an index or a small table makes it cheap). Locks: ACCESS SHARE on each.
SELECT c.oid::int8 AS oid,
       (xpath('/row/e/text()', query_to_xml(
            format('SELECT EXISTS (SELECT FROM ONLY %I.%I) AS e', n.nspname, c.relname), false, true, '')))[1]::text
           = 'true' AS has_rows,
       CASE WHEN w.ends THEN (xpath('/row/e/text()', query_to_xml(
            format('SELECT (SELECT %1$I::text FROM ONLY %2$I.%3$I WHERE %1$I IS NOT NULL ORDER BY %1$I LIMIT 1) AS e',
                   w.control, n.nspname, c.relname), false, true, '')))[1]::text
       END AS min,
       CASE WHEN w.ends THEN (xpath('/row/e/text()', query_to_xml(
            format('SELECT (SELECT %1$I::text FROM ONLY %2$I.%3$I WHERE %1$I IS NOT NULL ORDER BY %1$I DESC LIMIT 1) AS e',
                   w.control, n.nspname, c.relname), false, true, '')))[1]::text
       END AS max
  FROM unnest($1::oid[], $2::text[], $3::bool[]) AS w (oid, control, ends)
  JOIN pg_catalog.pg_class c ON c.oid = w.oid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
