//! Statements that several steps begin with.

use crate::Error;
use crate::name::{RelationName, quote_ident};
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
