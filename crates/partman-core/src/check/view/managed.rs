//! A row of `part_config` with the types that its columns have for us.

use jiff::Timestamp;

use crate::Interval;
use crate::model::ManagedConfig;
use crate::pg_partman::Suffix;

/// The configuration that pg_partman has for a set.
#[derive(Debug, Clone, Copy)]
pub(in crate::check) struct Managed<'a>(pub(in crate::check) &'a ManagedConfig);

/// When maintenance of a set last came to its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::check) enum LastRun {
    /// This version doesn't keep it.
    NotKept,
    /// Never, or the last try failed (5.5).
    Never,
    At(Timestamp),
}

impl Managed<'_> {
    pub(in crate::check) fn interval(self) -> Option<Interval> {
        self.0.text("partition_interval")?.parse().ok()
    }

    pub(in crate::check) fn premake(self) -> Option<u32> {
        self.0.premake()
    }

    /// `retention` as it was written.
    pub(in crate::check) fn retention(&self) -> Option<&str> {
        self.0.text("retention").map(str::trim)
    }

    /// `date_trunc_interval` (5.x), where it is set.
    pub(in crate::check) fn cuts_to(&self) -> Option<&str> {
        self.0.text("date_trunc_interval")
    }

    /// Whether retention leaves the table behind.
    pub(in crate::check) fn keeps_tables(self) -> bool {
        self.0.flag("retention_keep_table") != Some(false)
            || self.0.text("retention_schema").is_some()
    }

    /// Whether `run_maintenance()` without a name takes this set.
    pub(in crate::check) fn is_automatic(self) -> bool {
        self.0.text("automatic_maintenance") == Some("on")
    }

    pub(in crate::check) fn is_infinite(self) -> bool {
        self.0.flag("infinite_time_partitions") == Some(true)
    }

    pub(in crate::check) fn is_being_undone(self) -> bool {
        self.0.flag("undo_in_progress") == Some(true)
    }

    /// What `async_partitioning_in_progress` (5.5) says.
    pub(in crate::check) fn is_being_moved(self) -> bool {
        self.0
            .row
            .get("async_partitioning_in_progress")
            .is_some_and(|value| !value.is_null())
    }

    pub(in crate::check) fn last_run(self) -> LastRun {
        const COLUMN: &str = "maintenance_last_run";
        match (self.0.row.contains_key(COLUMN), self.0.text(COLUMN)) {
            (false, _) => LastRun::NotKept,
            (true, None) => LastRun::Never,
            (true, Some(text)) => text.parse().map_or(LastRun::NotKept, LastRun::At),
        }
    }

    /// How its partitions are named; `None` for formats with tokens that aren't numbers of a date (`Q`, `IW`).
    pub(in crate::check) fn suffix(self) -> Option<Suffix> {
        let Some(format) = self.0.text("datetime_string") else {
            let by_number = self.interval().is_some_and(Interval::is_ids);
            return by_number.then_some(Suffix::Number);
        };
        let known = ["YYYY", "MM", "DD", "HH24", "MI", "SS"];
        let rest = known
            .iter()
            .fold(format.to_owned(), |rest, token| rest.replace(token, ""));
        rest.chars()
            .all(|c| matches!(c, '_' | '-'))
            .then(|| Suffix::time(format))
    }

    /// The unit in which an integer key counts time; `None` where it doesn't.
    pub(in crate::check) fn epoch(&self) -> Option<&str> {
        self.0.text("epoch").filter(|unit| *unit != "none")
    }
}
