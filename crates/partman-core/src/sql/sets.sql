-- Every parent of partitions or of inheritance children. Locks: ACCESS SHARE on a parent while its expressions are printed.
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
       c.relreplident AS replica_identity,
       EXISTS (SELECT FROM pg_catalog.pg_index x
                 JOIN pg_catalog.pg_class ic ON ic.oid = x.indexrelid
                 JOIN pg_catalog.pg_am am ON am.oid = ic.relam AND am.amname = 'btree'
                WHERE x.indrelid = c.oid AND x.indpred IS NULL
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
       (SELECT coalesce(json_agg(tg.tgname ORDER BY tg.tgname), '[]')
          FROM pg_catalog.pg_trigger tg
         WHERE tg.tgrelid = c.oid AND NOT tg.tgisinternal) AS triggers,
       (SELECT coalesce(json_agg(pub.pubname ORDER BY pub.pubname), '[]')
          FROM pg_catalog.pg_publication pub
         WHERE NOT pub.pubviaroot
           AND (pub.puballtables
                OR EXISTS (SELECT FROM pg_catalog.pg_publication_rel r 
                            WHERE r.prpubid = pub.oid
                              AND (r.prrelid = c.oid
                                   OR r.prrelid IN (SELECT relid FROM pg_catalog.pg_partition_ancestors(c.oid)))))
       ) AS publications
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = c.oid
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND (c.relkind = 'p'
        OR (c.relkind IN ('r', 'f') AND EXISTS (
                SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid)))
 ORDER BY n.nspname, c.relname
