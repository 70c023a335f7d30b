//! The rows of a whole partition tree in one number that depends on nothing but their values.
//!
//! It is the count and the sum of a 128-bit hash of each row's text. The sum does not care in which order or
//! in which partition the rows are, nor what anything is called; the formats that a value's text depends on
//! are fixed. All leaves are read by one statement, so under one snapshot.

use std::fmt;

use serde::{Deserialize, Serialize};
use tokio_postgres::Client;

use crate::database::quoted;
use crate::error::{Context, Result};

/// What rows a table and everything below it hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    rows: i64,
    sum: String,
}

impl Fingerprint {
    /// Reads every row of the tree; `table` is written as in SQL, such as `public.webhook_events`.
    ///
    /// Rows that sit in a parent itself, as inheritance allows, count too.
    ///
    /// # Errors
    ///
    /// When there is no such table, a query fails, or the connection is in a transaction already.
    pub async fn of(client: &Client, table: &str) -> Result<Self> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL row_security = off; \
                     SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres'; \
                     SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL statement_timeout = 0";
        let failed = || format!("could not take the fingerprint of {table}");
        client.batch_execute(begin).await.context(failed)?;
        let outcome = read(client, table).await;
        client.batch_execute("ROLLBACK").await.context(failed)?;
        outcome.context(failed)
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows.unsigned_abs()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows, {}", self.rows, self.sum)
    }
}

async fn read(
    client: &Client,
    table: &str,
) -> std::result::Result<Fingerprint, tokio_postgres::Error> {
    let statement = statement(client, table).await?;
    let row = client.query_one(&statement, &[]).await?;
    Ok(Fingerprint {
        rows: row.get(0),
        sum: row.get(1),
    })
}

/// One statement over every relation of the tree that holds rows. The columns are named in the root's order,
/// which an attached table need not share.
async fn statement(
    client: &Client,
    table: &str,
) -> std::result::Result<String, tokio_postgres::Error> {
    let row = client
        .query_one(include_str!("sql/tree.sql"), &[&table])
        .await?;
    let (columns, relations): (Vec<String>, Vec<String>) = (row.get(0), row.get(1));
    let columns: Vec<_> = columns.iter().map(|name| quoted(name)).collect();
    let hashes = |relation: &String| {
        format!(
            "SELECT md5(ROW({})::text) FROM ONLY {relation}",
            columns.join(", ")
        )
    };
    let mut hashes: Vec<_> = relations.iter().map(hashes).collect();
    if hashes.is_empty() {
        hashes.push("SELECT NULL WHERE false".to_owned());
    }
    Ok(include_str!("sql/fingerprint.sql").replace(":hashes", &hashes.join(" UNION ALL ")))
}
