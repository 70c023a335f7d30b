-- Sequences and the columns that own them ($3: with the number they have reached, which any insert changes).
SELECT
    'sequence' AS kind,
    format('%I.%I', n.nspname, c.relname) AS name,
    c.oid,
    jsonb_build_object(
        'owner', c.relowner::regrole::text,
        'acl', c.relacl::text,
        'type', s.seqtypid::regtype::text,
        'start', s.seqstart,
        'increment', s.seqincrement,
        'minimum', s.seqmin,
        'maximum', s.seqmax,
        'cache', s.seqcache,
        'cycle', s.seqcycle,
        'column', (
            SELECT format('%s.%I', d.refobjid::regclass, a.attname)
            FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
                AND d.deptype IN ('a', 'i')
        ),
        'last value', CASE WHEN $3::bool THEN pg_sequence_last_value(c.oid) END
    )::text AS facts
FROM pg_class AS c JOIN scope AS n ON n.oid = c.relnamespace JOIN pg_sequence AS s ON s.seqrelid = c.oid
