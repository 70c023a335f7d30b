//! The model of PostgreSQL partition sets and everything that is decided about them.
//!
//! A service that embeds this crate can do all that the `partman` command does with a database:
//!
//! | module | does |
//! |---|---|
//! | [`postgres`] | connects as libpq does, and gives out sessions with settings that can be relied on |
//! | [`inspect`] | the database → [`model::Inspection`], plain data, in a fixed number of queries |
//! | [`assess`] | can this set be adopted, in which interval and time zone, and what does it lack |
//! | [`check`] | the rules: what is wrong, how bad, and the way out |
//! | [`plan`] | the steps of an adoption, as data with a digest |
//! | [`migrate`] | carries a plan out, goes on with one that stopped, takes one back |
//! | [`journal`] | what was done, in the database itself |
//! | [`verify`] | the world before and after, compared |
//! | [`words`] | sentences as data, for reports in other languages |
//!
//! [`step`] and [`run`] know no partitions: they run any list of undoable steps in any world.
//!
//! # Behaviour
//!
//! - Nothing is printed; what happens is told to a [`run::Observer`] and to `tracing`.
//! - Looking takes ACCESS SHARE for moments and never waits longer than it is allowed to; see [`inspect`].
//! - Changing takes the locks that each step describes, for as long as one short transaction, and waits for them with
//!   [`run::Patience`]. A future that is dropped, a process that is killed and a connection that is lost leave a journal
//!   from which [`migrate::resume`] and [`migrate::rollback`] go on.
//! - Everything runs on tokio, as its driver does.
//!
//! ```no_run
//! use partman_core::inspect::{Options, inspect};
//! use partman_core::postgres::{Database, Environment, Settings};
//!
//! # async fn look() -> Result<(), partman_core::Error> {
//! let settings = Settings::builder().resolve(&Environment::from_process())?;
//! let database = Database::connect(&settings).await?;
//! let mut session = database.session().await?;
//! let seen = inspect(&mut session, &Options::new(&database.server().time_zone)).await?;
//! for set in &seen.sets {
//!     println!("{} has {} partitions", set.name, set.partitions.len());
//! }
//! # Ok(())
//! # }
//! ```

pub mod assess;
pub mod bound;
pub mod check;
pub mod coverage;
mod error;
pub mod inspect;
pub mod interval;
pub mod journal;
pub mod measure;
pub mod mend;
pub mod migrate;
pub mod model;
pub mod name;
pub mod pg_partman;
pub mod plan;
pub mod postgres;
#[cfg(test)]
mod properties;
pub mod run;
pub mod session;
pub mod step;
pub mod summary;
pub mod time_zone;
pub mod verify;
pub mod wanted;
pub mod watch;
pub mod words;

pub use error::{Error, Kind};
pub use interval::Interval;
pub use name::RelationName;
