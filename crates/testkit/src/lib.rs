//! Real servers for partman's tests: started in a quarter of a second, gone afterwards whatever happens.
//!
//! The one line of a test is [`TestDb::new`]: a private PostgreSQL cluster whose extension folder holds
//! exactly one version of pg_partman (or none), and a fresh database in it. The rest of the crate is what
//! tests do with it: load a [`fixture`], put it under load ([`Writer`], [`Reader`]), break it
//! ([`Cluster::crash`], [`Cluster::standby`]) and prove that nothing changed ([`CatalogSnapshot`],
//! [`Fingerprint`]).
//!
//! ```no_run
//! # async fn example() {
//! use partman_testkit::{Partman, TestDb, fixture};
//!
//! let db = TestDb::named(Partman::V5_2_4, "ai_agent_admin").await;
//! fixture::webhook_events(&db, 10_000).await;
//! let before = db.snapshot().await;
//! // … what is being tested …
//! assert_eq!(before.diff(&db.snapshot().await), Vec::<String>::new());
//! # }
//! ```
//!
//! What the crate needs on the machine is installed by `scripts/setup.sh` (`make setup`); everything else is
//! made on first use and kept in a cache folder (see [`cache_dir`]).

mod account;
mod again;
mod cache;
mod certificates;
mod cluster;
mod container;
mod container_options;
mod container_ready;
mod database;
mod error;
mod fingerprint;
pub mod fixture;
mod installation;
mod load;
mod options;
mod ports;
mod ready;
mod realworld;
mod snapshot;
mod supervisor;
mod template;

pub use again::{again, die};
pub use cache::cache_dir;
pub use certificates::Certificates;
pub use cluster::Cluster;
pub use container::{Container, Image};
pub use container_options::ContainerOptions;
pub use database::TestDb;
pub use error::Error;
pub use fingerprint::Fingerprint;
pub use installation::{Installation, Partman};
pub use load::{LoadReport, Reader, Writer};
pub use options::{ClusterOptions, Durability};
pub use realworld::{RealWorld, realworld};
pub use snapshot::{CatalogSnapshot, Scope};
