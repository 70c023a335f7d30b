//! The program beside PostgreSQL in a container of the real Engine.

#[path = "../support/mod.rs"]
mod support;

mod backup;
mod compose;
mod demo;
mod deploy;
mod deploy_killed;
mod deploy_refused;
mod secrets;
mod status;
mod story;
mod trouble;
