//! The set that `partman demo` plays with: the table of a real team's page, with rows, JSON and two months by hand.

mod container;

use partman_core::Error;
use partman_core::postgres::{Database, Settings};
use partman_core::session::{Session, Statement};

use crate::scratch::Scratch;

pub use container::Stage;

/// Name of the database.
pub const DATABASE: &str = "ai_agent_admin";

/// The parent.
pub const PARENT: &str = "public.webhook_events";

/// One row of this month of the demonstration.
pub const WRITE: &str = "INSERT INTO public.webhook_events (event_type, payload, created_at) \
    VALUES ('message.created', '{\"source\": \"demo\"}', timestamptz '2025-10-15 12:00:00+00' + random() * interval '1 day')";

/// What a dashboard asks.
pub const READ: &str = "SELECT event_type, count(*) FROM public.webhook_events \
    WHERE created_at >= '2025-10-31 20:00:00+00' AND created_at < '2025-11-01' GROUP BY event_type";

/// Two numbers that don't depend on order: rows, and the sum of a hash of each.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Rows {
    /// How many.
    pub rows: i64,
    /// The sum.
    pub fingerprint: String,
}

/// Makes the database on a local server, and opens it.
///
/// # Errors
/// The server's.
pub async fn open(scratch: &Scratch) -> Result<Database, Error> {
    let admin = Database::connect(&Settings::from_url(&scratch.dsn("postgres"))?).await?;
    let create = Statement::command(format!("CREATE DATABASE {DATABASE}"));
    admin.session().await?.run(&create).await?;
    Database::connect(&Settings::from_url(&scratch.dsn(DATABASE))?).await
}

/// Makes the set with this many rows.
///
/// # Errors
/// The server's.
pub async fn fill(database: &Database, rows: u64) -> Result<(), Error> {
    let mut session = database.session().await?;
    let statements = [
        Statement::command(include_str!("demo/schema.sql")),
        Statement::command(include_str!("demo/rows.sql")).bind(rows.to_string()),
        Statement::command("ANALYZE public.webhook_events"),
        Statement::command("CHECKPOINT"),
    ];
    for statement in &statements {
        session.run(statement).await?;
    }
    Ok(())
}

/// Reads every row once.
///
/// # Errors
/// The server's.
pub async fn fingerprint(database: &Database) -> Result<Rows, Error> {
    let sql = "SELECT count(*) AS rows, coalesce(sum(hashtextextended(e::text, 0)::numeric), 0)::text AS fingerprint \
               FROM public.webhook_events e";
    partman_core::session::row(&mut database.session().await?, &Statement::query(sql)).await
}
