//! The one line of a test: a private cluster with a fresh database in it, and the ways to reach it.
//!
//! These helpers stop the test with the whole story when something goes wrong (an SQL error, a server that
//! does not start), because a test has nothing better to do. Code that wants a `Result` uses
//! [`Cluster`] and `tokio_postgres` directly.

use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use crate::cluster::Cluster;
use crate::error::sql_failure;
use crate::fingerprint::Fingerprint;
use crate::installation::Partman;
use crate::snapshot::{CatalogSnapshot, Scope};

/// A database of its own on a [`Cluster`], both gone when the last handle to the cluster is dropped.
#[derive(Clone, Debug)]
pub struct TestDb {
    cluster: Cluster,
    name: String,
}

impl TestDb {
    /// A new cluster offering this version of pg_partman, and an empty database `test`.
    ///
    /// # Panics
    ///
    /// When the server cannot be started; the message names the reason and the way out.
    pub async fn new(partman: Partman) -> Self {
        Self::named(partman, "test").await
    }

    /// Like [`TestDb::new`], with the database's name.
    ///
    /// # Panics
    ///
    /// As [`TestDb::new`].
    pub async fn named(partman: Partman, name: &str) -> Self {
        let cluster = Cluster::start(partman).await;
        Self::on(cluster.expect("a test server"), name).await
    }

    /// A new empty database on a cluster that runs already.
    ///
    /// # Panics
    ///
    /// When the database cannot be made.
    pub async fn on(cluster: Cluster, name: &str) -> Self {
        let maintenance = Self {
            cluster,
            name: "postgres".to_owned(),
        };
        maintenance
            .execute(&format!("CREATE DATABASE {}", quoted(name)))
            .await;
        Self {
            name: name.to_owned(),
            ..maintenance
        }
    }

    /// A database that is there already: on a standby, or `postgres`.
    #[must_use]
    pub fn existing(cluster: Cluster, name: &str) -> Self {
        Self {
            cluster,
            name: name.to_owned(),
        }
    }

    /// Another empty database on the same cluster.
    ///
    /// # Panics
    ///
    /// When the database cannot be made.
    pub async fn sibling(&self, name: &str) -> Self {
        Self::on(self.cluster.clone(), name).await
    }

    /// A copy of this database on the same cluster. Connections to it, if there are any, are ended.
    ///
    /// # Panics
    ///
    /// When the copy cannot be made.
    pub async fn copy(&self, name: &str) -> Self {
        let maintenance = Self::existing(self.cluster.clone(), "postgres");
        let end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = ";
        let literal = self.name.replace('\'', "''");
        maintenance.execute(&format!("{end} '{literal}'")).await;
        let (copy, original) = (quoted(name), quoted(&self.name));
        maintenance
            .execute(&format!("CREATE DATABASE {copy} TEMPLATE {original}"))
            .await;
        Self::existing(self.cluster.clone(), name)
    }

    /// The cluster that this database is on.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The database's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A connection URL over TCP, without the password.
    ///
    /// # Panics
    ///
    /// When the name has characters that a URL would have to escape; give such a database's name apart.
    #[must_use]
    pub fn url(&self) -> String {
        assert!(
            self.name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)),
            "the name {:?} would have to be escaped in a URL",
            self.name
        );
        format!(
            "postgres://postgres@127.0.0.1:{}/{}",
            self.cluster.port(),
            self.name
        )
    }

    /// The superuser's password.
    #[must_use]
    pub fn password(&self) -> &str {
        self.cluster.password()
    }

    /// libpq's environment for child processes.
    #[must_use]
    pub fn envs(&self) -> Vec<(&'static str, String)> {
        vec![
            ("PGHOST", "127.0.0.1".to_owned()),
            ("PGPORT", self.cluster.port().to_string()),
            ("PGUSER", "postgres".to_owned()),
            ("PGPASSWORD", self.password().to_owned()),
            ("PGDATABASE", self.name.clone()),
        ]
    }

    /// How to connect as the superuser over the socket, without a password.
    #[must_use]
    pub fn config(&self) -> Config {
        let mut config = Config::new();
        config
            .host_path(self.cluster.socket_dir())
            .port(self.cluster.port())
            .user("postgres")
            .dbname(&self.name)
            .application_name("testkit");
        config
    }

    /// A new connection as the superuser.
    ///
    /// # Panics
    ///
    /// When the server cannot be reached.
    pub async fn client(&self) -> Client {
        connect(&self.config()).await.unwrap_or_else(|error| {
            panic!(
                "could not connect to {}: {}",
                self.name,
                sql_failure(&error)
            )
        })
    }

    /// Runs any number of statements on a connection of their own.
    ///
    /// # Panics
    ///
    /// When one of them fails.
    pub async fn execute(&self, sql: &str) {
        let outcome = self.client().await.batch_execute(sql).await;
        outcome
            .unwrap_or_else(|error| panic!("{}\nfailed: {}", shortened(sql), sql_failure(&error)));
    }

    /// Every row of a query, each value as PostgreSQL writes it.
    ///
    /// # Panics
    ///
    /// When the query fails.
    pub async fn query_rows(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        let answer = self.client().await.simple_query(sql).await;
        let messages = answer
            .unwrap_or_else(|error| panic!("{}\nfailed: {}", shortened(sql), sql_failure(&error)));
        let row = |message| match message {
            SimpleQueryMessage::Row(row) => Some(
                (0..row.len())
                    .map(|i| row.get(i).map(str::to_owned))
                    .collect(),
            ),
            _ => None,
        };
        messages.into_iter().filter_map(row).collect()
    }

    /// The first value of the first row as text; NULL is the empty string.
    ///
    /// # Panics
    ///
    /// When the query fails or returns no row.
    pub async fn query_text(&self, sql: &str) -> String {
        let rows = self.query_rows(sql).await;
        let first = rows
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next());
        first
            .unwrap_or_else(|| panic!("{}\nreturned nothing", shortened(sql)))
            .unwrap_or_default()
    }

    /// What the catalog says about every schema but PostgreSQL's own.
    ///
    /// # Panics
    ///
    /// When the catalog cannot be read.
    pub async fn snapshot(&self) -> CatalogSnapshot {
        self.snapshot_of(&Scope::all_but(&[])).await
    }

    /// What the catalog says about some schemas.
    ///
    /// # Panics
    ///
    /// When the catalog cannot be read.
    pub async fn snapshot_of(&self, scope: &Scope) -> CatalogSnapshot {
        let snapshot = CatalogSnapshot::take(&self.client().await, scope).await;
        snapshot.expect("a catalog snapshot")
    }

    /// The rows of a table and everything below it; `table` is written as in SQL.
    ///
    /// # Panics
    ///
    /// When there is no such table.
    pub async fn fingerprint(&self, table: &str) -> Fingerprint {
        let fingerprint = Fingerprint::of(&self.client().await, table).await;
        fingerprint.expect("a fingerprint")
    }
}

/// Connects and lets the connection run on a task that ends with the client.
pub(crate) async fn connect(config: &Config) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// An identifier in double quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn shortened(sql: &str) -> String {
    let mut text: String = sql.chars().take(2_000).collect();
    if text.len() < sql.len() {
        text.push('…');
    }
    text
}
