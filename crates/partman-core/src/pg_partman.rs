//! What pg_partman's versions differ in, as far as adoption is concerned.
//!
//! Version 4 reads the names of partitions, version 5 their bounds; their default suffixes, the columns of
//! `part_config` and the meaning of `partition_type` differ too. Everything else in partman asks here, by what a version
//! can and not by its number. Facts are from running 4.7.2, 5.2.4 and 5.5.0, and from the scripts that update one version
//! to the next.

mod premade;
mod suffix;
mod v4;
mod v5;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::Interval;
use crate::bound::Point;
use crate::measure::{Measure, Unit};
use crate::name::{RelationName, quote_ident};
use crate::time_zone::Zone;

pub use premade::premade;
pub use suffix::Suffix;

/// A version of the extension, such as 5.2.4.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(Vec<u32>);

/// Why a text is not a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a version of pg_partman: write it as 5.2.4")]
pub struct VersionError(String);

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let numbers = text.split('.').map(|part| {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().map_err(|_| VersionError(text.to_owned()))
        });
        numbers.collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(u32::to_string).collect();
        f.write_str(&parts.join("."))
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// The newest version that was tried: what sets are judged for where there is none to be had.
impl Default for Version {
    fn default() -> Self {
        Self(vec![5, 5, 0])
    }
}

/// What the configuration row of a set is made from.
#[derive(Debug, Clone)]
pub struct ConfigRow<'a> {
    /// The parent.
    pub parent: &'a RelationName,
    /// The control column.
    pub control: &'a str,
    /// The width of its partitions.
    pub interval: Interval,
    /// Partitions to keep ahead.
    pub premake: u32,
    /// How its partitions are named.
    pub suffix: &'a Suffix,
    /// What the values of the control column count.
    pub measure: Measure,
    /// Whether partitions are lists of one number.
    pub by_list: bool,
    /// The extension's schema.
    pub schema: &'a str,
}

impl Version {
    fn is_before(&self, other: &[u32]) -> bool {
        self.0.as_slice() < other
    }

    /// Whether maintenance finds its way by the names of partitions, so that they have to be its own.
    pub fn reads_names(&self) -> bool {
        self.is_before(&[5])
    }

    /// Whether it maintains lists of single numbers.
    pub fn maintains_lists(&self) -> bool {
        !self.is_before(&[5, 1])
    }

    /// Whether it counts in whole numbers of a numeric.
    pub fn counts_numerics(&self) -> bool {
        !self.is_before(&[5, 1])
    }

    /// Whether times in a uuid can be read and written.
    pub fn encodes_times(&self) -> bool {
        !self.is_before(&[5, 2])
    }

    /// Whether integers may count time in this unit.
    pub fn knows_epoch(&self, unit: Unit) -> bool {
        unit != Unit::Microseconds || !self.is_before(&[5, 2])
    }

    /// Whether maintenance counts the partitions ahead from rows that lie ahead of the clock, where there are some. (Version
    /// 4 counts from the clock as long as `infinite_time_partitions` is on.)
    pub fn counts_from_rows_ahead(&self) -> bool {
        !self.reads_names()
    }

    /// Whether maintenance gives new partitions the replica identity of their parent.
    pub fn gives_replica_identity(&self) -> bool {
        !self.is_before(&[5])
    }

    /// The suffix that this version gives by default, or the coarsest one that tells all of these bounds apart.
    pub fn suffix(&self, interval: Interval, lower_bounds: &[Point], zone: &Zone) -> Suffix {
        match self.reads_names() {
            true => v4::suffix(interval, lower_bounds, zone),
            false => v5::suffix(interval),
        }
    }

    /// `partition_type` of a set by range, or of lists of one number.
    pub fn partition_type(&self, by_list: bool) -> &'static str {
        match (self.reads_names(), by_list) {
            (true, _) => "native",
            (false, true) => "list",
            (false, false) => "range",
        }
    }

    /// The columns of `part_config` that we set, with their values. Retention is never among them.
    pub fn config_row(&self, row: &ConfigRow<'_>) -> Map<String, Value> {
        let mut columns = Map::new();
        columns.insert("parent_table".into(), row.parent.unquoted().into());
        columns.insert("control".into(), row.control.into());
        columns.insert(
            "partition_type".into(),
            self.partition_type(row.by_list).into(),
        );
        columns.insert("partition_interval".into(), row.interval.to_string().into());
        columns.insert("premake".into(), row.premake.into());
        columns.insert(
            "datetime_string".into(),
            row.suffix.datetime_string().into(),
        );
        columns.insert("automatic_maintenance".into(), "on".into());
        columns.insert("jobmon".into(), false.into());
        // Else a quiet table stops getting partitions when its newest rows grow old.
        columns.insert("infinite_time_partitions".into(), true.into());
        // Else what maintenance creates belongs to whoever runs it, with no grants.
        columns.insert("inherit_privileges".into(), true.into());
        if let Some(unit) = row.measure.epoch() {
            columns.insert("epoch".into(), unit.name().into());
        }
        match self.reads_names() {
            true => v4::extend_config(&mut columns),
            false => v5::extend_config(row, &mut columns),
        }
        columns
    }

    /// The call that maintains one set; `$1` is `parent_table`. It must run in a session whose TimeZone is the set's.
    pub fn run_maintenance_sql(&self, schema: &str) -> String {
        format!(
            "SELECT {}.run_maintenance(p_parent_table := $1, p_analyze := false, p_jobmon := false)::text AS done",
            quote_ident(schema)
        )
    }

    /// Whether `part_config` tells when maintenance last came to its end (5.1 and later).
    pub fn records_last_run(&self) -> bool {
        !self.is_before(&[5, 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_can_what_its_scripts_brought() {
        let can = |text: &str| {
            let version: Version = text.parse().expect("a version");
            let epoch = version.knows_epoch(Unit::Microseconds);
            let last_run = version.records_last_run();
            [
                version.reads_names(),
                version.maintains_lists() && version.counts_numerics(),
                last_run,
                version.encodes_times(),
                epoch,
            ]
        };
        assert_eq!(can("4.7.2"), [true, false, false, false, false]);
        assert_eq!(can("5.0.1"), [false, false, false, false, false]);
        assert_eq!(can("5.1.0"), [false, true, true, false, false]);
        for new in ["5.2.0", "5.2.4", "5.5.0", "6.0", "10.1"] {
            assert_eq!(can(new), [false, true, true, true, true], "{new}");
        }
    }
}
