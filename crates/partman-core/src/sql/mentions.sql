-- Functions whose body is a text in which a partition's name, or that of a table which is called like one, stands as a word, or the parent's with an underscore after
-- it, of which such a function puts names together. Views and SQL-standard bodies follow a rename, texts don't.
-- Words are looked up, so that the cost is that of reading the texts once. Locks: none on the user's tables.
WITH named AS (
    SELECT c.oid, n.nspname, c.relname, c.relname AS word
      FROM pg_catalog.pg_inherits i
      JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition AND c.relkind IN ('r', 'p', 'f')
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    UNION ALL
    SELECT c.oid, n.nspname, c.relname, c.relname || '_'
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'p' AND NOT c.relispartition
    UNION ALL
    SELECT c.oid, n.nspname, c.relname, c.relname
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND NOT c.relispartition AND c.relname ~ '_p[0-9]'
       AND c.relnamespace IN (SELECT p.relnamespace FROM pg_catalog.pg_class p WHERE p.relkind = 'p')
)
SELECT DISTINCT named.nspname AS schema_name, named.relname AS table_name, p.oid::regprocedure::text AS function
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
 CROSS JOIN LATERAL regexp_matches(p.prosrc, '[[:alnum:]_$]+', 'g') AS found (words)
  JOIN named ON named.word IN (words[1], lower(words[1]))
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND l.lanname NOT IN ('internal', 'c') AND p.prosqlbody IS NULL
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
 ORDER BY 1, 2, 3
