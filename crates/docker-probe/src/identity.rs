//! Which server runs in a container, so that a connection can be proved to lead to that very one.
//!
//! A cluster has a number of its own from initdb on, but its standbys and copies of its volume have the same; together with
//! the instant at which the server was started it tells them apart. Compare both with what the connection says:
//! `SELECT system_identifier FROM pg_control_system()` and `pg_postmaster_start_time()`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::docker::Docker;
use crate::error::{Error, Kind};
use crate::exec::Command;
use crate::facts::ContainerFacts;
use crate::inspect::environment;

const QUESTION: &str = "SELECT system_identifier, \
    (extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::pg_catalog.int8 \
    FROM pg_catalog.pg_control_system()";

/// What tells one server from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerIdentity {
    /// The number that initdb gave the cluster; standbys and copies have it too.
    pub system_identifier: u64,
    /// When the server was started, to the microsecond, as `pg_postmaster_start_time()` says it; `None` if it could
    /// only be read from the files.
    pub started_at: Option<Timestamp>,
}

impl ServerIdentity {
    /// Whether both are the same server, as far as both know.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        let same_start = match (self.started_at, other.started_at) {
            (Some(one), Some(two)) => one == two,
            _ => true,
        };
        self.system_identifier == other.system_identifier && same_start
    }
}

impl Docker {
    /// Which server runs in this container: asked over its socket, or else read by `pg_controldata`, or else from the
    /// control file itself.
    ///
    /// # Errors
    ///
    /// [`Kind::NotRunning`], and [`Kind::Failed`] when none of the three ways works; the causes are named.
    pub async fn identity(&self, facts: &ContainerFacts) -> Result<ServerIdentity> {
        facts.must_run()?;
        let asked = match self.sql(facts, QUESTION).await {
            Ok(answer) => parse_answer(&answer),
            Err(error) => {
                tracing::debug!(?error, "the server could not be asked over its socket");
                None
            }
        };
        if let Some(identity) = asked {
            return Ok(identity);
        }
        let dir = &facts.postgres.data_dir;
        let tool = Command::new("pg_controldata")
            .args(["-D", dir])
            .env("LC_ALL", "C");
        let told = self
            .exec(&facts.id, &tool)
            .await
            .ok()
            .and_then(|output| parse_tool(&output.text()));
        let number = match told {
            Some(number) => Some(number),
            None => self.control_file(facts).await?,
        };
        let system_identifier = number.ok_or_else(|| {
            let message = format!(
                "could not tell which cluster runs in container {:?}",
                facts.name
            );
            Error::new(Kind::Failed, message).because(format!(
                "neither psql over its socket nor the control file of {dir} told"
            ))
        })?;
        Ok(ServerIdentity {
            system_identifier,
            started_at: None,
        })
    }

    /// Asks the server in a container over its local socket, as the superuser that the image made; returns unaligned
    /// rows, values separated by a blank.
    pub(crate) async fn sql(&self, facts: &ContainerFacts, statement: &str) -> Result<String> {
        let environment = environment(&self.inspect(&facts.id).await?);
        let (user, dbname) = self.superuser(facts, &environment).await?;
        // What the container has for other purposes would lead psql away from its socket.
        let elsewhere = ["PGHOST", "PGHOSTADDR", "PGSERVICE", "PGSSLMODE"];
        let psql = Command::new("env")
            .args(elsewhere.into_iter().flat_map(|name| ["-u", name]))
            .args([
                "psql",
                "-X",
                "-A",
                "-t",
                "-w",
                "-q",
                "-F",
                " ",
                "-v",
                "ON_ERROR_STOP=1",
            ])
            .args([
                "-U",
                &user,
                "-d",
                &dbname,
                "-p",
                &facts.postgres.port.to_string(),
            ])
            .args(["-c", statement])
            .env("PGOPTIONS", "-c statement_timeout=10s")
            .env("PGCONNECT_TIMEOUT", "10");
        let doing = format!(
            "could not ask the server in container {:?} over its socket",
            facts.name
        );
        let output = self.exec(&facts.id, &psql).await?.must_succeed(&doing)?;
        Ok(output.text())
    }

    /// The number is the first thing in the control file, in the byte order of the machine.
    async fn control_file(&self, facts: &ContainerFacts) -> Result<Option<u64>> {
        let path = format!("{}/global/pg_control", facts.postgres.data_dir);
        let Some(file) = self.files(&facts.id).file(&path).await? else {
            return Ok(None);
        };
        let number = file
            .bytes
            .first_chunk()
            .map(|bytes| u64::from_le_bytes(*bytes));
        Ok(number.filter(|_| matches!(self.engine().arch.as_str(), "amd64" | "arm64")))
    }
}

fn parse_answer(answer: &str) -> Option<ServerIdentity> {
    let (number, micros) = answer.split_once(' ')?;
    Some(ServerIdentity {
        // SQL has no unsigned numbers: the upper half of them comes out negative.
        system_identifier: number.parse::<i64>().ok()?.cast_unsigned(),
        started_at: Timestamp::from_microsecond(micros.trim().parse().ok()?).ok(),
    })
}

fn parse_tool(text: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Database system identifier:"))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_and_the_tool_print_is_understood() {
        let asked = parse_answer("7437000000000000001 1763825422074123").expect("two numbers");
        let told = parse_tool(
            "pg_control version number: 1300\nDatabase system identifier:           7437000000000000001\n",
        );
        assert_eq!(told, Some(asked.system_identifier));
        assert_eq!(
            asked.started_at.map(Timestamp::as_microsecond),
            Some(1_763_825_422_074_123)
        );
        assert_eq!(
            parse_answer("-1 0").map(|one| one.system_identifier),
            Some(u64::MAX)
        );
    }

    #[test]
    fn a_standby_is_another_server() {
        let at = |micros| ServerIdentity {
            system_identifier: 7,
            started_at: Timestamp::from_microsecond(micros).ok(),
        };
        assert!(at(1).agrees_with(&at(1)) && !at(1).agrees_with(&at(2)));
        let unknown = ServerIdentity {
            system_identifier: 7,
            started_at: None,
        };
        assert!(at(1).agrees_with(&unknown));
    }
}
