//! What a backup says of itself: plain data beside the archive, and the only thing that makes it a backup.
//!
//! Everything that is compared later was read under the snapshot of the dump, or from the archive itself. The file's own
//! digest stands in a second file, so that a changed manifest is noticed before it is believed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fingerprint::Fingerprint;
use crate::id::BackupId;
use crate::tools::Version;

/// The format of [`Manifest`].
pub(crate) const SCHEMA: &str = "partman/backup/1";

/// The record of one backup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// `partman/backup/1`.
    pub schema: String,
    /// The backup's name, which sorts by time.
    pub id: BackupId,
    /// The instant of the snapshot: everything committed before it is in the backup.
    pub at: Timestamp,
    /// How long it took.
    pub seconds: f64,
    /// All files together.
    pub bytes: u64,
    /// The version of the server.
    pub server_version: Version,
    /// The version of `pg_dump`.
    pub tool_version: Version,
    /// The image of the server's container, if it is known to have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// The cluster that the database is in; unknown where the role may not ask.
    pub system_identifier: Option<String>,
    /// The database itself.
    pub database: Database,
    /// Roles of the server; the archive holds their grants and ownership, but not the roles.
    pub roles: Vec<String>,
    /// The extensions, with their versions: the archive alone does not say.
    pub extensions: Vec<Extension>,
    /// The configuration of `pg_partman`, each table as JSON; for the case that another version has to take it over.
    pub part_config: BTreeMap<String, serde_json::Value>,
    /// How many objects there are of each kind, extensions' own not counted.
    pub objects: BTreeMap<String, i64>,
    /// The tables whose rows are in the archive.
    pub tables: Vec<Table>,
    /// What is beside this file.
    pub files: Vec<File>,
    /// What could not be done and does not matter enough to fail.
    pub notes: Vec<String>,
}

/// The image that a server's container was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// As it was asked for, such as `postgres:15-alpine`; it may mean another one by now.
    pub name: String,
    /// The very image, such as `sha256:…`.
    pub id: String,
}

/// A database's properties, which an archive does not restore into another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// Its oid, which it keeps when it is renamed.
    pub oid: u32,
    /// Its owner.
    pub owner: String,
    /// Its encoding, such as `UTF8`.
    pub encoding: String,
    /// Its collation.
    pub collate: String,
    /// Its character classification.
    pub ctype: String,
    /// Who collates: `c` (libc), `i` (ICU) or `b` (PostgreSQL itself).
    pub provider: String,
    /// The locale of ICU or of the built-in provider.
    pub locale: Option<String>,
    /// ICU's tailoring rules.
    pub icu_rules: Option<String>,
    /// The version of the collation library that indexes were built with.
    pub collation_version: Option<String>,
    /// On it depends how amounts of money are written.
    pub lc_monetary: String,
    /// The highest number of connections; -1 for no limit.
    pub connection_limit: i32,
    /// Its comment.
    pub comment: Option<String>,
    /// `ALTER DATABASE … SET`, and `ALTER ROLE … IN DATABASE … SET`.
    pub settings: Vec<Setting>,
    /// Grants on the database, if they are not the default ones.
    pub privileges: Option<Vec<Privilege>>,
}

/// One setting that comes with the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// For this role only.
    pub role: Option<String>,
    /// The parameter.
    pub name: String,
    /// Its value, as PostgreSQL keeps it.
    pub value: String,
}

/// One grant on the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Privilege {
    /// The role; nothing for everybody.
    pub role: Option<String>,
    /// The right, such as `CONNECT`.
    pub privilege: String,
    /// Whether it may be passed on.
    pub grantable: bool,
}

/// An extension of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Its oid, by which the archive's list knows it.
    pub oid: u32,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The schema of its objects.
    pub schema: String,
    /// Whether it came with the database, so that an archive does not hold it.
    pub builtin: bool,
}

/// A table whose rows are in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name as in SQL, with the schema.
    pub name: String,
    /// Its rows.
    #[serde(flatten)]
    pub rows: Fingerprint,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub relation: String,
    /// Its oid, by which the archive's list knows it.
    pub oid: u32,
    /// Its size on the server's disk, without indexes.
    pub bytes: u64,
    /// The hash-partitioned table at the top: there `pg_dump` may let rows go to another partition.
    pub hash_root: Option<String>,
    /// The extension whose configuration it is.
    pub extension: Option<String>,
    /// Which rows of an extension's configuration are the user's.
    pub filter: Option<String>,
}

/// A file of the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its path from the manifest.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Its BLAKE3 digest.
    pub blake3: String,
}

impl Manifest {
    /// The size of all tables on the server's disk.
    pub fn table_bytes(&self) -> u64 {
        self.tables.iter().map(|table| table.bytes).sum()
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows.rows).sum()
    }
}
