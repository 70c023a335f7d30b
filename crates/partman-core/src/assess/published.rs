//! What new partitions mean for those who subscribe to the set. Existing publications go on as they are; this is what has to
//! be done on the other side, or again later.

use super::Assessment;
use crate::journal::JOURNAL_SCHEMA;
use crate::model::PartitionSet;
use crate::pg_partman::Version;
use crate::phrase;

/// Adds what there is to say.
pub(super) fn note(set: &PartitionSet, version: &Version, seen: &mut Assessment) {
    if seen.managed {
        return;
    }
    if !set.published_with_all.is_empty() {
        seen.notes.push(phrase!(
            "{publications} publish every table: subscribers stop at the first row of {journal} and of part_config unless they have these tables too; make them there first, and REFRESH PUBLICATION",
            publications = set.published_with_all.join(", "),
            journal = JOURNAL_SCHEMA
        ));
    }
    if !set.publications.is_empty() {
        seen.notes.push(phrase!(
            "{publications} publish partitions under their own names: subscribers need a table for each new one before its first row, and REFRESH PUBLICATION; publish_via_partition_root spares them that",
            publications = set.publications.join(", ")
        ));
    }
    if set.published_by.is_empty() || set.identity_of_new() == "d" {
        return;
    }
    if !version.gives_replica_identity() {
        seen.notes.push(phrase!(
            "this version of pg_partman makes partitions with the default replica identity: those that maintenance makes need ALTER TABLE … REPLICA IDENTITY as the others have it, or UPDATE and DELETE fail on them"
        ));
    } else if set.replica_identity == "d" {
        seen.notes.push(phrase!(
            "pg_partman gives new partitions the replica identity of {parent}, which isn't that of its partitions: ALTER TABLE {parent} REPLICA IDENTITY as they have it, or UPDATE and DELETE may fail on new ones",
            parent = set.name
        ));
    }
}
