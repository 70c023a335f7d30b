//! Databases by name and by oid: who is there, renamed, closed to newcomers and opened again.

use tokio_postgres::Client;

use super::journal::{Header, Party};
use crate::error::Result;
use crate::name::quoted;
use crate::session;

/// Lets people in again where they were let in before.
pub(super) async fn reopen(client: &Client, header: &Header) -> Result<()> {
    for party in header.parties() {
        if let (true, Some(name)) = (party.allows_connections, name_of(client, party.oid).await?) {
            allow_connections(client, &name, true).await?;
        }
    }
    Ok(())
}

pub(super) async fn party(client: &Client, name: &str) -> Result<Option<Party>> {
    let row = client
        .query_opt(
            "SELECT oid, datallowconn FROM pg_database WHERE datname = $1",
            &[&name],
        )
        .await;
    let row = row.map_err(|e| session::failure("could not look for databases", e))?;
    Ok(row.map(|row| Party {
        name: name.to_owned(),
        oid: row.get(0),
        allows_connections: row.get(1),
    }))
}

pub(super) async fn name_of(client: &Client, oid: u32) -> Result<Option<String>> {
    let row = client
        .query_opt(
            "SELECT datname::text FROM pg_database WHERE oid = $1",
            &[&oid],
        )
        .await;
    Ok(row
        .map_err(|e| session::failure("could not look for databases", e))?
        .map(|row| row.get(0)))
}

pub(super) async fn allow_connections(client: &Client, name: &str, allow: bool) -> Result<()> {
    let sql = format!("ALTER DATABASE {} ALLOW_CONNECTIONS {allow}", quoted(name));
    session::execute(
        client,
        &format!("could not open or close the database \"{name}\""),
        &sql,
    )
    .await
}

pub(super) async fn rename(client: &Client, from: &str, to: &str) -> Result<()> {
    let sql = format!("ALTER DATABASE {} RENAME TO {}", quoted(from), quoted(to));
    session::execute(
        client,
        &format!("could not rename the database \"{from}\" to \"{to}\""),
        &sql,
    )
    .await
}
