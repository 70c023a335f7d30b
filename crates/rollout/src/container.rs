//! The container that the server runs in: which one is meant, how its server is reached, and the proof that a connection
//! leads to that very server.
//!
//! Composes `docker-probe`, which knows containers, and `partman-core`, which knows connections. [`Meant`] says which
//! container is wanted and by whom, [`choose`] finds it, and [`Chosen`] answers for it. Nothing is written, nothing is
//! started, and the container's password is only handed on to the connection settings, which show it to nobody.
//! Looking costs a few requests to the Engine; the proof runs one query on each side.

mod chosen;
mod compose;
mod error;
mod files;
mod identity;
mod meant;

pub use chosen::{Chosen, Way, choose, must_have_engine, with_server};
pub use compose::found;
pub use error::{Error, Kind};
pub use files::files;
pub use identity::{ServerIdentity, identity_of};
pub use meant::Meant;
