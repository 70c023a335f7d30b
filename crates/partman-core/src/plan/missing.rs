//! A set that was named and isn't there: what there is of that name, and what may have been meant.

use crate::assess::{Adoptable, Code, Reason};
use crate::model::{Inspection, StrayKind};
use crate::name::RelationName;
use crate::phrase;
use crate::words::{Phrase, list};

/// The reason against a plan for it.
pub(super) fn no_such_table(inspection: &Inspection, parent: &RelationName) -> Reason {
    let (what, way_out) = something_else(inspection, parent).unwrap_or_else(|| {
        let database = &inspection.server.database;
        let what = phrase!(
            "there is no partitioned table {parent} in database {database}",
            parent,
            database
        );
        (what, meant(inspection, parent))
    });
    Reason {
        verdict: Adoptable::No,
        code: Code::SetNotFound,
        what,
        way_out,
    }
}

/// What has this name without being a set, and the way out.
pub(crate) fn something_else(
    inspection: &Inspection,
    name: &RelationName,
) -> Option<(Phrase, Phrase)> {
    let is_in = |set: &&crate::model::PartitionSet| set.partitions.iter().any(|p| p.name == *name);
    if let Some(set) = inspection.sets.iter().find(is_in) {
        let above = &set.name;
        let what = phrase!(
            "{name} is a partition of {above}, not a set of partitions",
            name,
            above
        );
        return Some((what, phrase!("name that one: {above}", above)));
    }
    let other = inspection.others.iter().find(|other| other.name == *name)?;
    let what = phrase!(
        "{name} is {kind}, not a table with partitions",
        name,
        kind = other.kind.in_words()
    );
    let way_out = match other.kind {
        StrayKind::Table => phrase!(
            "pg_partman only maintains what is partitioned already: make a table PARTITION BY RANGE of the column that grows, attach this one to it as its first partition, and name that one"
        ),
        StrayKind::View | StrayKind::MaterializedView => {
            let meant = meant(inspection, name);
            phrase!("name the table that it shows; {meant}", meant)
        }
        StrayKind::ForeignTable => {
            phrase!("run this on the server where the table is that it stands for")
        }
        _ => meant(inspection, name),
    };
    Some((what, way_out))
}

fn meant(inspection: &Inspection, parent: &RelationName) -> Phrase {
    let same_but_for_case = |set: &&RelationName| {
        set.name.eq_ignore_ascii_case(&parent.name)
            || set.name.contains(&parent.name)
            || parent.name.contains(&set.name)
    };
    let names: Vec<&RelationName> = inspection.sets.iter().map(|set| &set.name).collect();
    let near = names.iter().copied().find(same_but_for_case);
    match (near, names.is_empty()) {
        (Some(near), _) => phrase!("did you mean {near}?", near),
        (None, true) => {
            phrase!("there is no partitioned table in this database at all: is it the right one?")
        }
        (None, false) => phrase!("partitioned tables here: {names}", names = list(names)),
    }
}
