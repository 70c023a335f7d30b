//! The rules of `partman check`: their pages, and what they say of real servers.

#[path = "../support/mod.rs"]
mod support;

mod catalogue;
mod live;
