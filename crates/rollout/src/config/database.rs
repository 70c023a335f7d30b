//! `[database]`: where the partition sets live. Never a password: that travels by `PGPASSFILE`, `PGPASSWORD`,
//! `~/.pgpass`, a service file or `DATABASE_URL`.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::schema;

/// The database that the partition sets live in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// A connection URL without a password; `--database`, `DATABASE_URL` and the libpq environment come before it.
    #[serde(deserialize_with = "url", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "url_schema")]
    pub url: Option<String>,
}

fn url<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let url = String::deserialize(from)?;
    let known = ["postgres://", "postgresql://"];
    if known.iter().any(|scheme| url.starts_with(scheme)) {
        Ok(Some(url))
    } else {
        Err(de::Error::custom(
            "`url` is not a connection URL: write it as postgres://user@host:5432/database",
        ))
    }
}

fn url_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schema::text(&["postgres://user@host:5432/database"])
}
