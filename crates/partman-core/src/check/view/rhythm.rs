//! Whether a set is being maintained: by whom, when last, and what that says.
//!
//! One place decides, so that "nobody maintains it" and "maintenance fails" can't both be said of a set. The facts:
//! `maintenance_last_run` (5.1 and later) is set when maintenance of a set came to its end; 5.5 empties it when it
//! failed and tells nobody; earlier versions leave it as it was. Calls from outside the database can't be seen.

use jiff::{SignedDuration, Timestamp};

use super::{Caller, LastRun, SetView, View};

/// How the maintenance of a set goes.
#[derive(Debug)]
pub(in crate::check) enum Rhythm<'a> {
    /// As it should, or nothing says otherwise.
    Fine,
    /// It is called and doesn't come to its end.
    Failing {
        /// When it last did.
        last: Option<Timestamp>,
        /// Who calls it; `None` where only other sets tell that somebody does.
        by: Option<Caller<'a>>,
    },
    /// Nobody is seen who calls it.
    Unseen {
        /// When it was maintained last.
        last: Option<Timestamp>,
    },
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

impl<'a> View<'a> {
    /// How it goes; `None` for a set that is meant to rest.
    pub(in crate::check) fn rhythm(&self, set: &SetView<'_>) -> Option<Rhythm<'a>> {
        let row = set.managed?;
        let callers = self.callers(set);
        let rests = row.is_being_undone() || row.is_being_moved();
        if rests || (!row.is_automatic() && callers.is_empty()) {
            return None;
        }
        let now = self.seen.server.now;
        let by = callers.first().copied();
        Some(match (row.last_run(), by) {
            (LastRun::At(last), _) if now.duration_since(last) <= patience(set) => Rhythm::Fine,
            (LastRun::At(last), Some(caller)) => {
                let pause = callers.iter().map(|c| c.period()).max().unwrap_or(DAY);
                if now.duration_since(last) <= DAY.max(pause * 2) {
                    Rhythm::Fine
                } else {
                    Rhythm::Failing {
                        last: Some(last),
                        by: Some(caller),
                    }
                }
            }
            (LastRun::At(last), None) => Rhythm::Unseen { last: Some(last) },
            (LastRun::Never, None) if !self.is_left_out(set) => Rhythm::Unseen { last: None },
            (LastRun::Never, by) => Rhythm::Failing { last: None, by },
            (LastRun::NotKept, Some(_)) => Rhythm::Fine,
            (LastRun::NotKept, None) => Rhythm::Unseen { last: None },
        })
    }

    /// Whether the set was maintained a short while ago, by whomever.
    pub(in crate::check) fn is_fresh(&self, set: &SetView<'_>) -> bool {
        let last = set.managed.map(|row| row.last_run());
        matches!(last, Some(LastRun::At(last))
            if self.seen.server.now.duration_since(last) <= patience(set))
    }

    /// Whether a set that is behind has no last run while others have: 5.5 empties it for the one that failed. A set
    /// that was configured a moment ago has none either, but isn't behind.
    fn is_left_out(&self, set: &SetView<'_>) -> bool {
        let is_behind = set
            .grid
            .as_ref()
            .is_some_and(|grid| grid.ahead() < set.premake);
        is_behind && self.is_at_least("5.5.0") && self.managed().any(|(set, _)| self.is_fresh(set))
    }
}

/// How long maintenance may have been away without anybody missing it.
fn patience(set: &SetView<'_>) -> SignedDuration {
    let interval = set.grid.as_ref().map(|grid| grid.interval.approximate());
    interval.unwrap_or(DAY).max(DAY)
}
