-- What is not a relation: the schemas themselves, functions, types of their own; and, for the whole database,
-- extensions (of the schemas looked at), publications, event triggers, default privileges and settings.
SELECT 'schema' AS kind, format('%I', n.nspname) AS name, n.oid,
    jsonb_build_object('owner', n.nspowner::regrole::text, 'acl', n.nspacl::text)::text AS facts
FROM scope AS n
UNION ALL
SELECT 'function', format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), p.oid,
    jsonb_build_object('owner', p.proowner::regrole::text, 'acl', p.proacl::text, 'settings', p.proconfig,
        'definition', CASE WHEN p.prokind = 'a' THEN 'aggregate' ELSE pg_get_functiondef(p.oid) END)::text
FROM pg_proc AS p JOIN scope AS n ON n.oid = p.pronamespace
UNION ALL
SELECT 'type', format('%I.%I', n.nspname, t.typname), t.oid,
    jsonb_build_object('owner', t.typowner::regrole::text, 'acl', t.typacl::text, 'type', t.typtype,
        'labels', (SELECT jsonb_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = t.oid))::text
FROM pg_type AS t JOIN scope AS n ON n.oid = t.typnamespace
WHERE t.typtype IN ('d', 'e', 'r')
UNION ALL
SELECT 'extension', format('%I', e.extname), e.oid,
    jsonb_build_object('version', e.extversion, 'schema', n.nspname, 'owner', e.extowner::regrole::text)::text
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
WHERE n.nspname ~ '^pg_' OR n.oid IN (SELECT oid FROM scope)
UNION ALL
SELECT 'publication', format('%I', p.pubname), p.oid,
    jsonb_build_object('owner', p.pubowner::regrole::text, 'all tables', p.puballtables, 'via root', p.pubviaroot,
        'operations', concat_ws(' ', p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate),
        'tables', (SELECT jsonb_agg(r.prrelid::regclass::text ORDER BY r.prrelid) FROM pg_publication_rel AS r WHERE r.prpubid = p.oid))::text
FROM pg_publication AS p
UNION ALL
SELECT 'event trigger', format('%I', e.evtname), e.oid,
    jsonb_build_object('owner', e.evtowner::regrole::text, 'event', e.evtevent, 'enabled', e.evtenabled,
        'function', e.evtfoid::regprocedure::text)::text
FROM pg_event_trigger AS e
UNION ALL
SELECT 'default privileges', concat_ws(' ', d.defaclrole::regrole, nullif(d.defaclnamespace, 0)::regnamespace, d.defaclobjtype), d.oid,
    jsonb_build_object('acl', d.defaclacl::text)::text
FROM pg_default_acl AS d
UNION ALL
SELECT 'settings', concat_ws(' of ', CASE WHEN s.setdatabase = 0 THEN 'all databases' ELSE 'this database' END, nullif(s.setrole, 0)::regrole), 0::oid,
    jsonb_build_object('settings', s.setconfig)::text
FROM pg_db_role_setting AS s
WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
