//! pg_dump and pg_restore done right: dump, prove, restore, keep.
//!
//! A [`Store`] is a directory with backups. [`Store::create`] dumps a whole database under one snapshot, reads the archive
//! back, compares it with the catalog and the server's own counts, and only then gives it a name. [`Store::prove`] restores
//! it into a scratch server and compares every row. [`Store::restore`] brings it back into a new database, and [`Swap`]
//! puts that in the old one's place. [`Store::list`], [`Store::verify`] and [`Store::prune`] look after what is kept.
//!
//! ```no_run
//! # async fn example() -> Result<(), pg_backup::Error> {
//! use pg_backup::{Connection, Create, LocalScratch, LocalTools, Silent, Store};
//!
//! let (store, cancel) = (Store::new("backups"), Default::default());
//! let tools = LocalTools::find(15, std::env::var_os("PATH"))?;
//! let connection = Connection::new("localhost", 5432, "admin", "app");
//! let backup = store.create(&Create::new(connection), &tools, &Silent, &cancel).await?;
//! let proof = store.prove(backup.id(), &LocalScratch::find(15)?, &tools, &Silent, &cancel).await?;
//! assert!(proof.passed());
//! # Ok(())
//! # }
//! ```
//!
//! # What it does to the server
//!
//! Making a backup holds ACCESS SHARE on every table and one snapshot for as long as the dump takes: nobody who reads or
//! writes waits, but an `ALTER TABLE` does, and vacuum can't remove what the snapshot still sees. Nothing else writes to or
//! locks the database that is backed up. When a backup fails or is cancelled its sessions are terminated; when this
//! process is killed, the [`Helper`] sees to its children and the server to the rest, within a second or two.
//!
//! # What it needs
//!
//! PostgreSQL's own programs, in a version that is not older than the server ([`LocalTools`], or a [`Toolbox`] of your
//! own), and a role that may read everything. TLS for our own sessions comes from the consumer ([`Connector`]).

mod archive;
mod catalog;
mod compare;
mod connection;
mod connector;
mod create;
mod error;
mod fingerprint;
mod helper;
mod id;
mod manifest;
mod name;
mod observer;
mod process;
mod proof;
mod prove;
mod prune;
mod restore;
mod scratch;
mod session;
mod store;
mod swap;
mod tools;
mod verify;

pub use connection::Connection;
pub use connector::{Connector, PlainText, Tls};
pub use create::{Compression, Create, Evidence};
pub use error::{Error, Kind};
pub use fingerprint::Fingerprint;
pub use helper::{Helper, exec_child};
pub use id::BackupId;
pub use manifest::{Database, Extension, File, Image, Manifest, Privilege, Setting, Table};
pub use observer::{Event, Observer, Silent, Stage};
pub use proof::Proof;
pub use prove::Proven;
pub use prune::{Pruned, Pruning};
pub use restore::{Restore, Restored};
pub use scratch::{Inert, LocalScratch, PrivateFolder, SCRATCH_SETTINGS, Scratch, ScratchServer};
pub use store::{Backup, Entry, ProofState, Store, Summary, TableSummary};
pub use swap::{Sessions, Swap, Swapped, undo_swap};
pub use tools::{Argument, Call, Finished, LocalTools, Sink, Tool, Toolbox, Version};
pub use verify::{Level, Verification};
