//! How pg_partman looks a partition up: by schema and name with a period between them, and now and then in the parent's
//! schema wherever it is.

use super::{Adoptable, Assessment, Code};
use crate::bound::KeyKind;
use crate::measure::Measure;
use crate::model::PartitionSet;
use crate::name::quote_ident;
use crate::pg_partman::Version;
use crate::phrase;
use crate::wanted::Names;
use crate::words::name_some;

/// Adds a reason for partitions that it would not find.
pub(super) fn judge(set: &PartitionSet, version: &Version, seen: &mut Assessment) {
    periods(set, seen);
    first_number(set, version, seen);
}

/// What it takes apart again at the first period. New names have none.
fn periods(set: &PartitionSet, seen: &mut Assessment) {
    let kept = seen.names == Names::Keep;
    let is_cut =
        |name: &crate::RelationName| name.schema.contains('.') || kept && name.name.contains('.');
    let ranges = set.partitions.iter().filter(|p| !p.is_default());
    let cut = name_some(ranges.filter(|p| is_cut(&p.name)));
    if cut.is_empty() {
        return;
    }
    seen.refuse(
        Adoptable::NeedsDecision,
        Code::PeriodInName,
        phrase!(
            "partitions of {parent} have a period in their name or schema, at which pg_partman cuts it off: {cut}",
            parent = set.name,
            cut
        ),
        phrase!("let partitions be renamed (--rename); a schema has to be renamed by hand"),
    );
}

/// Version 4 asks DEFAULT for its largest number, or the first partition where there is none, and takes it for one in the
/// parent's schema. Sets by time are spared that: their configuration says not to look.
fn first_number(set: &PartitionSet, version: &Version, seen: &mut Assessment) {
    let is_number = |kind| kind == KeyKind::Integer && set.measure() == Measure::Itself;
    if !version.reads_names() || !set.control().is_some_and(|key| is_number(key.kind)) {
        return;
    }
    let ranges = set.ranges();
    let first = ranges.first().map(|(_, _, partition)| *partition);
    let Some(asked) = set.default_partition().or(first) else {
        return;
    };
    if asked.name.schema == set.name.schema {
        return;
    }
    let partition = &asked.name;
    let schema = quote_ident(&set.name.schema);
    seen.refuse(
        Adoptable::NeedsDecision,
        Code::FirstPartitionElsewhere,
        phrase!(
            "pg_partman 4 looks for {partition} in the schema of {parent}, and maintenance of a set by numbers fails where \
             it isn't",
            partition,
            parent = set.name
        ),
        phrase!(
            "use pg_partman 5, or move it: {sql}",
            sql = format!("ALTER TABLE {partition} SET SCHEMA {schema}")
        ),
    );
}
