//! Whether a set can be put under pg_partman, and if not, why not and what would help.
//!
//! Pure: an [`Inspection`] and what is wanted go in, an [`Assessment`] comes out. Status, checks and plans all rest on
//! it, so they can't disagree. The refusals are in `layout`, the counting of what is missing in [`crate::coverage`].

mod aside;
mod attach;
mod beyond;
mod code;
mod configured;
mod digits;
mod empty;
mod ends;
mod far;
mod inclusive;
mod joining;
mod layout;
mod list;
mod lookup;
mod month_ends;
mod neighbours;
mod nesting;
mod nulls;
mod only_partitions;
mod present;
mod published;
mod referring;
mod renaming;
mod rest;
mod soon;
mod spread;
mod unlike;
pub(crate) use attach::returning;
pub(crate) use beyond::{first as first_beyond, stop as stops_at, when as when_it_stops};
pub use code::Code;
pub(crate) use nulls::are_forbidden;
pub(crate) use present::own_names;
pub(crate) use referring::without as without_foreign_keys;
pub(crate) use renaming::mentioned_by;
pub(crate) use rest::{Beside, LOOKED_THROUGH_AT_ONCE, beside, from_beyond};
pub(crate) use soon::{instant, margin};
pub(crate) use spread::before;
mod span;

use serde::{Deserialize, Serialize};

use crate::Interval;
use crate::bound::Point;
use crate::coverage::Range;
pub use crate::mend::{Mend, MendKind};
use crate::model::{Inspection, PartitionSet, Strategy};
use crate::name::RelationName;
use crate::pg_partman::{Suffix, Version};
use crate::phrase;
use crate::step::MoveAside;
use crate::time_zone::Zone;
use crate::wanted::{Names, WantedSet};
use crate::words::Phrase;

/// Whether a set can be adopted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Adoptable {
    /// As it is.
    Yes,
    /// After mends that are part of the plan.
    YesWithMend,
    /// A person has to say something first.
    NeedsDecision,
    /// Not in this layout.
    No,
}

/// Why a set can't be adopted as it is, and the way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// [`Adoptable::No`] or [`Adoptable::NeedsDecision`].
    pub verdict: Adoptable,
    /// Which reason it is, for programs.
    pub code: Code,
    /// What is the matter, naming the object.
    pub what: Phrase,
    /// What would help.
    pub way_out: Phrase,
}

/// A partition that the plan creates.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPartition {
    /// The name that pg_partman would give it.
    pub name: RelationName,
    /// Lower bound, inclusive.
    pub from: Point,
    /// Upper bound, exclusive.
    pub to: Point,
}

/// A partition that gets the bounds of its rows: a DEFAULT, or one with an open end.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// The partition as it is called now.
    pub partition: RelationName,
    /// What it is called afterwards, where names are kept.
    pub named: RelationName,
    /// Lower bound, inclusive.
    pub from: Point,
    /// Upper bound, exclusive.
    pub to: Point,
    /// Whether it is the DEFAULT partition, of which there is a new one then.
    pub default: bool,
}

/// What there is to say about one set.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The parent.
    pub parent: RelationName,
    /// The control column, where the key is one column.
    pub control: Option<String>,
    /// How rows are divided.
    pub strategy: Strategy,
    /// The width of its partitions, where there is one.
    pub interval: Option<Interval>,
    /// Where partitions of that width begin, where older ones have another.
    pub regular_from: Option<Point>,
    /// The zone of its bounds; `None` also for keys that need none.
    pub zone: Option<Zone>,
    /// Whether pg_partman has a configuration row for it.
    pub managed: bool,
    /// What happens to names on adoption.
    pub names: Names,
    /// Why it can't be adopted; empty when it can.
    pub reasons: Vec<Reason>,
    /// What a plan would repair.
    pub mends: Vec<Mend>,
    /// What it could repair, and somebody declined.
    pub declined: Vec<Mend>,
    /// What stays as it is, and what that means; nothing that keeps the set from being adopted.
    pub notes: Vec<Phrase>,
    /// The kinds of mends that somebody declined, whether there is anything to mend or not.
    pub decline: Vec<MendKind>,
    /// Where the present is, as far as this set counts.
    pub present: Option<Point>,
    /// Upper end of the last partition.
    pub horizon: Option<Point>,
    /// Ranges between partitions that none takes.
    pub holes: Vec<Range>,
    /// What a plan would move aside for that.
    pub to_move: Vec<MoveAside>,
    /// What a plan would create.
    pub to_create: Vec<NewPartition>,
    /// How pg_partman would name partitions.
    pub suffix: Option<Suffix>,
    /// What gets other bounds than it has.
    pub ends: Vec<Ending>,
    /// What is made for the rows of a DEFAULT that are spread over it.
    pub spread: Vec<NewPartition>,
    /// The set with these, where there are any; what is to be created is created beside them.
    pub mended: Option<PartitionSet>,
}

impl Assessment {
    /// The verdict that follows from reasons and mends.
    pub fn adoptable(&self) -> Adoptable {
        let worst = self.reasons.iter().map(|reason| reason.verdict).max();
        let mended = if self.mends.is_empty() {
            Adoptable::Yes
        } else {
            Adoptable::YesWithMend
        };
        worst.unwrap_or(mended)
    }

    /// Whether somebody declined this kind of mend.
    pub fn declines(&self, kind: MendKind) -> bool {
        self.decline.contains(&kind)
    }

    /// Notes a mend: as part of the plan, or as one that was declined.
    pub(crate) fn mend(&mut self, kind: MendKind, what: Phrase) {
        let mend = Mend { kind, what };
        match self.declines(kind) {
            true => self.declined.push(mend),
            false => self.mends.push(mend),
        }
    }

    /// Where the suffix of a new partition's name leaves no room for the parent's.
    pub(crate) fn refuse_long_name(&mut self) {
        let what = phrase!(
            "no name of a new partition of {parent} fits into 63 bytes",
            parent = self.parent
        );
        let way_out = phrase!("rename the parent to something shorter");
        self.refuse(Adoptable::No, Code::NameTooLong, what, way_out);
    }

    pub(crate) fn refuse(
        &mut self,
        verdict: Adoptable,
        code: Code,
        what: impl Into<Phrase>,
        way_out: impl Into<Phrase>,
    ) {
        self.reasons.push(Reason {
            verdict,
            code,
            what: what.into(),
            way_out: way_out.into(),
        });
    }
}

/// Judges one set for a version of pg_partman.
pub fn assess(
    inspection: &Inspection,
    set: &PartitionSet,
    wanted: &WantedSet,
    version: &Version,
) -> Assessment {
    let names = wanted.names.unwrap_or(if version.reads_names() {
        Names::Rename
    } else {
        Names::Keep
    });
    let mut seen = Assessment {
        parent: set.name.clone(),
        control: set.control().and_then(|key| key.column.clone()),
        strategy: set.strategy,
        interval: None,
        regular_from: None,
        zone: None,
        managed: inspection.config(set).is_some(),
        names,
        reasons: Vec::new(),
        mends: Vec::new(),
        declined: Vec::new(),
        notes: Vec::new(),
        decline: wanted.decline.clone(),
        present: None,
        horizon: set.ranges().last().map(|(_, to, _)| *to),
        holes: Vec::new(),
        to_move: Vec::new(),
        to_create: Vec::new(),
        suffix: None,
        ends: Vec::new(),
        spread: Vec::new(),
        mended: None,
    };
    layout::judge(inspection, set, wanted, version, &mut seen);
    neighbours::judge(inspection, set, &mut seen);
    digits::judge(set, wanted, &mut seen);
    lookup::judge(set, version, &mut seen);
    nulls::judge(set, wanted, &mut seen);
    if !inclusive::judge(inspection, set, wanted, &mut seen) {
        span::measure(inspection, set, wanted, &mut seen);
        month_ends::judge(set, wanted, &mut seen);
    }
    let closed = ends::judge(inspection, set, version, &mut seen);
    let set = closed.as_ref().unwrap_or(set);
    seen.mended.clone_from(&closed);
    present::look_ahead(inspection, set, wanted, version, &mut seen);
    renaming::judge(inspection, set, wanted, &mut seen);
    published::note(set, version, &mut seen);
    only_partitions::note(set, &mut seen);
    configured::judge(inspection, set, version, &mut seen);
    seen
}
