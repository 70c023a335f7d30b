//! A new run: whether it may begin, what it remembers, and its first entry.

use super::drive::forward;
use super::proof::look;
use super::{Conduct, Done};
use crate::journal::{self, DatabaseWorld};
use crate::model::{Inspection, PartitionSet};
use crate::name::quote_literal;
use crate::plan::Plan;
use crate::run::{Observer, Outcome, World};
use crate::session::Statement;
use crate::{Error, Kind};

pub(super) async fn start(
    world: &mut DatabaseWorld<'_>,
    plan: &Plan,
    conduct: &Conduct,
    observer: &mut dyn Observer,
) -> Result<Done, Error> {
    let inspection = look(world, conduct).await?;
    journal::may_begin(&inspection)?;
    plan.still_holds(&inspection)?;
    if let Some(refusal) = plan.refusals.first() {
        return Err(Error::new(
            Kind::Refused,
            format!("{}; {}", refusal.what, refusal.way_out),
        ));
    }
    if plan.is_empty() {
        return Ok(Done::nothing(Outcome::Completed));
    }
    zones_are_known(world, plan).await?;
    let adopts = plan.adopts();
    let before: Vec<PartitionSet> = inspection
        .sets
        .iter()
        .filter(|set| adopts.contains(&&set.name))
        .cloned()
        .collect();
    journal::create(world.session()).await?;
    journal::share(world.session(), &before).await?;
    let run = begin(world, plan, &before, &inspection, conduct).await?;
    world.set_run(run.clone(), &inspection.server);
    forward(world, &run, plan, &before, None, conduct, observer).await
}

/// The last step of all would fail on a time zone that this server has never heard of.
async fn zones_are_known(world: &mut DatabaseWorld<'_>, plan: &Plan) -> Result<(), Error> {
    const UNKNOWN: &str = "22023";
    for zone in plan.time_zones() {
        let sql = format!(
            "SELECT set_config('TimeZone', {}, true)",
            quote_literal(zone)
        );
        match world.session().run(&Statement::command(sql)).await {
            Err(error) if error.sqlstate() == Some(UNKNOWN) => {
                let what = format!(
                    "this server knows no time zone {zone}; set time_zone in the [[set]] to another name of it, out of pg_timezone_names"
                );
                return Err(Error::new(Kind::Refused, what).with_source(error));
            }
            other => other?,
        };
    }
    Ok(())
}

/// Writes the run down. Where the connection is lost over it, the journal tells whether it is written: then it is the
/// only open one.
async fn begin(
    world: &mut DatabaseWorld<'_>,
    plan: &Plan,
    before: &[PartitionSet],
    inspection: &Inspection,
    conduct: &Conduct,
) -> Result<String, Error> {
    let server = &inspection.server;
    let reason = conduct.without_backup.as_deref();
    match journal::begin_run(world.session(), plan, before, server, reason).await {
        Err(error) if error.is_connection_lost() => {
            world.set_run("", server);
            world.recover().await?;
            match look(world, conduct).await?.runs.stopped() {
                Some(written) => Ok(written.id.clone()),
                None => journal::begin_run(world.session(), plan, before, server, reason).await,
            }
        }
        other => other,
    }
}
