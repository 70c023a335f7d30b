-- How many of the tables $2 (names in a JSON array) have other columns than $1, or fewer indexes. Locks: none.
SELECT count(*) AS n
  FROM (SELECT DISTINCT to_regclass(name)::oid AS oid FROM json_array_elements_text($2::text::json) AS name) AS t
 CROSS JOIN (SELECT $1::text::regclass::oid AS oid) AS p
 WHERE (SELECT array_agg(a.attname::text || ' ' || a.atttypid || ' ' || a.atttypmod ORDER BY a.attname) FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped)
       IS DISTINCT FROM
       (SELECT array_agg(a.attname::text || ' ' || a.atttypid || ' ' || a.atttypmod ORDER BY a.attname) FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = p.oid AND a.attnum > 0 AND NOT a.attisdropped)
    OR (SELECT count(*) FROM pg_catalog.pg_index x WHERE x.indrelid = t.oid)
       < (SELECT count(*) FROM pg_catalog.pg_index x WHERE x.indrelid = p.oid)
