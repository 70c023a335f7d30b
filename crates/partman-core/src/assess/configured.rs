//! Whether the row that pg_partman has for a set says what the set is: its column, how it is divided, how wide its newest
//! partitions are, and what its numbers count.
//!
//! A row that doesn't is worse than none: the set counts as looked after, and maintenance fails on it or makes what doesn't
//! fit, of which 5.5 only warns. Where the bounds leave room for both, the row is right: pg_partman goes on from the last
//! partition only, and older ones may be of any width.

use serde_json::Value;

use super::{Adoptable, Assessment, Code};
use crate::Interval;
use crate::bound::{KeyKind, Point};
use crate::coverage::Range;
use crate::measure::{Measure, Unit};
use crate::model::{Inspection, ManagedConfig, PartitionSet, Strategy};
use crate::name::{quote_ident, quote_literal};
use crate::pg_partman::{Suffix, Version};
use crate::phrase;
use crate::time_zone::{Zone, latest_alike};
use crate::words::Phrase;

/// A column of the row that says something else than the set.
struct Difference {
    column: &'static str,
    /// What it has to be.
    right: String,
    what: Phrase,
}

/// Adds a reason where the set's row doesn't fit it. One that is being undone is told as that.
pub(super) fn judge(
    inspection: &Inspection,
    set: &PartitionSet,
    version: &Version,
    seen: &mut Assessment,
) {
    let (Some(row), Some(installed)) = (inspection.config(set), &inspection.extension.installed)
    else {
        return;
    };
    if row.flag("undo_in_progress") == Some(true) {
        return;
    }
    let measure = measure(row, set);
    let found: Vec<Difference> = control(row, set)
        .into_iter()
        .chain(kind(row, set, version))
        .chain(counted(row, set, measure, inspection, seen))
        .chain(missing(row, set, measure, &installed.schema, seen))
        .collect();
    if found.is_empty() {
        return;
    }
    let corrected = found.iter().map(|difference| {
        let Difference { column, right, .. } = difference;
        format!("{column} = {}", quote_literal(right))
    });
    let sql = format!(
        "UPDATE {}.part_config SET {} WHERE parent_table = {}",
        quote_ident(&installed.schema),
        corrected.collect::<Vec<_>>().join(", "),
        quote_literal(row.parent_table())
    );
    seen.refuse(
        Adoptable::NeedsDecision,
        Code::ConfigDiffers,
        phrase!(
            "pg_partman's configuration of {parent} isn't what the set is: {differences}; maintenance fails on it, or makes partitions that don't fit",
            parent = set.name,
            differences = Phrase::joined(found.into_iter().map(|found| found.what), ", ")
        ),
        phrase!("correct it: {sql}", sql),
    );
}

fn control(row: &ManagedConfig, set: &PartitionSet) -> Option<Difference> {
    let (said, right) = (row.text("control")?, set.control()?.column.as_deref()?);
    (said != right).then(|| Difference {
        column: "control",
        right: right.to_owned(),
        what: phrase!(
            "it names the column {said}, and the partition key is {right}",
            said,
            right
        ),
    })
}

fn kind(row: &ManagedConfig, set: &PartitionSet, version: &Version) -> Option<Difference> {
    let by_list = match set.strategy {
        Strategy::Range => false,
        Strategy::List => true,
        Strategy::Hash | Strategy::Inherits => return None,
    };
    let (said, right) = (row.text("partition_type")?, version.partition_type(by_list));
    (said != right).then(|| Difference {
        column: "partition_type",
        right: right.to_owned(),
        what: phrase!(
            "its partition_type is {said}, and that of such a set is {right}",
            said,
            right
        ),
    })
}

/// What maintenance of times can't do without: how it names partitions, and how a time is written into a uuid.
fn missing(
    row: &ManagedConfig,
    set: &PartitionSet,
    measure: Measure,
    schema: &str,
    seen: &Assessment,
) -> Vec<Difference> {
    // Numbers that are times may be counted as the numbers that they are.
    let is_time = set.control().is_some_and(|key| key.kind.is_time())
        || epoch(row).is_some()
        || measure == Measure::UuidV7;
    let is_missing = |column: &str| row.row.get(column).is_some_and(Value::is_null);
    let mut needed = Vec::new();
    if is_time {
        let format = seen.suffix.as_ref().and_then(Suffix::datetime_string);
        let format = format.unwrap_or_else(|| "YYYYMMDD_HH24MISS".to_owned());
        needed.push(("datetime_string", format));
    }
    if measure == Measure::UuidV7 {
        let schema = quote_ident(schema);
        needed.push(("time_encoder", format!("{schema}.uuid7_time_encoder")));
        needed.push(("time_decoder", format!("{schema}.uuid7_time_decoder")));
    }
    let lacking = needed.into_iter().filter(|(column, _)| is_missing(column));
    let difference = |(column, right)| Difference {
        column,
        right,
        what: phrase!("its {column} is empty", column),
    };
    lacking.map(difference).collect()
}

/// What the key counts: as its bounds tell, else as the row says.
fn measure(row: &ManagedConfig, set: &PartitionSet) -> Measure {
    match (set.measure(), epoch(row)) {
        (Measure::Itself, Some(unit)) if is_integer(set) => Measure::Epoch(unit),
        (measure, _) => measure,
    }
}

fn epoch(row: &ManagedConfig) -> Option<Unit> {
    Unit::named(row.text("epoch")?)
}

fn is_integer(set: &PartitionSet) -> bool {
    set.control()
        .is_some_and(|key| key.kind == KeyKind::Integer)
}

/// The width of the newest partitions, and the unit of the numbers in their bounds.
fn counted(
    row: &ManagedConfig,
    set: &PartitionSet,
    measure: Measure,
    inspection: &Inspection,
    seen: &Assessment,
) -> Vec<Difference> {
    // Times may be counted as the numbers that they are: a day as 86400.
    let as_numbers = epoch(row).is_none() && measure.epoch().is_some();
    let ranges = ranges(set, measure);
    let said = row.text("partition_interval").unwrap_or_default();
    let interval: Option<Interval> = said.parse().ok();
    if as_numbers && interval.is_some_and(|step| fits_numbers(step, &ranges, measure)) {
        return Vec::new();
    }
    let server = &inspection.server.time_zone;
    let wide = interval.and_then(|interval| other_width(interval, &ranges, server, seen));
    let width = wide.map(|wide| Difference {
        column: "partition_interval",
        right: wide.to_string(),
        what: phrase!(
            "its partition_interval is {said}, and the newest partitions are {right} wide",
            said,
            right = wide
        ),
    });
    let said = row.text("epoch").unwrap_or("none");
    let unit = measure.epoch().filter(|unit| Some(*unit) != epoch(row));
    let unit = unit.map(|unit| Difference {
        column: "epoch",
        right: unit.name().to_owned(),
        what: phrase!(
            "its epoch is {said}, and the bounds are {right} since 1970",
            said,
            right = unit.name()
        ),
    });
    width.into_iter().chain(unit).collect()
}

/// The ranges in what the key counts.
fn ranges(set: &PartitionSet, measure: Measure) -> Vec<Range> {
    let by_clock = |point| match (point, measure) {
        (Point::Id(n), Measure::Epoch(unit)) => unit.instant(n).map(Point::Instant),
        (point, _) => Some(point),
    };
    let all = set.ranges().into_iter();
    all.filter_map(|(from, to, _)| Some((by_clock(from)?, by_clock(to)?)))
        .collect()
}

fn fits_numbers(step: Interval, ranges: &[Range], measure: Measure) -> bool {
    let number = |point| Some(Point::Id(measure.literal(point)?.parse().ok()?));
    let leads = |(from, to): &Range| {
        let to = number(*to);
        to.is_some() && number(*from).and_then(|from| step.after(from, &Zone::utc().rules)) == to
    };
    ranges.last().is_some_and(leads)
}

/// The width that the newest partitions have and the configured interval isn't; `None` where it may be right. Several alike
/// tell: thirty days may lead through September, and don't through October. Where none are, any that it fits speaks for it.
fn other_width(
    interval: Interval,
    ranges: &[Range],
    server: &str,
    seen: &Assessment,
) -> Option<Interval> {
    let (from, to) = *ranges.last()?;
    let (count, width) = latest_alike(ranges, seen.zone.as_ref(), server);
    if width == Some(interval) {
        return None;
    }
    let is_telling =
        count > 2 || count == ranges.len() || (count == 2 && width.is_some_and(Interval::is_usual));
    let zones = [seen.zone.clone(), Some(Zone::utc()), Zone::named(server)];
    let fits = zones.iter().flatten().any(|zone| {
        let mut newest = ranges[ranges.len() - count..].iter();
        let leads = |(from, to): &Range| interval.leads(*from, *to, &zone.rules);
        match is_telling {
            true => newest.all(leads),
            false => ranges.iter().any(leads),
        }
    });
    let one = || {
        Interval::candidates(from, to, &Zone::utc().rules)
            .first()
            .copied()
    };
    (!fits).then(|| width.or_else(one)).flatten()
}
