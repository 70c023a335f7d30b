//! Which reason it is that keeps a set from being adopted, for programs: texts may change, codes don't. Where a rule of
//! `partman check` finds the same condition, the code is that rule's id.

use serde::{Deserialize, Serialize};

/// The stable name of a reason, kebab-case as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Code {
    /// Old-style inheritance.
    Inheritance,
    /// Partitioned by HASH.
    Hash,
    /// Partitioned by LIST of other things than single numbers.
    List,
    /// Partitioned by LIST, which this version of pg_partman can't maintain.
    ListUnsupported,
    /// Partitioned by LIST of numbers that may grow, or may not.
    ListMayNotGrow,
    /// The key is an expression.
    ExpressionKey,
    /// The key has several columns.
    SeveralKeyColumns,
    /// The key's type is nothing that pg_partman counts in.
    KeyType,
    /// The configuration names another control column.
    ControlDiffers,
    /// The key encodes times in a way that this version of pg_partman can't read.
    EncodingUnsupported,
    /// The key's numbers may count time, or may not.
    NumbersOrTimes,
    /// The set is itself a partition.
    IsAPartition,
    /// Its partitions are partitioned themselves.
    SubPartitioned,
    /// The name of the parent or of a partition has a period in it.
    PeriodInName,
    /// The parent's name has a single quote in it.
    QuoteInName,
    /// This version of pg_partman needs other names, and somebody wants these kept.
    NamesCannotBeKept,
    /// Something knows partitions by the names that they would lose.
    NamesAreKnown,
    /// Our role may not act for the owner.
    NotOwner,
    /// A `DETACH … CONCURRENTLY` was begun and not finished.
    DetachPending,
    /// There is no partition with bounds to go on from.
    NoPartitions,
    /// A partition ends at MINVALUE or MAXVALUE.
    OpenEndedPartition,
    /// A bound is neither a time nor a number.
    UnreadableBound,
    /// pg_partman is undoing the set.
    UndoInProgress,
    /// pg_partman's configuration of the set says something else than the set.
    ConfigDiffers,
    /// pg_partman's configuration has a set that isn't there, at which maintenance stops.
    ConfigWithoutTable,
    /// The configuration names another interval.
    IntervalDiffers,
    /// The configuration names an interval that the key can't have.
    IntervalUnfit,
    /// There is no time zone of the configured name.
    NoSuchTimeZone,
    /// Several time zones fit the bounds and will differ later.
    TimeZoneAmbiguous,
    /// The configured time zone doesn't fit the bounds.
    TimeZoneDiffers,
    /// Most partitions have one width, and some another.
    MixedWidths,
    /// The partitions have no common width.
    NoCommonWidth,
    /// A partition ends right before a bound that people choose, as if its upper bound belonged to it.
    UpperBoundInclusive,
    /// Months begin on a day that not every month has.
    DayOfMonth,
    /// Between partitions there is room that whole ones don't fill.
    Misaligned,
    /// A partition lies far beyond the present, with nothing before it.
    PartitionFarAhead,
    /// More partitions are missing than are made without asking.
    TooManyMissing,
    /// The next bounds are beyond the key's type.
    KeyExhausted,
    /// This version of pg_partman looks for a partition in the parent's schema, and it is in another.
    FirstPartitionElsewhere,
    /// No name of a new partition fits.
    NameTooLong,
    /// Something has the name that a new partition needs.
    PartitionNameTaken,
    /// DEFAULT is a foreign table.
    DefaultIsForeign,
    /// DEFAULT has rows of partitions that are to be created, and they can't be brought along.
    DefaultHasRows,
    /// There is no such partitioned table.
    SetNotFound,
    /// The server has no pg_partman.
    ExtensionNotAvailable,
    /// The server doesn't offer the version that is wanted.
    VersionNotAvailable,
    /// Only a superuser can install this version.
    SuperuserNeeded,
    /// Our role may not create the extension's schema.
    SchemaNotCreatable,
    /// Our role has no rights on what is installed.
    RightsMissing,
    /// pg_partman doesn't work in a schema of this name.
    SchemaName,
}

impl Code {
    /// Whether this is a reason against a set that pg_partman has already: its row there has to be mended first.
    pub(crate) fn is_of_the_configuration(self) -> bool {
        matches!(self, Self::UndoInProgress | Self::ConfigDiffers)
    }
}
