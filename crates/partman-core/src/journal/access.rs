//! Whether a run may begin or be put in order here: said from an inspection, so that a dry run and a real one refuse the
//! same things for the same reasons.

use crate::model::{Fact, Inspection, JournalAccess};
use crate::name::quote_ident;
use crate::{Error, Kind};

use super::{JOURNAL_SCHEMA, world};

/// Whether a new run may begin.
///
/// # Errors
/// As [`may_mend`]; [`Kind::Unfinished`] when an earlier run stopped part-way.
pub fn may_begin(seen: &Inspection) -> Result<(), Error> {
    may_mend(seen)?;
    match seen.runs.stopped() {
        None => Ok(()),
        Some(run) => Err(Error::new(
            Kind::Unfinished,
            format!(
                "run {} of {:.0} by {} stopped part-way",
                run.id, run.started_at, run.started_by
            ),
        )),
    }
}

/// Whether an earlier run may be gone on with or undone.
///
/// # Errors
/// [`Kind::Unreachable`] for a standby, [`Kind::Busy`] when a run is active, [`Kind::Refused`] when our role may not
/// read or write the journal.
pub fn may_mend(seen: &Inspection) -> Result<(), Error> {
    if seen.server.in_recovery {
        return Err(Error::new(
            Kind::Unreachable,
            "the server is a standby; connect to its primary",
        ));
    }
    if let Some(holder) = &seen.runs.active {
        return Err(Error::new(Kind::Busy, world::busy(holder)));
    }
    match seen.runs.journal {
        JournalAccess::Absent | JournalAccess::Writable => {}
        JournalAccess::Hidden | JournalAccess::Readable => return Err(not_ours(seen)),
    }
    match seen
        .gaps_in_view
        .iter()
        .find(|gap| gap.fact == Fact::Journal)
    {
        None => Ok(()),
        Some(gap) => Err(Error::new(
            Kind::Refused,
            format!("{gap}: nobody can say whether a run is open here"),
        )),
    }
}

fn not_ours(seen: &Inspection) -> Error {
    let user = &seen.server.user;
    let role = quote_ident(user);
    Error::new(
        Kind::Refused,
        format!(
            "role {user} may not write partman's journal, in which every run is kept; as its owner: GRANT USAGE ON SCHEMA \
             {JOURNAL_SCHEMA} TO {role}; GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA {JOURNAL_SCHEMA} TO {role}"
        ),
    )
}
