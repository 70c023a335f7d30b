//! Fingerprints taken from a server: the lines of `COPY … TO STDOUT`, of several tables at a time.
//!
//! Each session takes ACCESS SHARE on the table that it reads. With a snapshot, all of them see the same instant.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::TryStreamExt;
use tokio::task::JoinSet;
use tokio_postgres::Client;

use super::{Fingerprint, Lines};
use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::manifest::Table;
use crate::name::{literal, quoted};
use crate::session;

/// How tables are read.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) connection: Connection,
    pub(crate) application_name: String,
    /// An exported snapshot, so that everybody sees the same.
    pub(crate) snapshot: Option<String>,
    /// Encoding of the lines: that of the archive.
    pub(crate) encoding: String,
    /// On it depends how amounts of money are written; nothing if the server does not know that locale.
    pub(crate) lc_monetary: Option<String>,
    /// How many sessions.
    pub(crate) jobs: usize,
    /// Whether counting is enough; then every sum is 0.
    pub(crate) only_count: bool,
}

/// What the tables hold, by name; one that does not exist is not in the answer.
pub(crate) async fn of_tables(
    reading: &Reading,
    tables: &[Table],
) -> Result<BTreeMap<String, Fingerprint>> {
    let mut queue = tables.to_vec();
    queue.sort_by_key(|table| table.bytes);
    let jobs = reading.jobs.clamp(1, queue.len().max(1));
    let queue = Arc::new(Mutex::new(queue));
    let mut workers = JoinSet::new();
    for _ in 0..jobs {
        workers.spawn(work(reading.clone(), Arc::clone(&queue)));
    }
    let mut found = BTreeMap::new();
    while let Some(worker) = workers.join_next().await {
        let worker =
            worker.map_err(|e| Error::bug("a reader of tables panicked").with_source(e))?;
        found.extend(worker?);
    }
    Ok(found)
}

async fn work(
    reading: Reading,
    queue: Arc<Mutex<Vec<Table>>>,
) -> Result<Vec<(String, Fingerprint)>> {
    let client = session::open(&reading.connection, &reading.application_name).await?;
    let begin = begin(&reading);
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let mut found = Vec::new();
    while let Some(table) = next() {
        let fingerprint = one(&client, &begin, &table, reading.only_count).await;
        let fingerprint =
            fingerprint.map_err(|e| e.context(format!("could not read {}", table.name)))?;
        found.extend(fingerprint.map(|fingerprint| (table.name, fingerprint)));
    }
    Ok(found)
}

/// One table in a transaction of its own, so that locks don't pile up.
async fn one(
    client: &Client,
    begin: &str,
    table: &Table,
    only_count: bool,
) -> Result<Option<Fingerprint>> {
    session::execute(client, "could not begin a transaction", begin).await?;
    let fingerprint = match only_count {
        true => count(client, table).await?,
        false => read(client, table).await?,
    };
    session::execute(client, "could not end a transaction", "COMMIT").await?;
    Ok(fingerprint)
}

fn begin(reading: &Reading) -> String {
    let snapshot = reading.snapshot.as_ref();
    let snapshot = snapshot.map_or_else(String::new, |id| {
        format!("SET TRANSACTION SNAPSHOT {};", literal(id))
    });
    let money = reading.lc_monetary.as_ref();
    let money = money.map_or_else(String::new, |locale| {
        format!("; SET LOCAL lc_monetary = {}", literal(locale))
    });
    let encoding = literal(&reading.encoding);
    format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {snapshot} SET LOCAL client_encoding = {encoding}{money}"
    )
}

async fn count(client: &Client, table: &Table) -> Result<Option<Fingerprint>> {
    if columns(client, table).await?.is_none() {
        return Ok(None);
    }
    let sql = format!(
        "SELECT count(*) FROM ONLY {}{}",
        qualified(table),
        filter(table)
    );
    let row = client.query_one(&sql, &[]).await;
    let count = row.and_then(|row| row.try_get::<_, i64>(0));
    let count = count.map_err(|e| session::failure("could not count its rows", e))?;
    Ok(Some(Fingerprint {
        rows: count.unsigned_abs(),
        sum: 0,
    }))
}

async fn read(client: &Client, table: &Table) -> Result<Option<Fingerprint>> {
    let Some(columns) = columns(client, table).await? else {
        return Ok(None);
    };
    let failed = |e| session::failure("could not copy its rows", e);
    let stream = client
        .copy_out(&copy(table, &columns))
        .await
        .map_err(failed)?;
    let mut stream = std::pin::pin!(stream);
    let (mut lines, mut fingerprint) = (Lines::default(), Fingerprint::default());
    while let Some(piece) = stream.try_next().await.map_err(failed)? {
        let Ok(()) = lines.feed::<std::convert::Infallible>(&piece, |line| {
            fingerprint.add_row(line);
            Ok(())
        });
    }
    Ok(Some(fingerprint))
}

/// The columns that an archive holds, as SQL; nothing if there is no such table.
async fn columns(client: &Client, table: &Table) -> Result<Option<String>> {
    let sql = include_str!("../sql/columns.sql");
    let row = client
        .query_opt(sql, &[&table.schema, &table.relation])
        .await;
    let row = row.map_err(|e| session::failure("could not look up its columns", e))?;
    Ok(row.map(|row| row.get(0)))
}

fn copy(table: &Table, columns: &str) -> String {
    match (&table.filter, columns) {
        (Some(_), _) => format!(
            "COPY (SELECT {columns} FROM {}{}) TO STDOUT",
            qualified(table),
            filter(table)
        ),
        (None, "") => format!("COPY {} TO STDOUT", qualified(table)),
        (None, _) => format!("COPY {} ({columns}) TO STDOUT", qualified(table)),
    }
}

fn qualified(table: &Table) -> String {
    format!("{}.{}", quoted(&table.schema), quoted(&table.relation))
}

/// An extension's condition on its configuration table begins with the word WHERE.
fn filter(table: &Table) -> String {
    table
        .filter
        .as_ref()
        .map_or_else(String::new, |condition| format!(" {condition}"))
}
