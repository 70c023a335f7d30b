//! How our own sessions are opened: the one place where a consumer brings TLS of its own.
//!
//! PostgreSQL's programs do TLS by themselves from `PGSSLMODE` and its like. For our sessions the crate has no TLS
//! library; [`Tls`] takes whatever `MakeTlsConnect` the consumer uses elsewhere.

use async_trait::async_trait;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Client, Config, NoTls, Socket};

/// Opens a session for a configuration that is complete.
#[async_trait]
pub trait Connector: Send + Sync {
    /// Connects, and lets the connection run on a task that ends with the client.
    ///
    /// # Errors
    /// What the driver says.
    async fn connect(&self, config: &Config) -> Result<Client, tokio_postgres::Error>;
}

/// Sessions without TLS: over a socket, inside a host, or where nobody asked for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainText;

/// Sessions with the consumer's TLS, as far as `PGSSLMODE` wants it.
#[derive(Debug, Clone)]
pub struct Tls<T>(pub T);

#[async_trait]
impl Connector for PlainText {
    async fn connect(&self, config: &Config) -> Result<Client, tokio_postgres::Error> {
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }
}

#[async_trait]
impl<T> Connector for Tls<T>
where
    T: MakeTlsConnect<Socket> + Clone + Send + Sync,
    T::Stream: Send + 'static,
    T::TlsConnect: Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    async fn connect(&self, config: &Config) -> Result<Client, tokio_postgres::Error> {
        let (client, connection) = config.connect(self.0.clone()).await?;
        tokio::spawn(connection);
        Ok(client)
    }
}
