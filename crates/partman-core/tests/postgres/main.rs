//! `partman_core::postgres` on real servers.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod advisory;
mod connect;
mod libpq;
mod lost;
mod pooler;
mod session;
mod support;
mod tls;
