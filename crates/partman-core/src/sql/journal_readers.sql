-- Of the roles $1 (a JSON list) those that can't read the journal yet, where it is ours to let them. Locks: none.
SELECT o.rolname AS role
  FROM pg_catalog.pg_roles o
 CROSS JOIN pg_catalog.pg_namespace n
 WHERE n.nspname = 'partman_journal' AND pg_has_role(n.nspowner, 'USAGE')
   AND o.rolname IN (SELECT json_array_elements_text($1::text::json))
   AND NOT (has_schema_privilege(o.oid, n.oid, 'USAGE')
            AND (SELECT bool_and(has_table_privilege(o.oid, c.oid, 'SELECT'))
                   FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relkind = 'r'))
 ORDER BY 1
