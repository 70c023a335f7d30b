-- The database that we are in; its columns differ between versions, hence the way through JSON. Takes no lock.
SELECT jsonb_build_object(
    'name', d.datname,
    'oid', d.oid::bigint,
    'owner', pg_get_userbyid(d.datdba),
    'encoding', pg_encoding_to_char(d.encoding),
    'collate', d.datcollate,
    'ctype', d.datctype,
    'provider', coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'),
    'locale', coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'),
    'icu_rules', to_jsonb(d) ->> 'daticurules',
    'collation_version', to_jsonb(d) ->> 'datcollversion',
    'lc_monetary', current_setting('lc_monetary'),
    'connection_limit', d.datconnlimit,
    'comment', shobj_description(d.oid, 'pg_database'),
    'settings', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'role', CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END,
            'name', split_part(line, '=', 1),
            'value', substr(line, strpos(line, '=') + 1)
        ) ORDER BY s.setrole, line), '[]')
        FROM pg_db_role_setting AS s, unnest(s.setconfig) AS line
        WHERE s.setdatabase = d.oid
    ),
    'privileges', CASE WHEN d.datacl IS NOT NULL THEN (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'role', CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END,
            'privilege', a.privilege_type,
            'grantable', a.is_grantable
        ) ORDER BY a.grantee, a.privilege_type), '[]')
        FROM aclexplode(d.datacl) AS a
    ) END
)::text
FROM pg_database AS d
WHERE d.datname = current_database()
