//! `[[ignore]]`: a finding that is known and accepted, by whom it may concern and until when.

use jiff::civil::Date;
use partman_core::check;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use toml::value::Datetime;

use super::schema;

/// A finding that is known and accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ignore {
    /// The id of the rule; `partman explain` lists them.
    #[serde(deserialize_with = "rule")]
    #[schemars(schema_with = "rule_schema")]
    pub rule: String,
    /// Why it is accepted, for whoever reads the report.
    #[schemars(schema_with = "reason_schema")]
    pub reason: String,
    /// The last day on which it is ignored; default: for ever.
    #[serde(
        default,
        deserialize_with = "until",
        serialize_with = "until_written",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(schema_with = "until_schema")]
    pub until: Option<Date>,
}

impl Ignore {
    /// Whether it still counts on this day.
    pub fn holds_on(&self, today: Date) -> bool {
        self.until.is_none_or(|until| today <= until)
    }
}

/// Ids of rules that this version doesn't have are let through, for a file may be older or newer than the program; what
/// is nearly the id of one is a slip of the pen.
fn rule<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let rule = String::deserialize(from)?;
    let word = |word: &str| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        !word.is_empty() && word.bytes().all(plain)
    };
    if !rule.split('-').all(word) {
        return Err(de::Error::custom(format!(
            "{rule:?} is not the id of a rule: ids read like `backup-missing`, and `partman explain` lists them"
        )));
    }
    let ids = check::registry().iter().map(|rule| rule.meta().id);
    match ids.min_by_key(|id| strsim::osa_distance(&rule, id)) {
        Some(id) if *id != rule && strsim::osa_distance(&rule, id) <= 2 => Err(de::Error::custom(
            format!("there is no rule {rule:?}: did you mean `{id}`?"),
        )),
        _ => Ok(rule),
    }
}

fn until<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
    let written = Datetime::deserialize(from)?;
    let date = match (written.date, written.time) {
        (Some(date), None) => Date::new(
            date.year.try_into().unwrap_or(i16::MAX),
            date.month.try_into().unwrap_or(0),
            date.day.try_into().unwrap_or(0),
        )
        .ok(),
        _ => None,
    };
    match date {
        Some(date) => Ok(Some(date)),
        None => Err(de::Error::custom(format!(
            "`until` is {written}, not a day: write it as 2027-06-01, without quotes and without a time"
        ))),
    }
}

fn until_written<S: Serializer>(until: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&until.map(|date| date.to_string()).unwrap_or_default())
}

fn rule_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schema::text(&["backup-missing"])
}

fn reason_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schema::text(&["the platform takes volume snapshots"])
}

fn until_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "string", "format": "date", "examples": ["2027-06-01"] })
}
