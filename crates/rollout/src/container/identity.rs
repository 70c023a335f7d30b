//! Which server a connection leads to, in the same words as `docker-probe` says it of a container.

use jiff::Timestamp;
use partman_core::session::{Session, Statement, row};
use serde::Deserialize;

pub use docker_probe::ServerIdentity;

const QUESTION: &str = "SELECT system_identifier, \
    (extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::pg_catalog.int8 AS started_at \
    FROM pg_catalog.pg_control_system()";

#[derive(Deserialize)]
struct Answer {
    system_identifier: i64,
    started_at: i64,
}

/// The server at the other end of a session: one query, no locks.
///
/// # Errors
/// The server's.
pub async fn identity_of(session: &mut dyn Session) -> Result<ServerIdentity, partman_core::Error> {
    let answer: Answer = row(session, &Statement::query(QUESTION)).await?;
    Ok(ServerIdentity {
        // SQL has no unsigned numbers: the upper half of them comes out negative.
        system_identifier: answer.system_identifier.cast_unsigned(),
        started_at: Timestamp::from_microsecond(answer.started_at).ok(),
    })
}
