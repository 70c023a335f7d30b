//! Sessions in a database that is to be renamed.

use std::time::{Duration, Instant};

use tokio_postgres::Client;

use super::Sessions;
use crate::archive::shortened;
use crate::error::{Error, Kind, Result};
use crate::session;

const PATIENCE: Duration = Duration::from_secs(5);

/// Refuses if there are any and they may not be ended.
pub(super) async fn check(
    client: &Client,
    database: u32,
    name: &str,
    sessions: Sessions,
) -> Result<()> {
    let there = others(client, database).await?;
    match sessions {
        Sessions::Refuse if !there.is_empty() => Err(in_use(name, &there)),
        _ => Ok(()),
    }
}

/// Ends them if that is allowed, and waits until none is left.
pub(super) async fn end(
    client: &Client,
    database: u32,
    name: &str,
    sessions: Sessions,
) -> Result<()> {
    let start = Instant::now();
    loop {
        let there = others(client, database).await?;
        if there.is_empty() {
            return Ok(());
        }
        if sessions == Sessions::Refuse || start.elapsed() > PATIENCE {
            return Err(in_use(name, &there));
        }
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datid = $1 AND pid <> pg_backend_pid()";
        let ended = client.query(sql, &[&database]).await;
        ended.map_err(|e| session::failure("could not end the sessions in the way", e))?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn others(client: &Client, database: u32) -> Result<Vec<String>> {
    let sql = "SELECT format('%s (%s, %s)', pid, coalesce(usename::text, '?'), coalesce(nullif(application_name, ''), 'no name'))
               FROM pg_stat_activity WHERE datid = $1 AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    let rows = client.query(sql, &[&database]).await;
    let rows = rows.map_err(|e| session::failure("could not look at sessions", e))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

fn in_use(name: &str, sessions: &[String]) -> Error {
    let message = format!(
        "the database \"{name}\" is in use by {}",
        shortened(sessions)
    );
    Error::new(Kind::InUse, message).with_help("stop what uses it, or have its sessions ended")
}
