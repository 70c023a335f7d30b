//! `[[set]]`: a partition set that shall be under pg_partman, and how.
//!
//! Only the parent has to be named. What can be read off the partitions (column, interval, time zone) is; where it is
//! written nevertheless, it is a check on what is found.

use partman_core::mend::MendKind;
use partman_core::wanted::{self, DEFAULT_PREMAKE, WantedSet};
use partman_core::{Interval, RelationName};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::{pg_partman, schema};

/// A partition set that shall be under pg_partman.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// The partitioned table, as SQL names it: `schema.table`, in double quotes where SQL needs them.
    #[schemars(schema_with = "parent_schema")]
    pub parent: RelationName,
    /// The column that the table is partitioned by, as the catalog spells it; default: found from the table.
    #[serde(
        default,
        deserialize_with = "control",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(schema_with = "control_schema")]
    pub control: Option<String>,
    /// The width of a partition, one unit of time or a number of ids; default: found from the bounds.
    #[serde(
        default,
        deserialize_with = "interval",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(schema_with = "interval_schema")]
    pub interval: Option<Interval>,
    /// How many partitions are kept ready ahead of the present one.
    #[serde(default = "premake", deserialize_with = "premake_in_range")]
    #[schemars(range(min = 1, max = 10_000))]
    pub premake: u32,
    /// The time zone that the bounds are aligned in; default: found from the bounds.
    #[serde(
        default,
        deserialize_with = "time_zone",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(schema_with = "time_zone_schema")]
    pub time_zone: Option<String>,
    /// Whether partitions keep their names; default: they do, unless the extension's version reads names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<Names>,
    /// Mends that `migrate` shall not make: what they would repair stays as it is, or is for a person to decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "decline_schema")]
    pub decline: Vec<MendKind>,
    /// What becomes of a DEFAULT partition with too many rows to bring along, also where something knows it by its name;
    /// default: a partition where all its rows are of one, else they are spread over theirs, up to 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<OnDefault>,
    /// Whether the control column may be NULL. `forbid` sets it NOT NULL, for which every partition is read once.
    #[serde(default)]
    pub nulls: Nulls,
    /// How long partitions are kept; default: for ever. `migrate` never applies it, `maintain` does.
    #[serde(
        default,
        deserialize_with = "interval",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(schema_with = "retention_schema")]
    pub retention: Option<Interval>,
    /// What happens to a partition whose time is over.
    #[serde(default)]
    pub retention_action: RetentionAction,
}

/// What happens to the names of partitions when a set comes under pg_partman.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Names {
    /// They stay as they are.
    Keep,
    /// They become those that pg_partman would have given.
    Rename,
}

/// What happens to a large DEFAULT partition when a set comes under pg_partman.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnDefault {
    /// It becomes a partition, and there is a new DEFAULT.
    Attach,
    /// Its rows are spread over partitions of their own, also where everybody waits a little longer because these are many.
    Spread,
}

/// Whether the control column may be NULL when a set has come under pg_partman.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Nulls {
    /// As before.
    #[default]
    Keep,
    /// It becomes NOT NULL.
    Forbid,
}

/// What happens to a partition whose time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RetentionAction {
    /// It becomes a table of its own; no row is lost.
    #[default]
    Detach,
    /// It is dropped with its rows.
    Drop,
}

impl Set {
    /// What the core is asked for. Retention is not in it: `migrate` never applies that.
    pub fn wanted(&self) -> WantedSet {
        WantedSet {
            parent: self.parent.clone(),
            control: self.control.clone(),
            interval: self.interval,
            premake: self.premake,
            time_zone: self.time_zone.clone(),
            names: self.names.map(wanted::Names::from),
            decline: self.decline.clone(),
            default: self.default.map(wanted::OnDefault::from),
            nulls: self.nulls.into(),
        }
    }
}

impl From<OnDefault> for wanted::OnDefault {
    fn from(default: OnDefault) -> Self {
        match default {
            OnDefault::Attach => Self::Attach,
            OnDefault::Spread => Self::Spread,
        }
    }
}

impl From<Nulls> for wanted::Nulls {
    fn from(nulls: Nulls) -> Self {
        match nulls {
            Nulls::Keep => Self::Keep,
            Nulls::Forbid => Self::Forbid,
        }
    }
}

impl From<Names> for wanted::Names {
    fn from(names: Names) -> Self {
        match names {
            Names::Keep => Self::Keep,
            Names::Rename => Self::Rename,
        }
    }
}

fn premake() -> u32 {
    DEFAULT_PREMAKE
}

fn premake_in_range<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let n = i64::deserialize(from)?;
    let in_range = u32::try_from(n).ok().filter(|n| (1..=10_000).contains(n));
    in_range.ok_or_else(|| {
        de::Error::custom(format!(
            "`premake` can't be {n}: write how many partitions shall be ready ahead, 1 to 10000"
        ))
    })
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(i64),
    Text(String),
}

fn control<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    pg_partman::identifier(from).map(Some)
}

fn interval<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Interval>, D::Error> {
    let text = match Written::deserialize(from)? {
        Written::Number(n) => n.to_string(),
        Written::Text(text) => text,
    };
    text.parse().map(Some).map_err(de::Error::custom)
}

fn time_zone<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(from)?;
    match jiff::tz::TimeZone::get(&name) {
        Ok(_) => Ok(Some(name)),
        Err(_) => Err(de::Error::custom(format!(
            "there is no time zone {name:?}: write a name of the IANA database, such as \"UTC\" or \"Europe/Berlin\""
        ))),
    }
}

fn parent_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schema::text(&["public.webhook_events"])
}

fn control_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schema::text(&["created_at"])
}

fn interval_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schema::text_or_integer(&["1 month", "7 days", "1 hour", "1000000"])
}

fn retention_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schema::text_or_integer(&["12 months", "90 days"])
}

fn decline_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let kinds = MendKind::ALL.iter().map(|kind| {
        let meaning = kind.meaning();
        serde_json::json!({ "type": "string", "const": kind.id(), "description": meaning })
    });
    let kinds: Vec<serde_json::Value> = kinds.collect();
    schemars::json_schema!({ "type": "array", "items": { "oneOf": kinds } })
}

fn time_zone_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schema::text(&["UTC", "Europe/Berlin"])
}
