//! What was seen in a database: plain data, complete enough that checks and plans need nothing else.
//!
//! An [`Inspection`] can be saved, sent and judged later without a database. Nothing here decides whether what was seen
//! is good (see [`crate::check`]) or what to do about it (see [`crate::plan`]).

mod content;
mod extension;
mod gap;
mod open;
mod other;
mod partition;
mod runs;
mod stray;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::bound::{Bound, Datum, KeyKind, Point};
use crate::measure::{Measure, Told, told_by};
use crate::name::RelationName;

pub use content::Content;
pub use extension::{AvailableVersion, Extension, InstalledExtension};
pub use gap::{Fact, Gap};
pub use other::Other;
pub use partition::Partition;
pub use runs::{JournalAccess, RunSummary, Runs, Standing};
pub use stray::{Stray, StrayKind};

/// The version tag of a saved inspection.
pub const INSPECTION_SCHEMA: &str = "partman/inspection/1";

/// Everything partman knows about one database at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// [`INSPECTION_SCHEMA`].
    pub schema: String,
    /// The server and the database.
    pub server: Server,
    /// pg_partman: what the server offers and what the database has.
    pub extension: Extension,
    /// Every parent of partitions, also those that nobody can adopt, ordered by name.
    pub sets: Vec<PartitionSet>,
    /// The rows of `part_config`, also those whose table is gone.
    pub configs: Vec<ManagedConfig>,
    /// Relations and types beside the sets whose names pg_partman could want for a partition.
    pub strays: Vec<Stray>,
    /// What somebody named that is no set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Other>,
    /// Functions whose text names a partition, or puts such names together.
    #[serde(default)]
    pub mentions: Vec<Mention>,
    /// Whatever could be found that calls `run_maintenance`.
    pub schedulers: Vec<Scheduler>,
    /// Partman's own runs.
    #[serde(default)]
    pub runs: Runs,
    /// Facts that could not be had, each with its reason.
    pub gaps_in_view: Vec<Gap>,
}

/// The server, the database, and who we are there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Server {
    /// `server_version`, such as `15.18 (Debian 15.18-0+deb12u1)`.
    pub version: String,
    /// `server_version_num`, such as 150018.
    pub version_num: u32,
    /// `pg_control_system()`: the same on a physical copy, another on every other server. Text, for it has 64 bits.
    pub system_identifier: String,
    /// Name of the database.
    pub database: String,
    /// Its oid; another after a restore.
    pub database_oid: u32,
    /// The role that looked.
    pub user: String,
    /// Whether that role is a superuser.
    pub superuser: bool,
    /// Whether it may create schemas in the database.
    pub may_create: bool,
    /// Whether a setting of the server, the database or a role has transactions at repeatable read or serializable, so that they
    /// go on with a snapshot that they took before they came to wait for a lock.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub looks_back: bool,
    /// The `TimeZone` that a session of this role has by default here, before partman sets its own.
    pub time_zone: String,
    /// Whether the server is a standby.
    pub in_recovery: bool,
    /// The server's clock when it was looked at.
    pub now: Timestamp,
    /// All schemas that aren't the system's.
    pub schemas: Vec<String>,
}

/// How a parent divides its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// `PARTITION BY RANGE`.
    Range,
    /// `PARTITION BY LIST`.
    List,
    /// `PARTITION BY HASH`.
    Hash,
    /// Old-style inheritance, with no partitioning that the server knows of.
    Inherits,
}

/// A column (or expression) of the partition key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyColumn {
    /// The column's name; `None` for an expression.
    pub column: Option<String>,
    /// The type's name in `pg_type`; empty for an expression.
    pub type_name: String,
    /// The domain over that type that the column has, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// What its values are.
    pub kind: KeyKind,
    /// Whether the parent forbids NULL in it.
    pub not_null: bool,
}

/// A foreign key of or to a parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The constraint's name.
    pub name: String,
    /// The table at the other end.
    pub table: RelationName,
    /// Whether our role may lock that table as attaching a partition does.
    #[serde(default)]
    pub lockable: bool,
}

/// A privilege that somebody has on a parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The role; `None` is PUBLIC.
    pub grantee: Option<String>,
    /// Such as `SELECT`.
    pub privilege: String,
    /// Whether it may be passed on.
    pub grantable: bool,
}

/// An index of a parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParentIndex {
    /// Its name.
    pub name: String,
    /// False while some partition lacks its part.
    pub valid: bool,
}

/// A parent and its partitions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartitionSet {
    /// The parent's oid.
    pub oid: u32,
    /// The parent's name.
    pub name: RelationName,
    /// The parent's parent, where it is a partition itself.
    pub nested_in: Option<RelationName>,
    /// How rows are divided.
    pub strategy: Strategy,
    /// The partition key; empty for inheritance.
    pub key: Vec<KeyColumn>,
    /// `pg_get_partkeydef`, such as `RANGE (created_at)`.
    pub key_definition: String,
    /// The parent's owner.
    pub owner: String,
    /// The parent's grants as `aclitem` text; `None` for the defaults.
    pub acl: Option<Vec<String>>,
    /// The parent's grants, one privilege each, without the owner's own.
    pub grants: Vec<Grant>,
    /// Whom default privileges give rights on a new table of ours in the parent's schema; `None` is PUBLIC.
    #[serde(default)]
    pub default_grantees: Vec<Option<String>>,
    /// The tablespace that the parent names for its partitions.
    pub tablespace: Option<String>,
    /// Whether our role may act as the owner.
    pub is_owner: bool,
    /// Whether row security is enabled on the parent.
    pub row_security: bool,
    /// Columns of the parent with a statistics target of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statistics: Vec<(String, i32)>,
    /// The parent's replica identity: `d`efault, `n`othing, `f`ull or by `i`ndex.
    pub replica_identity: String,
    /// The replica identity that all its partitions have; `d` where they differ.
    #[serde(
        default = "default_identity",
        skip_serializing_if = "is_default_identity"
    )]
    pub partitions_identity: String,
    /// The columns of the index by which rows are identified to subscribers, where the parent or its partitions name one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replica_key: Vec<String>,
    /// Whether some index of the parent begins with the key's first column.
    pub key_is_indexed: bool,
    /// The parent's indexes.
    pub indexes: Vec<ParentIndex>,
    /// Foreign keys of the parent.
    pub references: Vec<ForeignKey>,
    /// Foreign keys to the parent.
    pub referenced_by: Vec<ForeignKey>,
    /// Its columns but for generated ones, in order.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Columns of a unique key by which a row is found again: the primary key, or another one, of built-in types without NULL;
    /// empty where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unique_key: Vec<String>,
    /// What uses the DEFAULT partition by itself, and would go on using that table: views, functions, foreign keys, policies,
    /// publications, rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_used_by: Vec<String>,
    /// What the DEFAULT partition has and its parent hasn't: constraints, unique indexes, triggers, row security, grants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_own: Vec<String>,
    /// Triggers of the parent that are switched on or off otherwise on the DEFAULT partition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_triggers: Vec<String>,
    /// Triggers and rules of the DEFAULT partition that fire when our role moves rows out of it or back: those that are enabled,
    /// but of a superuser only those that always fire.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_fires: Vec<String>,
    /// Whether a publication holds every table that is made beside it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub published_at_once: bool,
    /// Publications of all tables that there are and will be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published_with_all: Vec<String>,
    /// Names of the parent's own triggers.
    pub triggers: Vec<String>,
    /// Publications that publish partitions under their own names.
    pub publications: Vec<String>,
    /// Publications that publish what changes in the set, under whatever name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published_by: Vec<String>,
    /// The partitions, ranges in order of their lower bound, DEFAULT last.
    pub partitions: Vec<Partition>,
}

fn default_identity() -> String {
    "d".to_owned()
}

fn is_default_identity(identity: &str) -> bool {
    identity == "d"
}

/// A row of `part_config`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ManagedConfig {
    /// All its columns as the server gave them; they differ between versions.
    pub row: Map<String, Value>,
}

/// A text that would not follow a rename.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// The partition that it names, or the parent of which it puts names together.
    pub relation: RelationName,
    /// The function, with the types of its arguments.
    pub function: String,
}

/// Something that calls `run_maintenance`, or could.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduler {
    /// `pg_cron` or `pg_partman_bgw`.
    pub kind: String,
    /// The job's schedule, or the worker's database.
    pub detail: String,
}

impl ManagedConfig {
    /// A column's text; `None` when the column is NULL or this version has none of that name.
    pub fn text(&self, column: &str) -> Option<&str> {
        self.row.get(column).and_then(Value::as_str)
    }

    /// `parent_table`: `schema.table`, unquoted.
    pub fn parent_table(&self) -> &str {
        self.text("parent_table").unwrap_or_default()
    }

    /// A boolean column; `None` when it is NULL or missing.
    pub fn flag(&self, column: &str) -> Option<bool> {
        self.row.get(column).and_then(Value::as_bool)
    }

    /// `premake`.
    pub fn premake(&self) -> Option<u32> {
        self.row
            .get("premake")
            .and_then(Value::as_u64)
            .and_then(|n| u32::try_from(n).ok())
    }
}

impl PartitionSet {
    /// The replica identity that new partitions need: the parent's, or where that one has the default, that of its partitions.
    pub(crate) fn identity_of_new(&self) -> &str {
        match self.replica_identity.as_str() {
            "d" => &self.partitions_identity,
            own => own,
        }
    }

    /// The DEFAULT partition.
    pub fn default_partition(&self) -> Option<&Partition> {
        self.partitions.iter().find(|p| p.is_default())
    }

    /// The key's only column, when it has one column and no expression.
    pub fn control(&self) -> Option<&KeyColumn> {
        match self.key.as_slice() {
            [only] if only.column.is_some() => Some(only),
            _ => None,
        }
    }

    /// Whether points stand for the values of its key: times, integers, and numerics whose bounds are whole numbers that
    /// fit into a bigint.
    pub(crate) fn is_counted(&self) -> bool {
        let Some(kind) = self.control().map(|key| key.kind) else {
            return false;
        };
        match kind {
            KeyKind::Numeric => self.has_whole_bounds(),
            kind => kind.is_time() || kind == KeyKind::Integer,
        }
    }

    fn has_whole_bounds(&self) -> bool {
        let is_whole = |datum: &Datum| match datum {
            Datum::Value(text) => Point::parse(KeyKind::Numeric, text).is_some(),
            _ => true,
        };
        let mut bounds = self.partitions.iter().filter_map(|p| p.bound.as_ref());
        bounds.all(|bound| match bound {
            Bound::Range { from, to } => from.iter().chain(to).all(is_whole),
            _ => true,
        })
    }

    /// What the values of its key count, as far as its bounds tell.
    pub fn measure(&self) -> Measure {
        match told_by(self) {
            Told::Surely(measure) => measure,
            Told::Perhaps(_) => Measure::Itself,
        }
    }

    /// A point as a value of the key, without quotes: as the bound that is there has it, where there is one, for several
    /// uuids stand for one point.
    pub fn literal(&self, point: Point) -> Option<String> {
        let measure = self.measure();
        if measure == Measure::UuidV7 {
            let there = self.ranges().into_iter().find_map(|(from, to, partition)| {
                let Some(Bound::Range { from: a, to: b }) = &partition.bound else {
                    return None;
                };
                let text = |data: &[Datum]| match data {
                    [Datum::Value(text)] => Some(text.clone()),
                    _ => None,
                };
                match (from == point, to == point) {
                    (_, true) => text(b),
                    (true, _) => text(a),
                    _ => None,
                }
            });
            return there.or_else(|| measure.literal(point));
        }
        measure.literal(point)
    }

    /// The partitions with readable bounds on both sides, in order, in what their values count. Whatever is missing here
    /// (MINVALUE, infinities, dates that stand for one, other keys) makes the set unfit for pg_partman; see [`crate::plan`].
    pub fn ranges(&self) -> Vec<(Point, Point, &Partition)> {
        let Some(kind) = self.control().map(|key| key.kind) else {
            return Vec::new();
        };
        // Some of its bounds would be read and others not, which made holes of these.
        if kind == KeyKind::Numeric && !self.is_counted() {
            return Vec::new();
        }
        let measure = self.measure();
        let mut found: Vec<_> = self
            .partitions
            .iter()
            .filter_map(|partition| match partition.bound.as_ref()? {
                Bound::Range { from, to } => {
                    let point = |data: &[Datum]| match data {
                        [Datum::Value(text)] => measure.point(kind, text),
                        _ => None,
                    };
                    Some((point(from)?, point(to)?, partition))
                }
                // A list of one number is the range up to the next.
                Bound::List(values) if kind == KeyKind::Integer => match values.as_slice() {
                    [Datum::Value(text)] => {
                        let n: i64 = text.parse().ok()?;
                        Some((Point::Id(n), Point::Id(n.checked_add(1)?), partition))
                    }
                    _ => None,
                },
                _ => None,
            })
            .collect();
        found.sort_by_key(|(from, _, _)| *from);
        let points: Vec<(Point, Point)> = found.iter().map(|(from, to, _)| (*from, *to)).collect();
        if self.ends_nowhere(&points) {
            found.pop();
        }
        found
    }
}

impl Inspection {
    /// The set of this name.
    pub fn set(&self, name: &RelationName) -> Option<&PartitionSet> {
        self.sets.iter().find(|set| set.name == *name)
    }

    /// The row of `part_config` for this set.
    pub fn config(&self, set: &PartitionSet) -> Option<&ManagedConfig> {
        let wanted = set.name.unquoted();
        self.configs
            .iter()
            .find(|config| config.parent_table() == wanted)
    }
}
