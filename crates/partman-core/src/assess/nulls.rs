//! A control column that may be NULL. No range takes NULL: such rows are refused, or are in DEFAULT, and pg_partman
//! maintains the set all the same. So nothing is done about it unless somebody asks: every partition has to be read for it,
//! and an application that relies on DEFAULT's taking such rows would be refused.

use super::{Assessment, MendKind};
use crate::model::{PartitionSet, Strategy};
use crate::name::quote_ident;
use crate::phrase;
use crate::wanted::{Nulls, WantedSet};

/// Adds the mend, where it is asked for.
pub(super) fn judge(set: &PartitionSet, wanted: &WantedSet, seen: &mut Assessment) {
    let key = set.control().filter(|key| !key.not_null);
    let Some(column) = key.and_then(|key| key.column.as_deref()) else {
        return;
    };
    if wanted.nulls == Nulls::Keep || set.strategy != Strategy::Range {
        return;
    }
    let what = phrase!(
        "forbid NULL in {column} of {parent}: its partitions are read one after the other, while nobody waits",
        column = quote_ident(column),
        parent = set.name
    );
    seen.mend(MendKind::ForbidNull, what);
}

/// Whether a plan does that.
pub(crate) fn are_forbidden(seen: &Assessment) -> bool {
    seen.mends
        .iter()
        .any(|mend| mend.kind == MendKind::ForbidNull)
}
