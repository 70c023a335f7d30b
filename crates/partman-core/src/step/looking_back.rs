//! Others who look at the database as it was before rows are moved: at repeatable read, or with a cursor. A row that is moved
//! is a new one to the server, which they don't see, and the old one is where they don't look any more: they would miss it,
//! and what they want to change of it would be lost without an error. So nothing is moved while there are such.
//!
//! Who has looked at the set already is waited for by the lock. Who has begun, and comes to the set only afterwards, is looked
//! for under the locks. A statement that waits for us there in the middle of a transaction may be one of these or not; it is
//! let through a few times.

use std::sync::atomic::{AtomicU32, Ordering};

use serde::Deserialize;

use crate::session::{Session, Statement, rows};
use crate::{Error, Kind};

/// So often locks are given up for something that may pass.
const MOST_RETREATS: u32 = 6;

/// How often locks were given up; of a step that is carried out, not of what is planned.
#[derive(Debug, Default)]
pub(crate) struct Retreats(AtomicU32);

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
        #[derive(Deserialize)]
        struct Backend {
            who: String,
            surely: bool,
        }
        let look = Statement::query(include_str!("../sql/looking_back.sql"));
        match rows::<Backend>(session, &look).await?.pop() {
            Some(Backend { who, surely }) if surely || self.once_more() => Err(Error::new(
                Kind::LockTimeout,
                format!("{who} looks at the database as it was before rows are moved"),
            )),
            _ => Ok(()),
        }
    }
}
