//! What a database is, read from its catalog in a handful of queries whatever its size; none takes a lock.
//!
//! Called inside the transaction that exports the snapshot, so that it tells the same instant as the dump.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tokio_postgres::Client;

use crate::error::Result;
use crate::manifest::{Database, Extension, Table};
use crate::name::quoted;
use crate::session::{self, document};
use crate::tools::Version;

/// The name of the extension whose configuration is kept as JSON too.
const PARTMAN: &str = "pg_partman";

/// The server, as far as a backup or its restoration has to know.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ServerFacts {
    pub(crate) version: Version,
    pub(crate) in_recovery: bool,
    /// When the transaction began, which is when its snapshot was taken.
    pub(crate) now: Timestamp,
    pub(crate) system_identifier: Option<String>,
    pub(crate) roles: Vec<String>,
}

/// A database and what is in it.
#[derive(Debug, Clone)]
pub(crate) struct Catalog {
    pub(crate) server: ServerFacts,
    pub(crate) database: Database,
    pub(crate) extensions: Vec<Extension>,
    pub(crate) tables: Vec<Table>,
    pub(crate) objects: BTreeMap<String, i64>,
    pub(crate) part_config: BTreeMap<String, Value>,
}

pub(crate) async fn server(client: &Client) -> Result<ServerFacts> {
    document(
        client,
        "could not ask the server what it is",
        include_str!("sql/server.sql"),
        &[],
    )
    .await
}

pub(crate) async fn objects(client: &Client) -> Result<BTreeMap<String, i64>> {
    let doing = "could not count the objects";
    document(client, doing, include_str!("sql/objects.sql"), &[]).await
}

pub(crate) async fn read(client: &Client) -> Result<Catalog> {
    let doing = "could not read the catalog";
    let extensions: Vec<Extension> =
        document(client, doing, include_str!("sql/extensions.sql"), &[]).await?;
    Ok(Catalog {
        server: server(client).await?,
        database: document(client, doing, include_str!("sql/database.sql"), &[]).await?,
        tables: document(client, doing, include_str!("sql/tables.sql"), &[]).await?,
        objects: objects(client).await?,
        part_config: part_config(client, &extensions).await?,
        extensions,
    })
}

/// The rows of `pg_partman`'s configuration tables, of whichever version.
async fn part_config(client: &Client, extensions: &[Extension]) -> Result<BTreeMap<String, Value>> {
    let mut found = BTreeMap::new();
    let Some(partman) = extensions
        .iter()
        .find(|extension| extension.name == PARTMAN)
    else {
        return Ok(found);
    };
    let doing = "could not read pg_partman's configuration";
    for table in ["part_config", "part_config_sub"] {
        let name = format!("{}.{}", quoted(&partman.schema), quoted(table));
        let exists = format!(
            "SELECT 1 WHERE to_regclass({}) IS NOT NULL",
            crate::name::literal(&name)
        );
        if session::texts(client, doing, &exists).await?.is_empty() {
            continue;
        }
        let sql = format!(
            "SELECT coalesce(jsonb_agg(to_jsonb(p) ORDER BY p::text), '[]')::text FROM {name} AS p"
        );
        found.insert(table.to_owned(), document(client, doing, &sql, &[]).await?);
    }
    Ok(found)
}
