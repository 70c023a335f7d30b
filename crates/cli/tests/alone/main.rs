//! The program on a server that needs no container.

#[path = "../support/mod.rs"]
mod support;

mod backup;
mod backup_stopped;
mod backup_tls;
mod exits;
mod init;
mod manners;
mod program;
mod runs;
mod server_log;
mod story;
