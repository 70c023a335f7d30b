//! What is configured: by people in `partman.toml`, and in pg_partman's own table.

use partman_core::model::{Inspection, ManagedConfig};
use partman_core::phrase;
use partman_rollout::Config;
use serde::Serialize;
use serde_json::Value;

use super::escape::code;
use super::table::table;
use crate::words::Language;

/// The columns of `part_config` that a page shows, beside the parent.
const COLUMNS: [&str; 5] = [
    "partition_interval",
    "premake",
    "retention",
    "automatic_maintenance",
    "infinite_time_partitions",
];

/// What is configured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configured {
    /// The configuration that was read, where there is one.
    pub file: Option<String>,
    /// The schema that it wants pg_partman in.
    pub schema: String,
    /// The sets that it names.
    pub sets: Vec<ConfiguredSet>,
    /// The rows of `part_config`.
    pub rows: Vec<PartConfig>,
}

/// What a configuration says of a set; `None` is left to be found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfiguredSet {
    /// The parent.
    pub parent: String,
    /// The width of partitions.
    pub interval: Option<String>,
    /// Partitions to keep ahead.
    pub premake: u32,
    /// `keep` or `rename`.
    pub names: Option<String>,
    /// How long rows are kept.
    pub retention: Option<String>,
}

/// A row of `part_config`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartConfig {
    /// `parent_table`.
    pub parent: String,
    /// `partition_interval`, `premake`, `retention`, `automatic_maintenance`, `infinite_time_partitions`.
    pub values: [Option<String>; 5],
}

impl Configured {
    /// What the configuration and the inspection say.
    pub fn of(config: &Config, seen: &Inspection) -> Self {
        let path = config.path();
        let set = |set: &partman_rollout::config::Set| ConfiguredSet {
            parent: set.parent.to_string(),
            interval: set.interval.map(|interval| interval.to_string()),
            premake: set.premake,
            names: set.names.and_then(word),
            retention: set.retention.map(|interval| interval.to_string()),
        };
        Self {
            file: (!path.as_os_str().is_empty()).then(|| path.display().to_string()),
            schema: config.pg_partman.schema.clone(),
            sets: config.sets.iter().map(set).collect(),
            rows: seen.configs.iter().map(PartConfig::of).collect(),
        }
    }
}

impl PartConfig {
    fn of(row: &ManagedConfig) -> Self {
        let value = |column: &str| match row.row.get(column) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
        };
        Self {
            parent: row.parent_table().to_owned(),
            values: COLUMNS.map(value),
        }
    }
}

fn word(value: impl Serialize) -> Option<String> {
    let value = serde_json::to_value(value).ok()?;
    value.as_str().map(str::to_owned)
}

/// The sets of the configuration in a table.
pub(super) fn sets(configured: &Configured, language: Language) -> Option<String> {
    let parent = language.say(&phrase!("parent table"));
    let keys = ["interval", "premake", "names", "retention"].map(code);
    let rows = configured.sets.iter().map(|set| {
        [
            code(&set.parent),
            shown(&set.interval),
            set.premake.to_string(),
            shown(&set.names),
            shown(&set.retention),
        ]
    });
    table([parent].into_iter().chain(keys), rows)
}

/// The rows of `part_config` in a table.
pub(super) fn rows(configured: &Configured) -> Option<String> {
    let header = ["parent_table"].into_iter().chain(COLUMNS).map(code);
    let rows = configured.rows.iter().map(|row| {
        let values = row.values.iter().map(shown);
        [code(&row.parent)].into_iter().chain(values)
    });
    table(header, rows)
}

fn shown(value: &Option<String>) -> String {
    value.as_deref().map_or_else(|| "–".to_owned(), code)
}
