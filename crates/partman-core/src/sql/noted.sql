-- How many of the tables $1 (names in a JSON array) have both triggers of the function $2 in the state ALWAYS, and a unique
-- index on just the columns $3 (a JSON array). Locks: none.
SELECT count(*) AS n
  FROM (SELECT DISTINCT to_regclass(name)::oid AS oid FROM json_array_elements_text($1::text::json) AS name) AS t
 WHERE 2 = (SELECT count(*) FROM pg_catalog.pg_trigger g
             WHERE g.tgrelid = t.oid AND g.tgfoid = to_regprocedure($2::text) AND g.tgenabled = 'A')
   AND EXISTS (SELECT FROM pg_catalog.pg_index x
                WHERE x.indrelid = t.oid AND x.indisunique AND x.indisvalid AND x.indimmediate
                  AND x.indpred IS NULL AND x.indexprs IS NULL
                  AND (SELECT array_agg(a.attname::text ORDER BY a.attname)
                         FROM unnest((x.indkey::int2[])[0:x.indnkeyatts - 1]) AS k (attnum)
                         JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum)
                    = (SELECT array_agg(name ORDER BY name) FROM json_array_elements_text($3::text::json) AS name))
