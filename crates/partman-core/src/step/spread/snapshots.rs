//! Others who look at the database as it was before rows were copied: at repeatable read, or with a statement or cursor that
//! began then. What was copied since is invisible to them, so an exchange would hide rows from those who come to the set
//! only afterwards. It waits for them, as CREATE INDEX CONCURRENTLY does.
//!
//! Whoever has looked at the set already is waited for by the lock. What is caught up with in the exchange itself is newer
//! than any snapshot, so there should be nothing of it: each time there was something, it is committed and waited for anew,
//! until writers leave a moment in which there is none. Where they leave none, those few rows are as they were to a snapshot
//! that was taken in the moments before.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::changes;
use super::lanes::Lanes;
use crate::session::{Session, Statement, row, rows};
use crate::step::Pace;
use crate::step::looking_back::Retreats;
use crate::{Error, Kind};

/// So often the last changes are committed by themselves before the exchange is tried all the same.
const MOST_TURNS: u32 = 100;

/// How far it has got.
#[derive(Default, Serialize, Deserialize)]
struct Turn {
    /// The transaction up to which copies are to be seen by all.
    since: Option<String>,
    /// How many there were.
    #[serde(default)]
    turns: u32,
}

#[derive(Deserialize)]
struct Now {
    now: String,
}

/// Works off what has changed by the time that everything is locked.
///
/// # Errors
/// [`Kind::LockTimeout`] where there was something, the first few times: the runner tries again.
pub(super) async fn last_changes(
    session: &mut (dyn Session + 'static),
    lanes: &Lanes<'_>,
    retreats: &Retreats,
) -> Result<(), Error> {
    let mut n = changes::catch_up(session, lanes.spread, &lanes.lanes).await?;
    if n > 0 && retreats.once_more() {
        let why = "rows were written in the very last moment, which is tried again";
        return Err(Error::new(Kind::LockTimeout, why));
    }
    while n >= changes::AT_ONCE {
        n = changes::catch_up(session, lanes.spread, &lanes.lanes).await?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Backend {
    who: String,
}

/// The last pieces of a step, once everything is copied: each works off what has changed since, until nothing has and nobody
/// is left who sees less than that.
///
/// # Errors
/// [`Kind::LockTimeout`], with whom there is to wait for: the runner tries again later.
pub(super) async fn settle(
    session: &mut (dyn Session + 'static),
    lanes: &Lanes<'_>,
    so_far: &Value,
) -> Result<Pace, Error> {
    let Turn { since, turns } = serde_json::from_value(so_far.clone()).unwrap_or_default();
    if let Some(since) = &since {
        nobody_is_older(session, since).await?;
    }
    // As the last thing before the locks, for what is written from here on is too late.
    let n = changes::catch_up(session, lanes.spread, &lanes.lanes).await?;
    let is_enough = n == 0 || (n < changes::AT_ONCE && turns >= MOST_TURNS);
    match since.is_some() && is_enough {
        true => Ok(Pace::Through),
        false => turn(session, turns + 1).await,
    }
}

async fn nobody_is_older(session: &mut (dyn Session + 'static), since: &str) -> Result<(), Error> {
    let older = Statement::query(include_str!("../../sql/older_snapshots.sql")).bind(since);
    match rows::<Backend>(session, &older).await?.pop() {
        None => Ok(()),
        Some(Backend { who }) => Err(Error::new(
            Kind::LockTimeout,
            format!("{who} looks at the database as it was before rows were copied"),
        )),
    }
}

/// What this transaction has copied is to be seen by all.
async fn turn(session: &mut (dyn Session + 'static), turns: u32) -> Result<Pace, Error> {
    let sql = "SELECT pg_current_xact_id()::xid::text AS now";
    let Now { now } = row(session, &Statement::query(sql)).await?;
    let since = Some(now);
    Ok(Pace::More {
        so_far: json!(Turn { since, turns }),
        done: 0,
        total: 0,
    })
}
