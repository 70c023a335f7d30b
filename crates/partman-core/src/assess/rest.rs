//! What a DEFAULT partition asks for when partitions are attached beside it, and whether what it holds can be brought
//! along.
//!
//! It depends on what changes slowly: the size of DEFAULT, triggers, foreign keys. Whether rows are in the way at this
//! moment decides about the verdict only, so that a plan stays the same while the application writes into DEFAULT.

use super::referring::without;
use super::{Adoptable, Assessment, Code, MendKind};
use crate::bound::Point;
use crate::coverage::Range;
use crate::model::{Content, Inspection, Partition, PartitionSet};
use crate::name::quote_ident;
use crate::phrase;
use crate::step::{MOST_TO_MOVE, Rescue};
use crate::words::Phrase;

/// A table of this size is looked through in a few milliseconds, also under a lock.
pub(crate) const LOOKED_THROUGH_AT_ONCE: i64 = 4 << 20;

/// What attaching a partition needs on account of DEFAULT.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Beside<'a> {
    /// There is none.
    Nothing,
    /// It is looked through when the partition is attached, and its rows are brought along where that can be.
    Small(&'a Partition, Option<Rescue>),
    /// A fence spares the looking.
    Large(&'a Partition),
}

/// See [`Beside`].
pub(crate) fn beside(set: &PartitionSet, superuser: bool) -> Beside<'_> {
    let Some(default) = set.default_partition() else {
        return Beside::Nothing;
    };
    match &default.content {
        Some(content) if content.bytes <= LOOKED_THROUGH_AT_ONCE => {
            Beside::Small(default, rescue(set, superuser))
        }
        _ => Beside::Large(default),
    }
}

/// Rows that others refer to can't be brought back, for their partition couldn't be detached; triggers would take the
/// move for inserts and deletes.
fn rescue(set: &PartitionSet, superuser: bool) -> Option<Rescue> {
    let disturbs = !set.referenced_by.is_empty() || !set.default_fires.is_empty();
    let control = set.control()?.column.clone()?;
    (!disturbs && !set.columns.is_empty()).then(|| Rescue {
        control,
        columns: set.columns.clone(),
        quiet: superuser,
        published: !set.published_by.is_empty(),
        retreats: Default::default(),
    })
}

/// How rows return into a partition whose end was open, out of those that were made beyond it: where nothing fires for them.
pub(crate) fn from_beyond(set: &PartitionSet, superuser: bool) -> Option<Rescue> {
    rescue(set, superuser).filter(|_| set.triggers.is_empty())
}

/// Rows in DEFAULT that belong into a partition that is to be created: a mend where they can be brought along. `better` is
/// what would help beside that where they can't.
pub(super) fn rows_in_the_way(
    set: &PartitionSet,
    superuser: bool,
    all: &[Range],
    better: Option<Phrase>,
    seen: &mut Assessment,
) {
    let Some(default) = set.default_partition() else {
        return;
    };
    let Some(content) = default.content.as_ref().filter(|content| content.has_rows) else {
        return;
    };
    let Some((min, max)) = ends(set, content) else {
        if !all.is_empty() {
            unknown(set, default, content, seen);
        }
        return;
    };
    let wanted = |(from, to): &&Range| max >= *from && min < *to;
    let wanted: Vec<&Range> = all.iter().filter(wanted).collect();
    let (Some((first, _)), Some((_, last))) = (wanted.first(), wanted.last()) else {
        return;
    };
    let default = &default.name;
    let declines = seen.declines(MendKind::RescueDefault) && set.referenced_by.is_empty();
    let declined = declines.then(|| {
        phrase!(
            "move those rows out of {default} first, or let the plan do it: don't decline {kind}",
            default,
            kind = MendKind::RescueDefault
        )
    });
    match declined.or_else(|| obstacle(set, superuser, content)) {
        None => seen.mend(
            MendKind::RescueDefault,
            phrase!(
                "bring the rows of {default} between {first} and {last} along into the partitions that are created",
                default,
                first,
                last
            ),
        ),
        Some(way_out) => seen.refuse(
            Adoptable::NeedsDecision, Code::DefaultHasRows,
            phrase!(
                "{default} may hold rows of partitions that are to be created (its rows lie between {min} and {max}, they \
                 between {first} and {last})",
                default,
                min,
                max,
                first,
                last
            ),
            Phrase::joined(std::iter::once(way_out).chain(better), "; "),
        ),
    }
}

/// Where rows are moved although transactions go on with a snapshot of before, for nothing else can be done with them.
pub(super) fn note_who_looks_back(
    inspection: &Inspection,
    set: &PartitionSet,
    seen: &mut Assessment,
) {
    let mut mends = seen.mends.iter();
    let moves = mends.any(|mend| mend.kind == MendKind::RescueDefault);
    let Some(default) = set
        .default_partition()
        .filter(|_| moves && inspection.server.looks_back)
    else {
        return;
    };
    seen.notes.push(phrase!(
        "a setting has transactions at repeatable read or serializable: one that comes to wait while rows of {default} are brought along may not see them; have those clients pause for that moment",
        default = default.name
    ));
}

/// Rows of DEFAULT that nobody has seen may be in the way.
fn unknown(set: &PartitionSet, default: &Partition, content: &Content, seen: &mut Assessment) {
    let key = set.control().and_then(|key| key.column.as_deref());
    let default = &default.name;
    if content.nulls.is_some() {
        return;
    }
    let (what, way_out) = if content.hidden {
        (
            phrase!(
                "row security hides rows of {default} from this role",
                default
            ),
            phrase!(
                "adopt it as a superuser or a role with BYPASSRLS, or first: ALTER TABLE {default} NO FORCE ROW LEVEL SECURITY",
                default
            ),
        )
    } else {
        let key = quote_ident(key.unwrap_or_default());
        (
            phrase!(
                "{default} has rows, and from where to where they reach could not be read in time",
                default
            ),
            phrase!(
                "CREATE INDEX CONCURRENTLY ON {default} ({key}), which nobody waits for, and run it again",
                default,
                key
            ),
        )
    };
    seen.refuse(
        Adoptable::NeedsDecision,
        Code::DefaultHasRows,
        what,
        way_out,
    );
}

/// The smallest and the largest key in DEFAULT, where they are known.
pub(super) fn ends(set: &PartitionSet, content: &Content) -> Option<(Point, Point)> {
    let (measure, kind) = (set.measure(), set.control()?.kind);
    let point = |text: &Option<String>| measure.point(kind, text.as_deref()?);
    Some((point(&content.min)?, point(&content.max)?))
}

/// Why rows can't be brought along, and what to do about it.
pub(super) fn obstacle(set: &PartitionSet, superuser: bool, content: &Content) -> Option<Phrase> {
    let default = set.default_partition().map(|default| &default.name)?;
    match beside(set, superuser) {
        Beside::Small(_, Some(_)) if content.counted.is_some_and(|n| n <= MOST_TO_MOVE) => None,
        _ if !set.referenced_by.is_empty() => Some(phrase!(
            "foreign keys refer to the rows of {default}, so they can't be brought along: {way_out}",
            default,
            way_out = without(set, phrase!("run this again"))
        )),
        Beside::Small(_, None) if superuser => Some(phrase!(
            "these of {default} fire whoever moves rows: {fires}; move those rows out of it first, or have them fire for the application only until it is adopted, as with ALTER TABLE {default} ENABLE TRIGGER",
            default,
            fires = set.default_fires.join(", ")
        )),
        Beside::Small(_, None) => Some(phrase!(
            "let a superuser adopt it, who can keep its triggers quiet, or move those rows out of {default} first",
            default
        )),
        _ => Some(phrase!(
            "there are too many to bring along in a moment: move those rows out of {default} first",
            default
        )),
    }
}
