//! Looking at the database for a run: before it begins, and once it is through, to compare.

use jiff::Timestamp;

use super::Conduct;
use crate::bound::Point;
use crate::inspect::{Options, inspect};
use crate::journal::DatabaseWorld;
use crate::model::{Inspection, PartitionSet};
use crate::plan::Plan;
use crate::run::World;
use crate::verify::{self, Verified, probe};
use crate::{Error, Kind};

/// A standby can be looked at, not changed.
pub(super) async fn look(
    world: &mut DatabaseWorld<'_>,
    conduct: &Conduct,
) -> Result<Inspection, Error> {
    let options = Options {
        sizes: false,
        ..Options::new(conduct.server_time_zone.clone())
    };
    let inspection = inspect(world.session(), &options).await?;
    if inspection.server.in_recovery {
        return Err(Error::new(
            Kind::Unreachable,
            "the server is a standby; connect to its primary",
        ));
    }
    Ok(inspection)
}

/// Looks once more where the connection is lost.
pub(super) async fn look_surely(
    world: &mut DatabaseWorld<'_>,
    conduct: &Conduct,
) -> Result<Inspection, Error> {
    match look(world, conduct).await {
        Err(error) if error.is_connection_lost() => {
            world.recover().await?;
            look(world, conduct).await
        }
        other => other,
    }
}

/// Nothing of it lasts, so it is done once more where the connection is lost.
pub(super) async fn adopted(
    world: &mut DatabaseWorld<'_>,
    plan: &Plan,
    before: &[PartitionSet],
    conduct: &Conduct,
) -> Result<Verified, Error> {
    match compare_adopted(world, plan, before, conduct).await {
        Err(error) if error.is_connection_lost() => {
            world.recover().await?;
            compare_adopted(world, plan, before, conduct).await
        }
        other => other,
    }
}

async fn compare_adopted(
    world: &mut DatabaseWorld<'_>,
    plan: &Plan,
    before: &[PartitionSet],
    conduct: &Conduct,
) -> Result<Verified, Error> {
    let after = look(world, conduct).await?;
    let mut verified = verify::adopted(plan, before, &after);
    for found in &mut verified.sets {
        let Some(set) = after.set(&found.parent) else {
            continue;
        };
        let points = probe_points(set, after.server.now);
        found.probes =
            probe::try_inserts(world.session(), set, &points, after.server.superuser).await?;
    }
    Ok(verified)
}

/// The present, and the beginning of the last partition.
fn probe_points(set: &PartitionSet, now: Timestamp) -> Vec<Point> {
    let ranges = set.ranges();
    let Some((furthest, _, _)) = ranges.last() else {
        return Vec::new();
    };
    let present = match furthest {
        Point::Instant(_) => Some(Point::Instant(now)),
        Point::Local(_) => Some(Point::Local(jiff::tz::TimeZone::UTC.to_datetime(now))),
        Point::Day(_) => Some(Point::Day(jiff::tz::TimeZone::UTC.to_datetime(now).date())),
        Point::Id(_) => None,
    };
    present.into_iter().chain([*furthest]).collect()
}
