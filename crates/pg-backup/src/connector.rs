//! How our own sessions are opened: the one place where a consumer brings its own way, TLS and choice among hosts included.
//!
//! PostgreSQL's programs read `PGSSLMODE`, `PGTARGETSESSIONATTRS` and their like by themselves. For our sessions the crate
//! has no TLS library: a consumer hands over the connector that it uses elsewhere, or the driver's `MakeTlsConnect` in
//! [`Tls`]. Without either, a connection that insists on TLS is refused, never opened without it.

use async_trait::async_trait;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Client, Config, NoTls, Socket};

use crate::error::{Error, Kind};
use crate::session::unreachable;

/// Opens a session for a configuration that is complete.
#[async_trait]
pub trait Connector: Send + Sync {
    /// Connects to `config`'s database under its application name, and lets the connection run on a task that ends with
    /// the client. Who knows more of the server than the configuration says may use that.
    ///
    /// # Errors
    /// [`Kind::Unreachable`], with the server's code where it gave one ([`Error::with_sqlstate`]).
    async fn connect(&self, config: &Config) -> Result<Client, Error>;
}

/// Sessions without TLS: over a socket, inside a host, or where nobody asked for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainText;

/// Sessions with the consumer's TLS, as far as `PGSSLMODE` wants it.
#[derive(Debug, Clone)]
pub struct Tls<T>(pub T);

#[async_trait]
impl Connector for PlainText {
    async fn connect(&self, config: &Config) -> Result<Client, Error> {
        let insists = config.get_ssl_mode() == SslMode::Require;
        if insists && !is_local(config) {
            let message = "the connection insists on TLS, for which no connector was given";
            return Err(Error::new(Kind::Preflight, message)
                .with_help("give one: `Connection::connector` with `Tls` or your own"));
        }
        let mut config = config.clone();
        let (client, connection) = config
            .ssl_mode(SslMode::Disable)
            .connect(NoTls)
            .await
            .map_err(|e| unreachable(e, &config))?;
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
    async fn connect(&self, config: &Config) -> Result<Client, Error> {
        if is_local(config) {
            return PlainText.connect(config).await;
        }
        let opened = config.connect(self.0.clone()).await;
        let (client, connection) = opened.map_err(|e| unreachable(e, config))?;
        tokio::spawn(connection);
        Ok(client)
    }
}

/// A socket is never encrypted, whatever is asked for: libpq's rule.
fn is_local(config: &Config) -> bool {
    let mut hosts = config.get_hosts().iter();
    hosts.all(|host| matches!(host, Host::Unix(_)))
}
