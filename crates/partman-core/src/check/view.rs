//! An inspection as the rules look at it: only the sets that count, each with what can be derived from it once.
//!
//! Rules read, they don't compute: assessment, grid of bounds, configuration row and callers of maintenance are put
//! together here for all of them, so that thirty rules on a thousand sets cost one assessment of each.

mod calendar;
mod callers;
mod grid;
mod managed;
mod retention;
mod rhythm;

use super::Scope;
use crate::assess::{Adoptable, Assessment, MendKind, assess};
use crate::model::{Fact, Inspection, PartitionSet, Strategy};
use crate::name::RelationName;
use crate::pg_partman::{Suffix, Version};
use crate::plan::version_in_question;
use crate::time_zone::Zone;
use crate::wanted::WantedSet;

pub(super) use callers::Caller;
pub(super) use grid::Grid;
pub(super) use managed::{LastRun, Managed};
pub(super) use retention::{Retention, TakenEarly};
pub(super) use rhythm::Rhythm;

/// An inspection through a scope.
pub struct View<'a> {
    pub(super) seen: &'a Inspection,
    pub(super) scope: &'a Scope,
    /// The version that there is, or could be.
    pub(super) version: Option<Version>,
    /// The version that sets are judged for.
    pub(super) judged: Version,
    sets: Vec<SetView<'a>>,
}

/// One set with what there is to know about it.
pub(super) struct SetView<'a> {
    pub(super) set: &'a PartitionSet,
    /// Its row in `part_config`.
    pub(super) managed: Option<Managed<'a>>,
    /// Whether the configuration names it.
    pub(super) named: bool,
    /// Partitions to keep ahead: of `part_config`, else of what is wanted.
    pub(super) premake: usize,
    pub(super) assessed: Assessment,
    /// Its bounds; `None` where they can't be counted on.
    pub(super) grid: Option<Grid<'a>>,
    /// Whether it lies in a partition by range, so that it has an end of its own.
    pub(super) limited: bool,
    /// How pg_partman names its partitions; `None` where that can't be told.
    pub(super) suffix: Option<Suffix>,
    reads_names: bool,
}

impl<'a> View<'a> {
    /// Puts together what the rules need.
    pub fn new(seen: &'a Inspection, scope: &'a Scope) -> Self {
        let version = version_in_question(seen, &scope.extension);
        let judged = version.clone().unwrap_or_default();
        let sets = seen
            .sets
            .iter()
            .filter(|set| scope.counts(seen, set))
            .map(|set| SetView::new(seen, scope, &judged, set))
            .collect();
        Self {
            seen,
            scope,
            version,
            judged,
            sets,
        }
    }

    pub(super) fn sets(&self) -> impl Iterator<Item = &SetView<'a>> {
        self.sets.iter()
    }

    /// The sets that pg_partman has.
    pub(super) fn managed(&self) -> impl Iterator<Item = (&SetView<'a>, &Managed<'a>)> {
        self.sets
            .iter()
            .filter_map(|set| Some((set, set.managed.as_ref()?)))
    }

    /// The sets whose bounds can be counted on.
    pub(super) fn grids(&self) -> impl Iterator<Item = (&SetView<'a>, &Grid<'a>)> {
        self.sets
            .iter()
            .filter_map(|set| Some((set, set.grid.as_ref()?)))
    }

    /// Why nobody can say which sets pg_partman has; `None` where that is known.
    pub(super) fn configuration_unseen(&self) -> Option<&'a str> {
        self.gap(Fact::Configuration)
    }

    /// Why nobody can say which jobs pg_cron has.
    pub(super) fn jobs_unseen(&self) -> Option<&'a str> {
        self.gap(Fact::CronJobs)
    }

    /// Why nobody can say what runs there were.
    pub(super) fn journal_unseen(&self) -> Option<&'a str> {
        self.gap(Fact::Journal)
    }

    fn gap(&self, fact: Fact) -> Option<&'a str> {
        let mut gaps = self.seen.gaps_in_view.iter();
        let found = gaps.find(|gap| gap.fact == fact);
        found.map(|gap| gap.message.as_str())
    }

    /// Why a rule on managed sets has nothing to look at.
    pub(super) fn without_managed(&self) -> &'a str {
        self.configuration_unseen()
            .unwrap_or("no set is under pg_partman")
    }

    /// Whether the version is at least this one.
    pub(super) fn is_at_least(&self, version: &str) -> bool {
        let least: Option<Version> = version.parse().ok();
        self.version
            .as_ref()
            .is_some_and(|here| Some(here) >= least.as_ref())
    }

    /// The extension's schema, to write a call with.
    pub(super) fn schema(&self) -> &str {
        self.seen
            .extension
            .installed
            .as_ref()
            .map_or(&self.scope.extension.schema, |found| &found.schema)
    }

    /// `database x`, the subject of what isn't about one set.
    pub(super) fn database(&self) -> String {
        format!("database {}", self.seen.server.database)
    }
}

impl<'a> SetView<'a> {
    fn new(seen: &'a Inspection, scope: &Scope, version: &Version, set: &'a PartitionSet) -> Self {
        let wish = scope.wish(&set.name);
        let managed = seen.config(set).map(Managed);
        let mut wanted = wish
            .cloned()
            .unwrap_or_else(|| WantedSet::new(set.name.clone()));
        if let Some(premake) = managed.and_then(|row| row.premake()) {
            wanted.premake = premake;
        }
        let assessed = assess(seen, set, &wanted, version);
        let grid = Grid::new(&seen.server, set, managed.as_ref(), &wanted, &assessed);
        let own = || {
            let grid = grid.as_ref()?;
            Some(version.suffix(grid.interval, &[], &grid.zone))
        };
        let suffix = match managed {
            Some(row) => row.suffix(),
            None => assessed.suffix.clone().or_else(own),
        };
        Self {
            set,
            managed,
            named: wish.is_some(),
            premake: wanted.premake as usize,
            assessed,
            grid,
            limited: within_range(seen, set),
            suffix,
            reads_names: version.reads_names(),
        }
    }

    pub(super) fn name(&self) -> &'a RelationName {
        &self.set.name
    }

    /// Whether a plan could adopt it.
    pub(super) fn is_adoptable(&self) -> bool {
        self.managed.is_none() && self.assessed.adoptable() <= Adoptable::YesWithMend
    }

    /// Whether adopting it mends something in one of these ways.
    pub(super) fn is_mended_by(&self, kinds: &[MendKind]) -> bool {
        let mut mends = self.assessed.mends.iter();
        self.is_adoptable() && mends.any(|mend| kinds.contains(&mend.kind))
    }

    /// Whether maintenance cuts the last bound to a unit of the calendar before it counts from there.
    pub(super) fn is_cut_by_retention(&self) -> bool {
        self.managed.as_ref().is_some_and(|row| {
            !self.reads_names && row.retention().is_some() && row.cuts_to().is_none()
        })
    }

    /// The zone to maintain it in, where its key needs one.
    pub(super) fn zone(&self) -> Option<&Zone> {
        let grid = self.grid.as_ref()?;
        matches!(grid.horizon(), crate::bound::Point::Instant(_)).then_some(&grid.zone)
    }
}

fn within_range(seen: &Inspection, set: &PartitionSet) -> bool {
    let mut above = set.nested_in.as_ref();
    // A tree of partitions can't be deeper than there are sets, whatever a saved inspection says.
    for _ in &seen.sets {
        let Some(parent) = above.and_then(|name| seen.set(name)) else {
            return false;
        };
        if parent.strategy == Strategy::Range {
            return true;
        }
        above = parent.nested_in.as_ref();
    }
    false
}
