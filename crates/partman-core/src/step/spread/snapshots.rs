//! Others who look at the database as it was before rows were copied: at repeatable read, or with a statement or cursor that
//! began then. What was copied since is invisible to them, so an exchange would hide rows from those who come to the set
//! only afterwards. It waits for them, as CREATE INDEX CONCURRENTLY does.
//!
//! Whoever has looked at the set already is waited for by the lock. What is caught up with in the exchange itself is newer
//! than any snapshot: to one that was taken in the moments before, those few rows are as they were.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::session::{Session, Statement, row, rows};
use crate::step::Pace;
use crate::{Error, Kind};

/// The transaction up to which copies are to be seen by all.
#[derive(Serialize, Deserialize)]
struct Since {
    since: String,
}

#[derive(Deserialize)]
struct Backend {
    who: String,
}

/// As the last pieces of a step, once everything is copied: the first notes where that is, the others look whether anybody
/// sees less.
///
/// # Errors
/// [`Kind::LockTimeout`], with whom there is to wait for: the runner tries again later.
pub(super) async fn pass(
    session: &mut (dyn Session + 'static),
    so_far: &Value,
) -> Result<Pace, Error> {
    let Ok(Since { since }) = serde_json::from_value(so_far.clone()) else {
        let sql = "SELECT pg_current_xact_id()::xid::text AS since";
        let now: Since = row(session, &Statement::query(sql)).await?;
        return Ok(Pace::More {
            so_far: json!(now),
            done: 0,
            total: 0,
        });
    };
    let older = Statement::query(include_str!("../../sql/older_snapshots.sql")).bind(since);
    match rows::<Backend>(session, &older).await?.pop() {
        None => Ok(Pace::Through),
        Some(Backend { who }) => Err(Error::new(
            Kind::LockTimeout,
            format!("{who} looks at the database as it was before rows were copied"),
        )),
    }
}
