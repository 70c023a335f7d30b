-- Every parent of partitions or of inheritance children. Locks: ACCESS SHARE on a parent while its expressions are printed.
WITH published AS MATERIALIZED (
    -- Each table by whose name changes are published: a leaf, or with publish_via_partition_root what is above it.
    SELECT pt.pubname, pc.oid
      FROM pg_catalog.pg_publication_tables pt
      JOIN pg_catalog.pg_namespace pn ON pn.nspname = pt.schemaname
      JOIN pg_catalog.pg_class pc ON pc.relnamespace = pn.oid AND pc.relname = pt.tablename
)
SELECT c.oid::int8 AS oid,
       n.nspname AS schema_name,
       c.relname AS table_name,
       (SELECT json_build_array(pn.nspname, pc.relname)
          FROM pg_catalog.pg_inherits i
          JOIN pg_catalog.pg_class pc ON pc.oid = i.inhparent
          JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.relnamespace
         WHERE i.inhrelid = c.oid AND c.relispartition) AS nested_in,
       CASE p.partstrat WHEN 'r' THEN 'range' WHEN 'l' THEN 'list' WHEN 'h' THEN 'hash' ELSE 'inherits' END AS strategy,
       (SELECT coalesce(json_agg(json_build_object(
                   'column', a.attname,
                   'type_name', coalesce(bt.typname, t.typname, ''),
                   'domain', CASE WHEN bt.oid IS NOT NULL THEN t.typname END,
                   'not_null', coalesce(a.attnotnull, false)) ORDER BY k.place), '[]')
          FROM unnest(p.partattrs::int2[]) WITH ORDINALITY AS k (attnum, place)
          LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum AND k.attnum <> 0
          LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
          LEFT JOIN pg_catalog.pg_type bt ON bt.oid = t.typbasetype AND t.typtype = 'd') AS key,
       coalesce(pg_get_partkeydef(c.oid), '') AS key_definition,
       pg_get_userbyid(c.relowner) AS owner,
       c.relacl::text[] AS acl,
       (SELECT coalesce(json_agg(json_build_object(
                   'grantee', CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee) END,
                   'privilege', g.privilege_type,
                   'grantable', g.is_grantable) ORDER BY g.grantee, g.privilege_type), '[]')
          FROM aclexplode(c.relacl) g
         WHERE g.grantee <> c.relowner) AS grants,
       (SELECT coalesce(json_agg(DISTINCT CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee) END), '[]')
          FROM pg_catalog.pg_default_acl d, aclexplode(d.defaclacl) g
         WHERE pg_get_userbyid(d.defaclrole) = current_user AND d.defaclobjtype = 'r'
           AND d.defaclnamespace IN (0, c.relnamespace) AND g.grantee <> d.defaclrole) AS default_grantees,
       (SELECT spcname FROM pg_catalog.pg_tablespace s WHERE s.oid = c.reltablespace) AS tablespace,
       pg_has_role(c.relowner, 'USAGE') AS is_owner,
       c.relrowsecurity AS row_security,
       (SELECT coalesce(json_agg(json_build_array(a.attname, a.attstattarget) ORDER BY a.attnum), '[]')
          FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attstattarget >= 0) AS statistics,
       c.relreplident AS replica_identity,
       CASE WHEN below.lowest = below.highest THEN below.lowest ELSE 'd' END AS partitions_identity,
       coalesce((SELECT json_agg(a.attname ORDER BY k.place)
          FROM pg_catalog.pg_index x
         CROSS JOIN unnest((x.indkey::int2[])[0:x.indnkeyatts - 1]) WITH ORDINALITY AS k (attnum, place)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum
         WHERE x.indisreplident
           AND x.indrelid = CASE WHEN c.relreplident = 'i' THEN c.oid
                                 WHEN c.relreplident = 'd' AND below.lowest = 'i' AND below.highest = 'i' THEN below.first END),
       '[]') AS replica_key,
       EXISTS (SELECT FROM pg_catalog.pg_index x
                 JOIN pg_catalog.pg_class ic ON ic.oid = x.indexrelid
                 JOIN pg_catalog.pg_am am ON am.oid = ic.relam AND am.amname = 'btree'
                WHERE x.indrelid = c.oid AND x.indpred IS NULL AND x.indisvalid
                  AND x.indkey[0] = (p.partattrs::int2[])[0] AND x.indkey[0] <> 0) AS key_is_indexed,
       (SELECT coalesce(json_agg(json_build_object('name', ic.relname, 'valid', x.indisvalid) ORDER BY ic.relname), '[]')
          FROM pg_catalog.pg_index x
          JOIN pg_catalog.pg_class ic ON ic.oid = x.indexrelid
         WHERE x.indrelid = c.oid) AS indexes,
       (SELECT coalesce(json_agg(json_build_object(
                   'name', f.conname,
                   'table', json_build_array(fn.nspname, fc.relname),
                   'lockable', has_table_privilege(fc.oid, 'UPDATE, DELETE, TRUNCATE')) ORDER BY f.conname), '[]')
          FROM pg_catalog.pg_constraint f
          JOIN pg_catalog.pg_class fc ON fc.oid = f.confrelid
          JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace
         WHERE f.conrelid = c.oid AND f.contype = 'f'
           AND (f.conparentid = 0 OR EXISTS (SELECT FROM pg_catalog.pg_constraint up
                                              WHERE up.oid = f.conparentid AND up.conrelid <> f.conrelid))) AS "references",
       (SELECT coalesce(json_agg(json_build_object(
                   'name', f.conname,
                   'table', json_build_array(fn.nspname, fc.relname),
                   'lockable', has_table_privilege(fc.oid, 'UPDATE, DELETE, TRUNCATE')) ORDER BY f.conname), '[]')
          FROM pg_catalog.pg_constraint f
          JOIN pg_catalog.pg_class fc ON fc.oid = f.conrelid
          JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace
         WHERE f.confrelid = c.oid AND f.contype = 'f'
           AND (f.conparentid = 0 OR EXISTS (SELECT FROM pg_catalog.pg_constraint up
                                              WHERE up.oid = f.conparentid AND up.confrelid <> f.confrelid))) AS referenced_by,
       (SELECT coalesce(json_agg(a.attname ORDER BY a.attnum), '[]')
          FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
       coalesce((SELECT json_agg(a.attname ORDER BY k.place)
          FROM (SELECT (x.indkey::int2[])[0:x.indnkeyatts - 1] AS columns
                  FROM pg_catalog.pg_index x
                 WHERE x.indrelid = c.oid AND x.indisunique AND x.indisvalid AND x.indimmediate
                   AND x.indpred IS NULL AND x.indexprs IS NULL
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute na
                                     JOIN pg_catalog.pg_type nt ON nt.oid = na.atttypid
                                    WHERE na.attrelid = c.oid
                                      AND na.attnum = ANY ((x.indkey::int2[])[0:x.indnkeyatts - 1])
                                      AND (NOT na.attnotnull OR na.attgenerated <> ''
                                           OR nt.typnamespace <> 'pg_catalog'::regnamespace))
                 ORDER BY x.indisprimary DESC, x.indexrelid
                 LIMIT 1) u,
               unnest(u.columns) WITH ORDINALITY AS k (attnum, place)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum), '[]') AS unique_key,
       (SELECT coalesce(json_agg(pub.pubname ORDER BY pub.pubname), '[]')
          FROM pg_catalog.pg_publication pub
         WHERE pub.puballtables) AS published_with_all,
       EXISTS (SELECT FROM pg_catalog.pg_publication pub WHERE pub.puballtables)
           OR CASE WHEN to_regclass('pg_catalog.pg_publication_namespace') IS NOT NULL
                   THEN (xpath('/row/e/text()', query_to_xml(
                            format('SELECT EXISTS (SELECT FROM pg_catalog.pg_publication_namespace WHERE pnnspid = %s) AS e',
                                   n.oid), false, true, '')))[1]::text = 'true'
                   ELSE false END AS published_at_once,
       (SELECT coalesce(json_agg(DISTINCT used.what), '[]')
          FROM (SELECT 'view ' || r.ev_class::regclass::text AS what
                  FROM pg_catalog.pg_depend d
                  JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid AND r.ev_class <> d.refobjid
                 WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass
                   AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = p.partdefid
                 UNION ALL
                SELECT 'function ' || d.objid::regprocedure::text
                  FROM pg_catalog.pg_depend d
                 WHERE d.classid = 'pg_catalog.pg_proc'::regclass
                   AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = p.partdefid
                 UNION ALL
                SELECT 'foreign key ' || quote_ident(k.conname) || ' of ' || k.conrelid::regclass::text
                  FROM pg_catalog.pg_constraint k
                 WHERE k.confrelid = p.partdefid AND k.contype = 'f' AND k.conparentid = 0
                 UNION ALL
                SELECT 'policy ' || quote_ident(l.polname) || ' of ' || l.polrelid::regclass::text
                  FROM pg_catalog.pg_depend d
                  JOIN pg_catalog.pg_policy l ON l.oid = d.objid AND l.polrelid <> d.refobjid
                 WHERE d.classid = 'pg_catalog.pg_policy'::regclass
                   AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = p.partdefid
                 UNION ALL
                SELECT 'rule ' || quote_ident(r.rulename) || ' on it'
                  FROM pg_catalog.pg_rewrite r
                 WHERE r.ev_class = p.partdefid
                 UNION ALL
                SELECT 'publication ' || quote_ident(pub.pubname)
                  FROM pg_catalog.pg_publication_rel r
                  JOIN pg_catalog.pg_publication pub ON pub.oid = r.prpubid
                 WHERE r.prrelid = p.partdefid) used
         WHERE p.partdefid <> 0) AS default_used_by,
       (SELECT coalesce(json_agg(DISTINCT own.what), '[]')
          FROM (SELECT 'constraint ' || quote_ident(k.conname) AS what
                  FROM pg_catalog.pg_constraint k
                 WHERE k.conrelid = p.partdefid AND k.contype <> 'n' AND k.coninhcount = 0 AND k.conparentid = 0
                   AND k.conname <> 'partman_fence'
                 UNION ALL
                SELECT 'unique index ' || quote_ident(ic.relname)
                  FROM pg_catalog.pg_index x
                  JOIN pg_catalog.pg_class ic ON ic.oid = x.indexrelid
                 WHERE x.indrelid = p.partdefid AND x.indisunique AND NOT ic.relispartition
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = ic.oid AND k.contype IN ('p', 'u', 'x'))
                 UNION ALL
                SELECT 'trigger ' || quote_ident(t.tgname)
                  FROM pg_catalog.pg_trigger t
                 WHERE t.tgrelid = p.partdefid AND NOT t.tgisinternal AND t.tgparentid = 0
                   AND t.tgname !~ '^partman_note_changes'
                 UNION ALL
                SELECT 'row security'
                  FROM pg_catalog.pg_class d
                 WHERE d.oid = p.partdefid AND (d.relrowsecurity OR d.relforcerowsecurity)
                 UNION ALL
                SELECT 'grants to ' || CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END
                  FROM pg_catalog.pg_class d
                 CROSS JOIN LATERAL aclexplode(d.relacl) g
                 WHERE d.oid = p.partdefid AND g.grantee NOT IN (d.relowner, c.relowner)
                   AND NOT EXISTS (SELECT FROM aclexplode(c.relacl) h
                                    WHERE h.grantee = g.grantee AND h.privilege_type = g.privilege_type)) own
         WHERE p.partdefid <> 0) AS default_own,
       (SELECT coalesce(json_agg(t.tgname ORDER BY t.tgname), '[]')
          FROM pg_catalog.pg_trigger t
          JOIN pg_catalog.pg_trigger above ON above.oid = t.tgparentid
         WHERE t.tgrelid = p.partdefid AND NOT t.tgisinternal AND t.tgenabled <> above.tgenabled) AS default_triggers,
       -- What fires when we move rows out of DEFAULT or back: a superuser keeps quiet what isn't told to fire always.
       (SELECT coalesce(json_agg(f.name ORDER BY f.name), '[]')
          FROM (SELECT 'trigger ' || quote_ident(t.tgname) AS name, t.tgenabled AS enabled
                  FROM pg_catalog.pg_trigger t
                 WHERE t.tgrelid = p.partdefid AND NOT t.tgisinternal
                 UNION ALL
                SELECT 'rule ' || quote_ident(r.rulename), r.ev_enabled
                  FROM pg_catalog.pg_rewrite r
                 WHERE r.ev_class = p.partdefid) AS f
         WHERE CASE WHEN (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
                    THEN f.enabled IN ('A', 'R') ELSE f.enabled <> 'D' END) AS default_fires,
       (SELECT coalesce(json_agg(tg.tgname ORDER BY tg.tgname), '[]')
          FROM pg_catalog.pg_trigger tg
         WHERE tg.tgrelid = c.oid AND NOT tg.tgisinternal) AS triggers,
       (SELECT coalesce(json_agg(pub.pubname ORDER BY pub.pubname), '[]')
          FROM pg_catalog.pg_publication pub
         WHERE EXISTS (SELECT FROM published l
                         JOIN pg_catalog.pg_inherits i ON i.inhrelid = l.oid
                        WHERE l.pubname = pub.pubname AND i.inhparent = c.oid)
            OR (NOT pub.pubviaroot
                AND (pub.puballtables
                     OR EXISTS (SELECT FROM pg_catalog.pg_publication_rel r
                                 WHERE r.prpubid = pub.oid
                                   AND (r.prrelid = c.oid
                                        OR r.prrelid IN (SELECT relid FROM pg_catalog.pg_partition_ancestors(c.oid))))))
       ) AS publications,
       (SELECT coalesce(json_agg(DISTINCT l.pubname ORDER BY l.pubname), '[]')
          FROM published l
         WHERE l.oid = c.oid
            OR l.oid IN (SELECT relid FROM pg_catalog.pg_partition_ancestors(c.oid))
            OR l.oid IN (SELECT i.inhrelid FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid)
       ) AS published_by
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = c.oid
 CROSS JOIN LATERAL (SELECT min(pc.relreplident::text) AS lowest, max(pc.relreplident::text) AS highest, min(pc.oid) AS first
                       FROM pg_catalog.pg_inherits i
                       JOIN pg_catalog.pg_class pc ON pc.oid = i.inhrelid
                      WHERE i.inhparent = c.oid AND pc.relkind = 'r') AS below
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND (c.relkind = 'p'
        OR (c.relkind IN ('r', 'f') AND EXISTS (
                SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid)))
 ORDER BY n.nspname, c.relname
