//! What has to be true of a set that was adopted, asked of the catalog and of PostgreSQL's own arithmetic; nothing here
//! goes through partman.

use partman_testkit::TestDb;
use tokio_postgres::SimpleQueryMessage;

use super::case::Case;

/// The zone and the interval in which a set goes on, as PostgreSQL reads them.
#[derive(Debug, Clone)]
pub(super) struct Rhythm {
    pub(super) zone: String,
    pub(super) interval: String,
}

/// Every partition's oid, name and bound, DEFAULT included.
pub(super) async fn partitions(db: &TestDb, case: &Case) -> Vec<String> {
    let sql = format!(
        "{}; SELECT format('%s %s %s', oid, oid::regclass, bound) FROM parts ORDER BY 1",
        parts(case)
    );
    lines(db, &sql).await
}

/// A set without a hole, in one rhythm, past the present: what is wrong with it.
pub(super) async fn what_is_wrong(db: &TestDb, case: &Case, rhythm: &Rhythm) -> Vec<String> {
    let mut wrong = lines(db, &broken(case, rhythm)).await;
    wrong.extend(refuses_rows(db, case).await);
    wrong
}

fn parts(case: &Case) -> String {
    let parent = literal(&case.parent_name().to_string());
    format!(
        "SET TimeZone = 'UTC'; SET DateStyle = 'ISO';
         CREATE TEMP VIEW parts AS
         SELECT c.oid, pg_get_expr(c.relpartbound, c.oid) AS bound
           FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
          WHERE inhparent = {parent}::regclass"
    )
}

/// Lower and upper ends as values of the key.
fn ends(case: &Case) -> String {
    let key = case.key.sql();
    format!(
        "{};
         CREATE TEMP TABLE ends AS
         SELECT oid, trim(both '''' from substring(bound from 'FROM \\((.*)\\) TO'))::{key} AS lower,
                trim(both '''' from substring(bound from 'TO \\((.*)\\)'))::{key} AS upper
           FROM parts WHERE bound <> 'DEFAULT'",
        parts(case)
    )
}

/// Whether partitions meet, have the interval of the rhythm, and lie ahead.
pub(super) fn broken(case: &Case, rhythm: &Rhythm) -> String {
    let (key, zone, premake) = (case.key.sql(), &rhythm.zone, case.premake);
    let parent = case.parent_name();
    let control = partman_core::name::quote_ident(case.control);
    let step = if case.key.is_time() {
        format!("interval '{}'", rhythm.interval)
    } else {
        rhythm.interval.clone()
    };
    // An integer key is where its rows are, DEFAULT aside; a time without a zone is compared with a clock in UTC.
    let present = match case.key.sql() {
        "timestamptz" => "now()".to_owned(),
        "timestamp" | "date" => format!("(now() AT TIME ZONE 'UTC')::{key}"),
        _ => format!(
            "(SELECT max({control}) FROM {parent} WHERE tableoid IN (SELECT oid FROM parts WHERE bound <> 'DEFAULT'))"
        ),
    };
    format!(
        "{ends};
         SET TimeZone = '{zone}';
         WITH ordered AS (SELECT *, lag(upper) OVER (ORDER BY lower) AS before FROM ends)
         SELECT format('%s is from %s to %s, after %s', oid::regclass, lower, upper, before)
           FROM ordered WHERE upper <> (lower + {step})::{key} OR before <> lower
         UNION ALL
         SELECT format('%s partitions lie ahead of %s', count(*), {present})
           FROM ends WHERE lower > {present} HAVING count(*) < {premake}
         UNION ALL
         SELECT format('none is for %s', {present})
          WHERE NOT EXISTS (SELECT FROM ends WHERE lower <= {present} AND {present} < upper)
            AND {present} >= (SELECT min(lower) FROM ends)",
        ends = ends(case),
    )
}

/// Inserts at both ends of each partition, which have to end up there; all given up again.
async fn refuses_rows(db: &TestDb, case: &Case) -> Vec<String> {
    let parent = case.parent_name();
    let control = partman_core::name::quote_ident(case.control);
    let inside = match case.key.sql() {
        "timestamptz" | "timestamp" => "upper - interval '1 microsecond'",
        _ => "upper - 1",
    };
    let sql = format!(
        "{ends};
         CREATE TEMP TABLE wrong (what text);
         DO $probe$
         DECLARE
             part record;
             got oid;
         BEGIN
             FOR part IN SELECT oid, unnest(ARRAY[lower, {inside}]) AS at FROM ends LOOP
                 BEGIN
                     INSERT INTO {parent} ({control}, what) VALUES (part.at, 'probe') RETURNING tableoid INTO got;
                     IF got <> part.oid THEN
                         INSERT INTO wrong VALUES (format('%s went into %s, not %s', part.at, got::regclass, part.oid::regclass));
                     END IF;
                 EXCEPTION WHEN OTHERS THEN
                     INSERT INTO wrong VALUES (format('%s: %s', part.at, SQLERRM));
                 END;
             END LOOP;
         END $probe$;
         SELECT what FROM wrong",
        ends = ends(case),
    );
    lines(db, &format!("BEGIN; {sql}; ROLLBACK")).await
}

fn literal(text: &str) -> String {
    partman_core::name::quote_literal(text)
}

/// The first column of everything that a batch returns.
pub(super) async fn lines(db: &TestDb, sql: &str) -> Vec<String> {
    let answer = db.client().await.simple_query(sql).await;
    let answer = answer.unwrap_or_else(|error| panic!("{sql}\nfailed: {:?}", error.as_db_error()));
    let first = |message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
        _ => None,
    };
    answer.into_iter().filter_map(first).collect()
}
