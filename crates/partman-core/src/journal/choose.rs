//! Which run is meant: the one that stopped, else the last one whose work still stands, or the one that is named.
//!
//! Pure. A run that acted on another database is history here, and one of another role is that role's to undo.

use crate::model::{Inspection, RunSummary, Standing};
use crate::name::quote_ident;
use crate::{Error, Kind};

/// The run that `resume` goes on with.
///
/// # Errors
/// [`Kind::Refused`] when none stopped part-way, or it isn't ours; [`Kind::Changed`] when all acted on another database.
pub fn to_resume(seen: &Inspection) -> Result<&RunSummary, Error> {
    if let Some(run) = seen.runs.stopped() {
        return ours(seen, run);
    }
    let last = last_here(seen)?;
    Err(Error::new(
        Kind::Refused,
        format!(
            "run {} did not stop part-way: there is nothing to resume",
            last.id
        ),
    ))
}

/// The run that `rollback` takes back: the one of this id; without one, that which stopped, else the last one whose work
/// stands, else the last, which is taken back already.
///
/// # Errors
/// [`Kind::Refused`] when there is none, or none of this id, or it isn't ours; [`Kind::Unfinished`] when another stopped
/// part-way; [`Kind::Changed`] when it acted on another database.
pub fn to_undo<'s>(seen: &'s Inspection, id: Option<&str>) -> Result<&'s RunSummary, Error> {
    let open = seen.runs.stopped();
    let Some(id) = id else {
        let run = open.or_else(|| seen.runs.in_effect().next());
        return ours(seen, run.map_or_else(|| last_here(seen), Ok)?);
    };
    let Some(run) = seen.runs.history.iter().find(|run| run.id == id) else {
        return Err(Error::new(
            Kind::Refused,
            format!(
                "no run {id} is in the journal of database {}; {}",
                seen.server.database,
                in_words(seen)
            ),
        ));
    };
    if run.elsewhere {
        return Err(history(run));
    }
    match open.filter(|open| open.id != run.id) {
        None => ours(seen, run),
        Some(open) => Err(Error::new(
            Kind::Unfinished,
            format!("run {} stopped part-way, and comes first", open.id),
        )),
    }
}

/// What could be undone, the run that comes first at the beginning: `2025… of 2025-11-02 10:00:00Z by admin`.
pub fn undoable(seen: &Inspection) -> Vec<String> {
    let stopped = seen.runs.stopped().into_iter();
    stopped
        .chain(seen.runs.in_effect())
        .map(|run| {
            let at = run.started_at.strftime("%Y-%m-%d %H:%M:%SZ");
            format!("{} of {at} by {}", run.id, run.started_by)
        })
        .collect()
}

fn in_words(seen: &Inspection) -> String {
    let runs = undoable(seen);
    if runs.is_empty() {
        return "there is none that could be undone".to_owned();
    }
    format!("can be undone: {}", runs.join(", "))
}

fn last_here(seen: &Inspection) -> Result<&RunSummary, Error> {
    let history = &seen.runs.history;
    if let Some(run) = history.iter().find(|run| !run.elsewhere) {
        return Ok(run);
    }
    Err(match history.first() {
        Some(run) => self::history(run),
        None => Error::new(
            Kind::Refused,
            format!(
                "no run is in the journal of database {}",
                seen.server.database
            ),
        ),
    })
}

fn history(run: &RunSummary) -> Error {
    Error::new(
        Kind::Changed,
        format!(
            "run {} acted on another database, of which this one is a copy: its journal is history here",
            run.id
        ),
    )
}

fn ours<'s>(seen: &'s Inspection, run: &'s RunSummary) -> Result<&'s RunSummary, Error> {
    if run.may_act || run.outcome == Standing::RolledBack {
        return Ok(run);
    }
    let (by, user) = (&run.started_by, &seen.server.user);
    Err(Error::new(
        Kind::Refused,
        format!(
            "run {} was carried out by role {by}, for which role {user} may not act; connect as {by} or as a superuser, or let a \
             superuser: GRANT {} TO {}",
            run.id,
            quote_ident(by),
            quote_ident(user)
        ),
    ))
}
