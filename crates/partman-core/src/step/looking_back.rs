//! Others who look at the database as it was before rows are moved: at repeatable read, or with a cursor. A row that is moved
//! is a new one to the server, which they don't see, and the old one is where they don't look any more: they would miss it,
//! and what they want to change of it would be lost without an error. So nothing is moved while there are such.
//!
//! Who has looked at the set already is waited for by the lock. Who has begun, and comes to the set only afterwards, is looked
//! for under the locks: before rows are moved, and again when all is done but COMMIT, for who comes meanwhile has taken its
//! snapshot before it waits. Nothing says of a statement that waits for us at which level its transaction is. Where the
//! settings or its text don't either, and it waits in the middle of a transaction, it is let through after a few times.

use std::sync::atomic::{AtomicU32, Ordering};

use serde::Deserialize;

use crate::session::{Session, Statement, rows};
use crate::{Error, Kind};

/// So often locks are given up for something that may pass.
const MOST_RETREATS: u32 = 6;

/// How often locks were given up; of a step that is carried out, not of what is planned.
#[derive(Debug, Default)]
pub(crate) struct Retreats(AtomicU32);

#[derive(Deserialize)]
struct Backend {
    who: String,
    surely: bool,
}

impl Clone for Retreats {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Retreats {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Retreats {}

impl Retreats {
    /// Whether to give up the locks once more; that counts.
    pub(super) fn once_more(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) < MOST_RETREATS
    }

    /// Under all locks, before rows are moved.
    ///
    /// # Errors
    /// [`Kind::LockTimeout`], with whom there is to wait for: the runner tries again later.
    pub(super) async fn nobody_looks_back(
        &self,
        session: &mut (dyn Session + 'static),
    ) -> Result<(), Error> {
        match who_looks_back(session).await? {
            Some(found) if found.surely || self.once_more() => Err(in_the_way(&found)),
            _ => Ok(()),
        }
    }
}

/// Under all locks, when rows have been moved.
///
/// # Errors
/// As [`Retreats::nobody_looks_back`].
pub(super) async fn nobody_surely_does(session: &mut (dyn Session + 'static)) -> Result<(), Error> {
    match who_looks_back(session).await? {
        Some(found) if found.surely => Err(in_the_way(&found)),
        _ => Ok(()),
    }
}

/// One who does, surely rather than perhaps.
async fn who_looks_back(session: &mut (dyn Session + 'static)) -> Result<Option<Backend>, Error> {
    let look = Statement::query(include_str!("../sql/looking_back.sql"));
    Ok(rows::<Backend>(session, &look).await?.pop())
}

fn in_the_way(found: &Backend) -> Error {
    let why = format!(
        "{} looks at the database as it was before rows are moved",
        found.who
    );
    Error::new(Kind::LockTimeout, why)
}
