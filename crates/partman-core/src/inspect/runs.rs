//! Looks at partman's own traces: one query on catalogs, and one on the journal where there is one that may be read.

use serde::Deserialize;

use super::{Options, may_do_without, reading};
use crate::journal::{MARK, damaged};
use crate::model::{Fact, Gap, JournalAccess, RunSummary, Runs, Standing};
use crate::name::RelationName;
use crate::postgres::advisory::Holder;
use crate::session::{Session, Statement, row};
use crate::{Error, Kind};

#[derive(Deserialize)]
struct Traces {
    mark: Option<String>,
    access: Option<JournalAccess>,
    active: Option<Holder>,
    fences: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct RunRow {
    #[serde(flatten)]
    run: RunSummary,
    left_behind: Vec<(String, String)>,
    replaced: Vec<(String, String)>,
}

pub(super) async fn runs(
    session: &mut dyn Session,
    options: &Options,
    missing: &mut Vec<Gap>,
) -> Result<Runs, Error> {
    let traces: Traces = row(session, &Statement::query(include_str!("../sql/runs.sql"))).await?;
    let mut seen = Runs {
        journal: traces.access.unwrap_or_default(),
        active: traces.active,
        fences: names(traces.fences),
        ..Runs::default()
    };
    match seen.journal {
        JournalAccess::Absent => return Ok(seen),
        _ if traces.mark.as_deref() != Some(MARK) => {
            missing.push(Gap::new(
                Fact::Journal,
                "it is of another version of partman",
            ));
            return Ok(seen);
        }
        JournalAccess::Hidden => {
            missing.push(Gap::new(Fact::Journal, "this role may not read it"));
            return Ok(seen);
        }
        JournalAccess::Readable | JournalAccess::Writable => {}
    }
    let list = Statement::query(include_str!("../sql/journal_list.sql"));
    match reading::<RunRow>(session, options, &list).await {
        Ok(found) => {
            for row in found {
                if !row.run.elsewhere {
                    add(&mut seen.left, row.left_behind);
                    add(&mut seen.replaced, row.replaced);
                }
                seen.history.push(row.run);
            }
        }
        Err(error) => match damaged(error) {
            error if may_do_without(&error) || error.kind() == Kind::Changed => {
                missing.push(Gap::new(Fact::Journal, error));
            }
            error => return Err(error),
        },
    }
    tell_active(&mut seen);
    Ok(seen)
}

/// The newest run that is open is the one that is at work, where somebody has the lock.
fn tell_active(seen: &mut Runs) {
    let is_open = |run: &&mut RunSummary| run.outcome == Standing::Stopped && !run.elsewhere;
    if seen.active.is_some()
        && let Some(run) = seen.history.iter_mut().find(is_open)
    {
        run.outcome = Standing::Active;
    }
}

/// A table counts once, however many runs dealt with it.
fn add(there: &mut Vec<RelationName>, rows: Vec<(String, String)>) {
    for name in names(rows) {
        if !there.contains(&name) {
            there.push(name);
        }
    }
}

fn names(rows: Vec<(String, String)>) -> Vec<RelationName> {
    let name = |(schema, name)| RelationName::new(schema, name);
    rows.into_iter().map(name).collect()
}
