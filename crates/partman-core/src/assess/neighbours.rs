//! What pg_partman's configuration has beside the set, or of it, that would keep maintenance from it.

use super::{Adoptable, Assessment, Code};
use crate::model::{Inspection, ManagedConfig, PartitionSet};
use crate::name::{quote_ident, quote_literal};
use crate::pg_partman::Version;
use crate::phrase;

/// From this version on one set's trouble doesn't stop the others.
const ISOLATES: &str = "5.5";

/// Adds a reason for every row of `part_config` at which maintenance stops before it gets to this set, and for one of its
/// own that says it is being undone.
pub(super) fn judge(inspection: &Inspection, set: &PartitionSet, seen: &mut Assessment) {
    let Some(installed) = &inspection.extension.installed else {
        return;
    };
    let schema = quote_ident(&installed.schema);
    if let Some(own) = inspection.config(set) {
        if own.flag("undo_in_progress") == Some(true) {
            seen.refuse(
                Adoptable::No, Code::UndoInProgress,
                phrase!("pg_partman is undoing {parent} (undo_in_progress)", parent = set.name),
                phrase!(
                    "let undo_partition() come to its end, or take it back: {sql}",
                    sql = format!(
                        "UPDATE {schema}.part_config SET undo_in_progress = false WHERE parent_table = {}",
                        quote_literal(own.parent_table())
                    )
                ),
            );
        }
        return;
    }
    let isolates = ISOLATES.parse::<Version>().ok();
    if installed.version.parse::<Version>().ok() >= isolates {
        return;
    }
    for row in inspection
        .configs
        .iter()
        .filter(|row| stops(inspection, row))
    {
        let table = row.parent_table();
        seen.refuse(
            Adoptable::NeedsDecision, Code::ConfigWithoutTable,
            phrase!(
                "pg_partman {version} stops at {table}, which its configuration has and the database has not, and would not \
                 get to {parent}",
                version = installed.version,
                table,
                parent = set.name
            ),
            phrase!(
                "take it out of the configuration: {sql}",
                sql = format!(
                    "DELETE FROM {schema}.part_config WHERE parent_table = {}",
                    quote_literal(table)
                )
            ),
        );
    }
}

/// Only what maintenance takes by itself counts; a parent that is none any more is as good as gone.
fn stops(inspection: &Inspection, row: &ManagedConfig) -> bool {
    let there = inspection
        .sets
        .iter()
        .any(|set| set.name.unquoted() == row.parent_table());
    !there
        && row.text("automatic_maintenance") == Some("on")
        && row.flag("undo_in_progress") != Some(true)
}
