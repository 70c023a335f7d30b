//! pg_partman: what the server offers, and what the database has.

use serde::{Deserialize, Serialize};

/// pg_partman as the server offers it and the database has it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Extension {
    /// The version that `CREATE EXTENSION` would install.
    pub default_version: Option<String>,
    /// All versions whose files are there.
    pub versions: Vec<AvailableVersion>,
    /// What is installed.
    pub installed: Option<InstalledExtension>,
}

/// One version whose files the server has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvailableVersion {
    /// Such as `5.2.4`.
    pub version: String,
    /// Whether only a superuser can create it.
    pub superuser: bool,
}

/// The extension in the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstalledExtension {
    /// Such as `5.2.4`.
    pub version: String,
    /// The schema of its tables and functions.
    pub schema: String,
    /// What our role would need of it and hasn't got, as `GRANT` has it: `USAGE ON SCHEMA partman`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacks: Vec<String>,
}
