//! `[pg_partman]`: the extension, its schema, its version, and where its files come from when the server lacks them.

use std::fmt;
use std::path::PathBuf;

use partman_core::name::{MAX_IDENTIFIER_BYTES, quote_ident};
use partman_core::pg_partman::Version;
use partman_core::wanted::{DEFAULT_SCHEMA, WantedExtension};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::schema;

/// The extension: its schema, version and where its files come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PgPartman {
    /// The schema that the extension is created in.
    #[serde(deserialize_with = "plain_identifier")]
    #[schemars(schema_with = "schema_schema")]
    pub schema: String,
    /// The version to create; default: what the server offers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "version_schema")]
    pub version: Option<Version>,
    /// A folder, a tarball, a .deb or `image:NAME` with the extension's files.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "source_schema")]
    pub source: Option<Source>,
}

impl Default for PgPartman {
    fn default() -> Self {
        Self {
            schema: DEFAULT_SCHEMA.to_owned(),
            version: None,
            source: None,
        }
    }
}

impl PgPartman {
    /// What the core is asked for.
    pub fn wanted(&self) -> WantedExtension {
        WantedExtension {
            schema: self.schema.clone(),
            version: self.version.clone(),
        }
    }
}

/// Where the extension's control and script files come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A folder, a tarball or a Debian package; relative to the configuration's folder.
    Path(PathBuf),
    /// An image that has the extension installed.
    Image(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Image(name) => write!(f, "image:{name}"),
        }
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        match text.strip_prefix("image:") {
            Some("") => Err(de::Error::custom(
                "`source` names no image: write it as image:NAME or image:NAME:TAG",
            )),
            Some(image) => Ok(Self::Image(image.to_owned())),
            None => Ok(Self::Path(text.into())),
        }
    }
}

/// A name as the catalog spells it, which needs no quotes here.
pub(super) fn identifier<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let name = String::deserialize(from)?;
    let why = match name.as_str() {
        n if n.len() > MAX_IDENTIFIER_BYTES => "it is longer than 63 bytes",
        n if n.contains(['"', '\0']) => "it has quotes",
        _ => return Ok(name),
    };
    Err(de::Error::custom(format!(
        "{name:?} is not a name, {why}: write it as the catalog spells it, without quotes"
    )))
}

/// pg_partman writes the name of its own schema unquoted into SQL that it runs.
fn plain_identifier<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let name = identifier(from)?;
    if quote_ident(&name) == name && !name.contains('$') {
        return Ok(name);
    }
    Err(de::Error::custom(format!(
        "pg_partman does not work in a schema called {name:?}: use lower-case letters, digits and underscores"
    )))
}

fn schema_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schema::text(&["partman"])
}

fn version_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schema::text(&["5.5.0"])
}

fn source_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schema::text(&["vendor/pg_partman", "image:postgres-with-partman:15"])
}
