//! A deployment into a container as one run: backup and proof, the extension's files, the adoption, the verification; and
//! the way back through all of it.
//!
//! The steps are run by the core's runner, in a world that is a host: a container and a backup directory. Their journal is
//! a file (see [`Journal`]), because what happens to containers and files can't be part of a database's transaction. The
//! part that acts on the database is one of these steps; it is a run of its own with its own journal in the database,
//! whose id this one keeps. [`prepare()`] looks and decides and changes nothing; [`deploy`], [`resume`] and [`rollback`]
//! act, one at a time in a project and in a database (see [`Lock`]).

mod drive;
mod findings;
mod folder;
mod journal;
mod lock;
mod prepare;
mod preview;
mod run;
mod step;
mod world;

use serde::{Deserialize, Serialize};

pub use findings::{META, findings, known};
pub use folder::Folder;
pub use journal::{Header, Journal, Recorded};
pub use lock::Lock;
pub use prepare::{Prepared, prepare};
pub use run::{Deployed, Means, deploy, must_be_closed, resume, rollback, unfinished};
pub use step::{Adopt, BackUp, HostStep, PutFiles};
pub use world::{Hands, Hear, HostWorld};

/// How a container gets pg_partman.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// Into the running container, without a restart.
    Hot,
}

/// The extension that a deployment brings.
pub const EXTENSION: &str = "pg_partman";
