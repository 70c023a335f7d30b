//! What somebody wants of partman: plain data, from a configuration, from arguments, or from a service's code.

use serde::{Deserialize, Serialize};

use crate::Interval;
use crate::mend::MendKind;
use crate::name::RelationName;
use crate::pg_partman::Version;

/// Partitions to keep ahead where nobody says; pg_partman's own default.
pub const DEFAULT_PREMAKE: u32 = 4;

/// The schema for pg_partman where nobody says.
pub const DEFAULT_SCHEMA: &str = "partman";

/// What happens to the names of partitions that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Names {
    /// They stay.
    Keep,
    /// They become the ones that pg_partman would have given.
    Rename,
}

/// What happens to a DEFAULT partition whose rows are too many to be brought along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDefault {
    /// It becomes a partition, also where that is several intervals wide or something knows it by its name.
    Attach,
    /// Its rows are spread over partitions of their own, also where these are many, it could become the only one, or something
    /// knows it by its name.
    Spread,
}

/// Whether the control column may be NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Nulls {
    /// As it is.
    #[default]
    Keep,
    /// It becomes NOT NULL, for which each partition is read once.
    Forbid,
}

/// What is wanted of one set. What is `None` is found from the set itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedSet {
    /// The parent.
    pub parent: RelationName,
    /// The column that it is partitioned by; a check on what is found.
    pub control: Option<String>,
    /// The width of its partitions; a check on what is found.
    pub interval: Option<Interval>,
    /// Partitions to keep ahead of the present.
    pub premake: u32,
    /// The zone in which its bounds are midnights.
    pub time_zone: Option<String>,
    /// What happens to names; by default they are kept where the version allows.
    pub names: Option<Names>,
    /// Mends that are not wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decline: Vec<MendKind>,
    /// What happens to a large DEFAULT partition; by default it becomes a partition where nothing speaks against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<OnDefault>,
    /// Whether the control column may be NULL.
    #[serde(default, skip_serializing_if = "is_kept")]
    pub nulls: Nulls,
}

fn is_kept(nulls: &Nulls) -> bool {
    *nulls == Nulls::Keep
}

impl WantedSet {
    /// This parent, everything else as found.
    pub fn new(parent: RelationName) -> Self {
        Self {
            parent,
            control: None,
            interval: None,
            premake: DEFAULT_PREMAKE,
            time_zone: None,
            names: None,
            decline: Vec::new(),
            default: None,
            nulls: Nulls::Keep,
        }
    }
}

/// What is wanted of pg_partman itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedExtension {
    /// The schema to install it in, where it isn't installed yet.
    pub schema: String,
    /// The version to install; the server's default where nobody says.
    pub version: Option<Version>,
}

impl Default for WantedExtension {
    fn default() -> Self {
        Self {
            schema: DEFAULT_SCHEMA.to_owned(),
            version: None,
        }
    }
}
