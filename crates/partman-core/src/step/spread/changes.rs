//! What writers change while rows are being copied: a trigger notes the keys, and the copies catch up with them.
//!
//! Only keys are noted. Whatever row has such a key when its turn comes is what the copy has to have, so an entry may be
//! worked off twice, late, or after the row was copied as it is by now. Entries are seen when their writer has committed, in
//! whichever order; none is lost to one that commits later. The table is an ordinary one, for what a crash would empty
//! would be missing in the copies.
//!
//! Both are in the journal's schema. One set is spread at a time, so there is one of each.

use serde::Deserialize;
use serde_json::json;

use super::lanes::Lane;
use super::{Spread, listed, run};
use crate::Error;
use crate::journal::JOURNAL_SCHEMA;
use crate::name::{RelationName, quote_ident, quote_literal};
use crate::session::{Session, Statement, row, rows};

/// Entries that are worked off in one piece.
pub(super) const AT_ONCE: i64 = 1_000;

const TRIGGER: &str = "partman_note_changes";
const GUARD: &str = "partman_keep_out";
const NUMBER: &str = "partman_number";
const TAKEN: &str = "partman_taken";

/// Rows that are gone after a copy of them was made would have to be looked for one by one.
const TRUNCATED: &str = "it was truncated meanwhile";

/// It is us who write into tables that are kept from others; see [`guard`]. And nothing is known yet of tables that were filled
/// a moment ago: keys of a few entries are looked up in indexes all the same.
pub(super) const AT_WORK: &str = "SELECT set_config('partman.copies', 'on', true), set_config('enable_hashjoin', 'off', true), \
                                  set_config('enable_mergejoin', 'off', true)";

/// As usual again, where all of two tables is compared.
pub(super) const PLAN_FOR_MANY: &str =
    "SELECT set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true)";

#[derive(Deserialize)]
struct Count {
    n: i64,
}

#[derive(Deserialize)]
struct Taken {
    n: i64,
    truncated: i64,
    lanes: Vec<i64>,
}

#[derive(Deserialize)]
struct Name {
    schema: String,
    name: String,
}

fn table() -> RelationName {
    RelationName::new(JOURNAL_SCHEMA, "changes")
}

fn function() -> String {
    format!("{}()", RelationName::new(JOURNAL_SCHEMA, "note_changes"))
}

fn guarding() -> String {
    format!("{}()", RelationName::new(JOURNAL_SCHEMA, "keep_out"))
}

/// `l.a = s.a AND l.b = s.b`
pub(super) fn same_key(spread: &Spread, (left, right): (&str, &str)) -> String {
    let each = spread.unique.iter().map(|column| {
        let column = quote_ident(column);
        format!("{left}.{column} = {right}.{column}")
    });
    each.collect::<Vec<_>>().join(" AND ")
}

/// As a condition on a row `s`: nothing is noted of it.
pub(super) fn unchanged(spread: &Spread) -> String {
    format!(
        "NOT EXISTS (SELECT FROM {} l WHERE {})",
        table(),
        same_key(spread, ("l", "s"))
    )
}

/// What makes the table and the function, where they aren't there yet.
pub(super) fn create(spread: &Spread) -> Vec<String> {
    let (table, default) = (table(), &spread.default);
    let key = listed("", &spread.unique);
    let (old, new) = (
        listed("OLD.", &spread.unique),
        listed("NEW.", &spread.unique),
    );
    let body = format!(
        "BEGIN \
         IF TG_OP = 'TRUNCATE' THEN INSERT INTO {table} DEFAULT VALUES; RETURN NULL; END IF; \
         IF TG_OP <> 'INSERT' THEN INSERT INTO {table} ({key}) VALUES ({old}); END IF; \
         IF TG_OP <> 'DELETE' THEN INSERT INTO {table} ({key}) VALUES ({new}); END IF; \
         RETURN NULL; END"
    );
    let mut all = vec![
        format!("CREATE TABLE {table} AS SELECT {key} FROM ONLY {default} WITH NO DATA"),
        format!(
            "ALTER TABLE {table} ADD COLUMN {NUMBER} int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \
             ADD COLUMN {TAKEN} bool NOT NULL DEFAULT false"
        ),
        // In the name of whoever runs this: writers have no rights on the table, and a path of their own.
        format!(
            "CREATE OR REPLACE FUNCTION {} RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS {}",
            function(),
            quote_literal(&body)
        ),
    ];
    all.extend(guards());
    all
}

/// What makes a table note its changes, also those that replication brings. SHARE ROW EXCLUSIVE: it waits until nobody has
/// changed anything that isn't committed.
pub(super) fn note(table: &RelationName) -> Vec<String> {
    let function = function();
    let truncated = format!("{TRIGGER}_all");
    vec![
        format!(
            "CREATE OR REPLACE TRIGGER {TRIGGER} AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION \
             {function}"
        ),
        format!(
            "CREATE OR REPLACE TRIGGER {truncated} AFTER TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {function}"
        ),
        format!(
            "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {TRIGGER}, ENABLE ALWAYS TRIGGER {truncated}"
        ),
    ]
}

/// What keeps everybody else from writing into a table of copies, which lies beside the set with a partition's name and grants:
/// what is deleted there would be missing in the set afterwards.
pub(super) fn guard(table: &RelationName) -> Vec<String> {
    guard_from("INSERT OR UPDATE OR DELETE OR TRUNCATE", table)
}

/// The function that refuses, and entries kept from being taken away.
pub(super) fn guards() -> Vec<String> {
    let body = "BEGIN \
                IF current_setting('partman.copies', true) = 'on' THEN RETURN NULL; END IF; \
                RAISE EXCEPTION '%.% is written by partman only, until its run is through', TG_TABLE_SCHEMA, TG_TABLE_NAME \
                USING ERRCODE = 'object_in_use', HINT = 'See partman resume and partman rollback.'; END";
    let mut all = vec![format!(
        "CREATE OR REPLACE FUNCTION {} RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS {}",
        guarding(),
        quote_literal(body)
    )];
    all.extend(guard_from("UPDATE OR DELETE OR TRUNCATE", &table()));
    all
}

fn guard_from(what: &str, table: &RelationName) -> Vec<String> {
    vec![
        format!(
            "CREATE OR REPLACE TRIGGER {GUARD} BEFORE {what} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {}",
            guarding()
        ),
        format!("ALTER TABLE {table} ENABLE ALWAYS TRIGGER {GUARD}"),
    ]
}

/// What lets everybody write again, wherever the function refuses.
pub(super) fn let_in() -> String {
    format!("DROP FUNCTION IF EXISTS {} CASCADE", guarding())
}

/// What takes the triggers of a table away again, where it has them.
pub(super) fn forget(table: &RelationName) -> Vec<String> {
    vec![
        format!("DROP TRIGGER IF EXISTS {TRIGGER} ON {table}"),
        format!("DROP TRIGGER IF EXISTS {TRIGGER}_all ON {table}"),
    ]
}

/// What takes away everything, triggers that are still somewhere among it.
pub(super) fn drop() -> Vec<String> {
    vec![
        format!("DROP FUNCTION IF EXISTS {} CASCADE", function()),
        let_in(),
        format!("DROP TABLE IF EXISTS {}", table()),
    ]
}

/// Whether the table and the function are there.
pub(super) async fn are_noted(session: &mut (dyn Session + 'static)) -> Result<bool, Error> {
    let sql = "SELECT count(*) AS n FROM pg_catalog.pg_class WHERE oid = to_regclass($1::text)";
    let statement = Statement::query(sql).bind(table().to_string());
    Ok(row::<Count>(session, &statement).await?.n > 0)
}

/// The tables that note their changes.
pub(super) async fn noting(
    session: &mut (dyn Session + 'static),
) -> Result<Vec<RelationName>, Error> {
    let sql = "SELECT DISTINCT n.nspname AS schema, c.relname AS name FROM pg_catalog.pg_trigger t \
               JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               WHERE t.tgfoid = to_regprocedure($1::text) ORDER BY 1, 2";
    let found: Vec<Name> = rows(session, &Statement::query(sql).bind(function())).await?;
    Ok(found
        .into_iter()
        .map(|Name { schema, name }| RelationName::new(schema, name))
        .collect())
}

/// Whether every one of these tables notes its changes, as it was told to, and has the unique key by which they are noted.
/// Somebody may have switched triggers off for a while, which leaves them in another state, or dropped the key.
pub(super) async fn can_be_relied_on(
    session: &mut (dyn Session + 'static),
    spread: &Spread,
    tables: &[&RelationName],
) -> Result<bool, Error> {
    let names: Vec<String> = tables.iter().map(ToString::to_string).collect();
    let statement = Statement::query(include_str!("../../sql/noted.sql"))
        .bind(json!(names).to_string())
        .bind(function())
        .bind(json!(spread.unique).to_string());
    Ok(row::<Count>(session, &statement).await?.n == i64::try_from(names.len()).unwrap_or(0))
}

/// Works off some entries: each lane's table loses what it had under these keys, and gets what there is by now. Returns how
/// many there were; less than [`AT_ONCE`] means that these were all.
pub(super) async fn catch_up(
    session: &mut (dyn Session + 'static),
    spread: &Spread,
    lanes: &[Lane],
) -> Result<i64, Error> {
    let entries = table();
    // Mostly there are none, and somebody may be waiting.
    let any = format!("SELECT count(*) AS n FROM (SELECT FROM {entries} LIMIT 1) AS l");
    if row::<Count>(session, &Statement::query(any)).await?.n == 0 {
        return Ok(0);
    }
    let take = format!(
        "UPDATE {entries} SET {TAKEN} = true WHERE {NUMBER} IN (SELECT {NUMBER} FROM {entries} ORDER BY {NUMBER} LIMIT \
         {AT_ONCE})"
    );
    run(session, [AT_WORK.to_owned(), take]).await?;
    let key = quote_ident(spread.unique.first().map_or("", String::as_str));
    let concerned = lanes.iter();
    let concerned =
        concerned.map(|lane| format!("count(*) FILTER (WHERE {})", lane.own(spread, "l.")));
    let look = format!(
        "SELECT count(*) AS n, count(*) FILTER (WHERE {key} IS NULL) AS truncated, ARRAY[{}] AS lanes FROM \
         {entries} l WHERE {TAKEN}",
        concerned.collect::<Vec<_>>().join(", ")
    );
    let taken: Taken = row(session, &Statement::query(look)).await?;
    if taken.truncated > 0 {
        return Err(spread.changed(TRUNCATED));
    }
    for (lane, n) in lanes.iter().zip(&taken.lanes) {
        if *n > 0 {
            run(session, one_lane(spread, lane)).await?;
        }
    }
    run(session, [format!("DELETE FROM {entries} WHERE {TAKEN}")]).await?;
    Ok(taken.n)
}

fn one_lane(spread: &Spread, lane: &Lane) -> [String; 2] {
    let (entries, Lane { from, to, .. }) = (table(), lane);
    // Lanes may end in one table, which then keeps what another one has brought.
    let same = same_key(spread, ("l", "s"));
    let (columns, theirs) = (spread.listed(), listed("s.", &spread.columns));
    let (key, own) = (listed("", &spread.unique), lane.own(spread, "s."));
    let noted = lane.own(spread, "l.");
    [
        format!("DELETE FROM ONLY {to} s USING {entries} l WHERE l.{TAKEN} AND {noted} AND {same}"),
        format!(
            "INSERT INTO {to} ({columns}) SELECT {theirs} FROM (SELECT DISTINCT {key} FROM {entries} WHERE {TAKEN}) l \
             JOIN ONLY {from} s ON {same} WHERE {own} ON CONFLICT DO NOTHING"
        ),
    ]
}
