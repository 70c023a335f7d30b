//! Statements that several steps begin with.

use crate::Error;
use crate::name::{RelationName, quote_ident, quote_literal};
use crate::session::{Session, Statement};

/// The table itself, without its partitions; everybody waits.
pub(super) fn lock(table: &RelationName) -> String {
    format!("LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE")
}

/// Within its schema.
pub(super) fn rename(from: &RelationName, to: &RelationName) -> String {
    format!("ALTER TABLE {from} RENAME TO {}", quote_ident(&to.name))
}

/// One after the other.
pub(super) async fn run(
    session: &mut (dyn Session + 'static),
    statements: impl IntoIterator<Item = String>,
) -> Result<(), Error> {
    for sql in statements {
        session.run(&Statement::command(sql)).await?;
    }
    Ok(())
}

/// All in one message, for while others wait: a turn to the server and back takes as long as many a statement.
pub(super) async fn run_at_once(
    session: &mut (dyn Session + 'static),
    statements: impl IntoIterator<Item = String>,
) -> Result<(), Error> {
    let all: Vec<String> = statements.into_iter().collect();
    match all.is_empty() {
        true => Ok(()),
        false => run(session, [all.join(";\n")]).await,
    }
}

/// Has our backend read which partitions the set has, before others have to wait for what it does with them: with a thousand
/// partitions that takes some 5 ms. The constraint of a DEFAULT partition is made of all their bounds.
///
/// Locks: ACCESS SHARE on the parent and DEFAULT.
pub(super) async fn know_partitions(
    session: &mut (dyn Session + 'static),
    default: &RelationName,
) -> Result<(), Error> {
    let sql = format!(
        "SELECT length(pg_get_partition_constraintdef(to_regclass({})))",
        quote_literal(&default.to_string())
    );
    run(session, [sql]).await
}
