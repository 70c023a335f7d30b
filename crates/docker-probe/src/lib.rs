//! Which PostgreSQL containers run, from which image, how to reach them, and how to change them.
//!
//! Everything starts at [`Docker::connect`]. [`Docker::find`] picks the container, [`Docker::facts`] tells all that can be
//! said about it as plain data ([`ContainerFacts`]), [`Docker::connection`] says how to connect to its server and
//! [`Docker::identity`] proves that a connection leads to that very server. [`Docker::place`], [`Docker::put`] and
//! [`Docker::take`] bring the files of an extension into the running container and out again. Compose files are
//! read, never written ([`compose`]).
//!
//! # Behaviour
//!
//! Looking costs a few requests to the Engine's API and two or three small files read through it; nothing is
//! started, nothing is changed, and no secret is kept in what is returned but the password of a [`ConnectionHint`],
//! which can be neither printed nor serialized. Programs are run inside a container only by [`Docker::exec`], and
//! never survive the one who asked for them. The crate knows nothing of partitions or backups.
//!
//! ```no_run
//! # async fn example() -> Result<(), docker_probe::Error> {
//! use docker_probe::{Docker, Wanted};
//!
//! let docker = Docker::connect().await?;
//! let container = docker.find(&Wanted::Only).await?;
//! let facts = docker.facts(&container.id).await?;
//! let hint = docker.connection(&facts).await?;
//! println!("{} runs {}; {}", facts.name, facts.image, hint.why);
//! # Ok(())
//! # }
//! ```

mod archive;
pub mod compose;
mod connection;
mod consumer;
mod docker;
mod endpoint;
mod environment;
mod error;
mod exec;
pub mod extension;
mod facts;
pub mod files;
mod find;
mod identity;
mod image;
mod inspect;
mod libc;
mod one_off;
mod recognise;
mod throwaway;

pub use connection::ConnectionHint;
pub use consumer::{Containers, ExtensionFiles};
pub use docker::{Docker, EngineFacts};
pub use endpoint::Endpoint;
pub use error::{Error, Kind};
pub use exec::{Command, Output};
pub use facts::{
    ComposeLabels, ContainerFacts, Health, HealthState, Mount, MountKind, Network, PostgresFacts,
    PublishedPort,
};
pub use find::{Candidate, IGNORE_LABEL, Wanted};
pub use identity::ServerIdentity;
pub use image::ImageFacts;
pub use libc::{Family, Libc, OsRelease};
pub use one_off::{OneOff, OneOffOptions};
pub use throwaway::Throwaway;

/// A result with this crate's own error.
pub(crate) type Result<T> = std::result::Result<T, Error>;
