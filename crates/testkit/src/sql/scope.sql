-- The schemas that a snapshot looks at: $1 names, $2 whether those are the ones wanted (else all but those).
WITH scope AS (
    SELECT oid, nspname, nspowner, nspacl
    FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND (nspname = ANY ($1::text[])) = $2::bool
)
