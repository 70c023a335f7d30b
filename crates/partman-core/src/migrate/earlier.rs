//! A run that is in the journal: going on with it, and taking it back.

use super::drive::{back, forward};
use super::proof::look;
use super::{Conduct, Done};
use crate::journal::{self, DatabaseWorld, Run};
use crate::model::Inspection;
use crate::run::{Observer, Outcome};
use crate::step::DatabaseStep;
use crate::{Error, Kind};

pub(super) async fn go_on(
    world: &mut DatabaseWorld<'_>,
    conduct: &Conduct,
    observer: &mut dyn Observer,
) -> Result<Done, Error> {
    let inspection = look(world, conduct).await?;
    journal::may_mend(&inspection)?;
    let id = &journal::to_resume(&inspection)?.id;
    let run = open_run(world, id, &inspection).await?;
    let so_far = run.progress();
    if so_far.unwinding {
        return back(world, &run, conduct, observer).await;
    }
    still_there(&run, &inspection)?;
    forward(
        world,
        &run.id,
        &run.plan,
        &run.before,
        Some(&so_far),
        conduct,
        observer,
    )
    .await
}

pub(super) async fn undo(
    world: &mut DatabaseWorld<'_>,
    id: Option<&str>,
    conduct: &Conduct,
    observer: &mut dyn Observer,
) -> Result<Done, Error> {
    let inspection = look(world, conduct).await?;
    journal::may_mend(&inspection)?;
    let id = &journal::to_undo(&inspection, id)?.id;
    let run = open_run(world, id, &inspection).await?;
    if run.progress().rolled_back {
        return Ok(Done {
            run: Some(run.id),
            ..Done::nothing(Outcome::RolledBack)
        });
    }
    let gone = gone_before(&run, &inspection);
    let mut done = back(world, &run, conduct, observer).await?;
    if let Some(verified) = &mut done.verified {
        verified.notes.extend(gone);
    }
    Ok(done)
}

/// Whether there still is what the rest of the run is about. Its steps would fail without, and the run would be taken back
/// where somebody only has to give a name back.
///
/// # Errors
///
/// [`Kind::Changed`] names what is gone, and what to do.
fn still_there(run: &Run, seen: &Inspection) -> Result<(), Error> {
    let changed = |what: String| {
        let way_out = "`partman rollback` takes back what the run has done";
        Err(Error::new(Kind::Changed, format!("{what}, or {way_out}")))
    };
    for set in &run.before {
        let name = &set.name;
        match seen.sets.iter().find(|now| now.oid == set.oid) {
            Some(now) if now.name == *name => {}
            Some(now) => {
                return changed(format!(
                    "{name} is called {} now: give it its name back",
                    now.name
                ));
            }
            None => {
                return changed(format!(
                    "{name} was dropped, or is partitioned no longer: restore it"
                ));
            }
        }
    }
    let done = run.progress().done;
    let extension = run.plan.steps.iter().enumerate().find_map(|(n, step)| {
        let DatabaseStep::CreateExtension(create) = &step.spec else {
            return None;
        };
        done.contains_key(&n).then_some(create)
    });
    match (extension, &seen.extension.installed) {
        (Some(create), None) => changed(format!(
            "pg_partman, which the run created in schema {}, was dropped: create it there again",
            create.schema
        )),
        _ => Ok(()),
    }
}

/// What the run created and somebody else dropped, before anything was taken back.
fn gone_before(run: &Run, seen: &Inspection) -> Vec<String> {
    let partitions = seen.sets.iter().flat_map(|set| &set.partitions);
    let there: Vec<_> = partitions.map(|partition| &partition.name).collect();
    let so_far = run.progress();
    let done = so_far
        .done
        .keys()
        .filter_map(|place| run.plan.steps.get(*place));
    let created = done.filter_map(|step| match &step.spec {
        DatabaseStep::CreatePartition(create) => Some(&create.partition),
        _ => None,
    });
    created
        .filter(|name| !there.contains(name))
        .map(|name| format!("{name} was dropped, detached or renamed by somebody before"))
        .collect()
}

async fn open_run(
    world: &mut DatabaseWorld<'_>,
    id: &str,
    inspection: &Inspection,
) -> Result<Run, Error> {
    let Some(run) = journal::find_run(world.session(), Some(id)).await? else {
        return Err(Error::new(
            Kind::Changed,
            format!("run {id} is gone from the journal"),
        ));
    };
    world.set_run(run.id.clone(), &inspection.server);
    Ok(run)
}
