-- Every partition and inheritance child. $1: whether to measure sizes, which takes ACCESS SHARE on each for a moment;
-- without it the size is that of the last vacuum or analyze, and there are no locks on the user's tables. Bounds are printed
-- as expressions of no table, for they have no columns, and a table would be opened.
SELECT i.inhparent::int8 AS parent,
       c.oid::int8 AS oid,
       c.relfilenode::int8 AS relfilenode,
       n.nspname AS schema_name,
       c.relname AS table_name,
       c.relkind AS relkind,
       CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, 0) END AS bound_text,
       pg_get_userbyid(c.relowner) AS owner,
       c.relacl::text[] AS acl,
       pg_has_role(c.relowner, 'USAGE') AS is_owner,
       has_table_privilege(c.oid, 'SELECT') AS readable,
       coalesce(c.reloptions, '{}') AS options,
       c.relpersistence = 'u' AS unlogged,
       CASE WHEN c.relkind = 'r'
            THEN CASE WHEN c.reltuples >= 0 AND c.relpages > 0 THEN c.reltuples::int8
                      ELSE pg_stat_get_live_tuples(c.oid) END END AS rows,
       CASE WHEN $1::bool THEN pg_total_relation_size(c.oid)
            ELSE c.relpages::int8 * current_setting('block_size')::int8 END AS bytes,
       coalesce((to_jsonb(i) ->> 'inhdetachpending')::bool, false) AS detach_pending,
       coalesce(own.names, '{}') AS own,
       coalesce(rules.names, '{}') AS own_rules
  FROM pg_catalog.pg_inherits i
  JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  -- Indexes and foreign keys that are no part of one of the parent's.
  LEFT JOIN (SELECT o.relation, array_agg(o.name::text ORDER BY o.name) AS names
               FROM (SELECT x.indrelid AS relation, xc.relname AS name
                       FROM pg_catalog.pg_index x
                       JOIN pg_catalog.pg_class xc ON xc.oid = x.indexrelid
                      WHERE NOT xc.relispartition AND xc.relkind = 'i'
                     UNION ALL
                     SELECT f.conrelid, f.conname
                       FROM pg_catalog.pg_constraint f
                      WHERE f.contype = 'f' AND f.conparentid = 0) AS o
              GROUP BY o.relation) AS own ON own.relation = c.oid AND c.relispartition
  -- Triggers and row security that the parent doesn't have.
  LEFT JOIN (SELECT r.relation, array_agg(r.name ORDER BY r.name) AS names
               FROM (SELECT t.tgrelid AS relation, 'trigger ' || quote_ident(t.tgname) AS name
                       FROM pg_catalog.pg_trigger t
                      WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgname !~ '^partman_'
                     UNION ALL
                     SELECT s.oid, 'row security'
                       FROM pg_catalog.pg_class s
                       JOIN pg_catalog.pg_inherits above ON above.inhrelid = s.oid
                       JOIN pg_catalog.pg_class sp ON sp.oid = above.inhparent
                      WHERE s.relrowsecurity AND NOT sp.relrowsecurity) AS r
              GROUP BY r.relation) AS rules ON rules.relation = c.oid AND c.relispartition
 WHERE c.relkind IN ('r', 'p', 'f')
   AND n.nspname !~ '^pg_'
 ORDER BY i.inhparent, n.nspname, c.relname
