//! `[docker]`: the container that the server runs in, and how it came to be.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::schema;

/// The container that the server runs in, if it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Docker {
    /// The container's name or id.
    #[serde(deserialize_with = "name", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "container_schema")]
    pub container: Option<String>,
    /// The compose file that defines it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compose_file: Option<PathBuf>,
    /// The service in that file.
    #[serde(deserialize_with = "name", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "service_schema")]
    pub service: Option<String>,
    /// The image that should run.
    #[serde(deserialize_with = "image", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "image_schema")]
    pub image: Option<String>,
    /// The folder that `partman image render` writes.
    pub files: PathBuf,
    /// Services to stop while the container is replaced.
    pub dependants: Vec<String>,
}

impl Default for Docker {
    fn default() -> Self {
        Self {
            container: None,
            compose_file: None,
            service: None,
            image: None,
            files: PathBuf::from("docker/postgres"),
            dependants: Vec::new(),
        }
    }
}

/// What Docker and compose accept as the name of a container or a service.
fn name<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(from)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && name.chars().all(plain)
    {
        Ok(Some(name))
    } else {
        Err(de::Error::custom(format!(
            "{name:?} is not a name that Docker knows: use letters, digits, `_`, `.` and `-`"
        )))
    }
}

fn image<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let image = String::deserialize(from)?;
    if image.contains(char::is_whitespace) {
        Err(de::Error::custom(format!(
            "{image:?} is not an image's name: write it as name:tag"
        )))
    } else {
        Ok(Some(image))
    }
}

fn container_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schema::text(&["my_postgres"])
}

fn service_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schema::text(&["postgres"])
}

fn image_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schema::text(&["my_postgres:pg_partman"])
}
