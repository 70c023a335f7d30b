//! One run per database: an advisory lock that says who has it.
//!
//! The key is the pair (`0x70617274`, `0x6d616e31`), the bytes of `partman1`; advisory locks are per database, so runs
//! in different databases don't meet. The lock belongs to the session: it goes when the session ends, however it ends.

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::session::{Limits, Session, Statement, row, rows};

const TRY: &str = include_str!("sql/advisory_try.sql");
const HOLDER: &str = include_str!("sql/advisory_holder.sql");
const RELEASE: &str = "SELECT pg_advisory_unlock(1885434484, 1835101745) AS released";

/// The outcome of [`try_lock`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lock {
    /// The session has it now.
    Acquired,
    /// Another session has it.
    Busy(Holder),
}

/// Who has the lock. All but the process id is unknown to a role that may not see other sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The backend's process id; none when it let go while we looked.
    pub pid: Option<i32>,
    /// Its `application_name`.
    pub application_name: Option<String>,
    /// Its role.
    pub user: Option<String>,
    /// Where it connects from; none for a socket.
    pub client_addr: Option<String>,
    /// When its backend started, as ISO 8601 text: the run can't be older.
    pub since: Option<String>,
}

#[derive(Deserialize)]
struct Taken {
    taken: bool,
}

/// Takes the lock for this session, or says who has it. It doesn't wait. It takes a transaction of its own, so that a
/// pooler that would leave the lock on some backend is noticed before it is taken.
///
/// # Errors
/// As [`Session::begin`] and [`Session::run`].
pub async fn try_lock(session: &mut (impl Session + ?Sized)) -> Result<Lock, Error> {
    session.begin(Limits::NONE).await?;
    match lock_or_holder(session).await {
        Ok(lock) => session.commit().await.map(|()| lock),
        Err(e) => {
            // Which of two errors is told: the one that came first.
            let _ = session.rollback().await;
            Err(e)
        }
    }
}

async fn lock_or_holder(session: &mut (impl Session + ?Sized)) -> Result<Lock, Error> {
    let answer: Taken = row(session, &Statement::query(TRY)).await?;
    if answer.taken {
        return Ok(Lock::Acquired);
    }
    let holder = rows(session, &Statement::query(HOLDER)).await?.pop();
    Ok(Lock::Busy(holder.unwrap_or_default()))
}

/// Lets go of the lock; harmless when the session doesn't have it.
///
/// # Errors
/// As [`Session::run`].
pub async fn release(session: &mut (impl Session + ?Sized)) -> Result<(), Error> {
    session.run(&Statement::query(RELEASE)).await.map(drop)
}
