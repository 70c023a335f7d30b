//! SQL that the help of a finding shows, ready to be run in psql.

use super::config_differs;
use super::view::{SetView, View};
use crate::coverage::Range;
use crate::measure::Measure;
use crate::name::{quote_ident, quote_literal};
use crate::phrase;
use crate::words::Phrase;

/// The call of pg_partman's `function` for this set, in the time zone of its bounds.
pub(super) fn call(view: &View<'_>, set: &SetView<'_>, function: &str) -> String {
    in_zone(set, select(view, set, function))
}

/// Has pg_partman maintain the set, in the time zone of its bounds; first its row is corrected where that has to be.
pub(super) fn maintain(view: &View<'_>, set: &SetView<'_>) -> Phrase {
    let call = call(view, set, "run_maintenance");
    match config_differs::way_out(set) {
        Some(correct) => phrase!("{correct}; then {call}", correct, call),
        None => call.into(),
    }
}

fn select(view: &View<'_>, set: &SetView<'_>, function: &str) -> String {
    let (schema, parent) = (
        quote_ident(view.schema()),
        quote_literal(&set.name().unquoted()),
    );
    format!("SELECT {schema}.{function}({parent})")
}

fn in_zone(set: &SetView<'_>, call: String) -> String {
    match set.zone() {
        Some(zone) => format!("SET TimeZone = {}; {call}", quote_literal(&zone.name)),
        None => call,
    }
}

/// What has pg_partman move the rows of DEFAULT into partitions of their own, and fill the holes that this leaves.
pub(super) fn move_out(view: &View<'_>, set: &SetView<'_>) -> String {
    let (schema, parent) = (
        quote_ident(view.schema()),
        quote_literal(&set.name().unquoted()),
    );
    let moving = format!("CALL {schema}.partition_data_proc({parent})");
    let filling = select(view, set, "partition_gap_fill");
    format!("{}; {filling}", in_zone(set, moving))
}

/// A change of the set's row in `part_config`.
pub(super) fn configure(view: &View<'_>, set: &SetView<'_>, change: &str) -> String {
    format!(
        "UPDATE {}.part_config SET {change} WHERE parent_table = {}",
        quote_ident(view.schema()),
        quote_literal(&set.name().unquoted())
    )
}

/// A partition for this range, made beside the set and attached, which blocks nobody; `None` where no name fits.
pub(super) fn create(set: &SetView<'_>, (from, to): Range) -> Option<String> {
    let grid = set.grid.as_ref()?;
    let name = set.suffix.as_ref()?.name(set.name(), from, &grid.zone)?;
    // Several uuids stand for one point, and the neighbour's is the right one.
    let text = |point| match set.set.measure() {
        Measure::UuidV7 => set.set.literal(point),
        _ => grid.literal(point),
    };
    let literal = |point| text(point).map(|text| quote_literal(&text));
    Some(format!(
        "CREATE TABLE {name} (LIKE {parent} INCLUDING ALL EXCLUDING IDENTITY); \
         ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES FROM ({}) TO ({})",
        literal(from)?,
        literal(to)?,
        parent = set.name(),
    ))
}

/// What installs pg_partman into this schema.
pub(super) fn install(schema: &str) -> String {
    let schema = quote_ident(schema);
    format!("CREATE SCHEMA IF NOT EXISTS {schema}; CREATE EXTENSION pg_partman SCHEMA {schema}")
}
