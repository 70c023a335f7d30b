//! Reaches a server: settings as libpq reads them, TLS, a pool, sessions with partman's rules in force.
//!
//! This is the only place that names `tokio-postgres` and `bb8`; everything above speaks [`crate::session`]. Resolving
//! [`Settings`] connects to nothing. [`Database::connect`] opens one session at once, so that a wrong password is told
//! then and with its cause, and refuses a pooler that would spread one session over several backends.
//!
//! ```no_run
//! # async fn example() -> Result<(), partman_core::Error> {
//! use partman_core::postgres::{Database, Environment, Settings};
//! use partman_core::session::{Statement, row};
//!
//! let settings = Settings::builder().resolve(&Environment::from_process())?;
//! let database = Database::connect(&settings).await?;
//! let mut session = database.session().await?;
//! let found: serde_json::Value = row(&mut session, &Statement::query("SELECT version()")).await?;
//! # Ok(())
//! # }
//! ```

pub mod advisory;
mod backend;
mod connect;
mod failure;
mod farewell;
mod pool;
mod session;
mod settings;
mod tls;
mod tls_probe;

pub use advisory::{Holder, Lock};
pub use backend::Server;
pub use connect::client;
pub use farewell::farewell;
pub use pool::{Database, DatabaseBuilder};
pub use session::PgSession;
pub use settings::{
    Builder as SettingsBuilder, Container, Environment, Host, Origin, Settings, SslMode,
};
