//! The files of an extension that is SQL only: where they come from, and how they get into a running container and out.
//!
//! [`Docker::bundle`](crate::Docker::bundle) collects them from a [`Source`] into a checked [`Bundle`].
//! [`Docker::place`](crate::Docker::place) looks where they would go and whether something is in the way; its answer, a
//! [`Placement`], is plain data for a caller's journal and enough to go on or back after a crash.
//! [`Docker::put`](crate::Docker::put) and [`Docker::take`](crate::Docker::take) can be repeated.
//!
//! The server needs no restart: it reads these files when `CREATE EXTENSION` runs. A container that is made anew from
//! its image does not have them any more.

mod added;
mod bundle;
mod place;
mod put;
mod source;
mod take;
mod unpack;

pub use bundle::{Bundle, BundleFile};
pub use place::{PlacedFile, Placement, Was};
pub use source::Source;
pub use take::{Kept, Taken};
