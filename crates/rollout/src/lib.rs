//! What is composed from `partman-core`, `docker-probe` and `pg-backup`, so that a program or a service can have it whole.
//!
//! [`config`] is the `partman.toml` that says which database, which container and which partition sets are meant;
//! [`init`] writes the first one from what is there; [`container`] finds the container that is meant, the way to its
//! server, and the proof that a connection leads there; [`backups`] makes and proves backups and is the gate before a
//! migration; [`deploy`] is all of it for a container, as one run;
//! [`secret`] keeps passwords out of everything that is shown. This
//! crate prints nothing: it returns values and errors.

pub mod backups;
pub mod config;
pub mod container;
pub mod demo;
pub mod deploy;
pub mod explain;
pub mod init;
pub mod load;
pub mod preview;
pub mod request;
pub mod scratch;
pub mod secret;
pub mod status;
pub mod unreachable;

pub use config::{Config, ConfigError};
