//! Runs `pg_dump` under the snapshot, with the evidence and the watch beside it.

use std::path::Path;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::source::Source;
use super::watch::Watch;
use super::{Compression, Work};
use crate::error::{Error, Kind, Result};
use crate::observer::{Event, Stage};
use crate::store::Draft;
use crate::tools::{Argument, Call, Tool, needed, run};

use super::evidence::Found;

impl Work<'_> {
    /// Fills the draft's archive. When either the dump or the evidence fails, the other is stopped and waited for.
    pub(super) async fn dump(&self, source: &Source, draft: &Draft) -> Result<Found> {
        self.observer.on(&Event::Stage(Stage::Dumping));
        let stop = self.cancel.child_token();
        let watch = Watch::new(self, source);
        let dump = stopping(&stop, self.write_archive(source, draft, &stop));
        let evidence = stopping(&stop, async {
            tokio::select! {
                found = self.evidence(source) => found,
                () = stop.cancelled() => Err(Error::cancelled()),
            }
        });
        let both = async { tokio::join!(dump, evidence) };
        let (dump, evidence) = tokio::select! {
            both = both => both,
            never = watch.run() => match never {},
        };
        match (dump, evidence) {
            (Ok(()), evidence) => {
                watch.tell_the_end();
                evidence
            }
            (Err(e), Err(cause)) if e.kind() == Kind::Cancelled => Err(cause),
            (Err(e), _) => Err(watch.explain(e)),
        }
    }

    async fn write_archive(
        &self,
        source: &Source,
        draft: &Draft,
        stop: &CancellationToken,
    ) -> Result<()> {
        let archive = draft.layout.archive();
        let major = needed(self.tools, Tool::Dump)?.major();
        let mut compression = match self.request.compression {
            Compression::Auto if major >= 16 => Compression::Zstd(1),
            Compression::Auto => Compression::Gzip(1),
            chosen => chosen,
        };
        loop {
            let outcome = run(self.tools, self.call(source, &archive, compression), stop).await;
            let Err(e) = outcome else {
                return Ok(());
            };
            // pg_dump can be built without zstd. It looks at that before it makes the folder, and connects after.
            let is_ours = self.request.compression == Compression::Auto
                && compression != Compression::Gzip(1);
            if !is_ours || archive.exists() || e.kind() != Kind::Tool {
                return Err(e.context(format!(
                    "could not dump {}",
                    self.request.connection.describe()
                )));
            }
            compression = Compression::Gzip(1);
        }
    }

    fn call(&self, source: &Source, archive: &Path, compression: Compression) -> Call {
        let mut call = Call::new(
            Tool::Dump,
            arguments(self.request.jobs, self.request.lock_wait, compression),
        );
        call.arguments
            .push(format!("--snapshot={}", source.snapshot).into());
        if source.catalog.server.in_recovery {
            call.arguments.push("--no-unlogged-table-data".into());
        }
        call.arguments
            .extend(["--file".into(), Argument::Path(archive.to_owned())]);
        call.variables = variables(
            &self.id.application_name(),
            source.catalog.server.version.major(),
            &self.request.connection,
        );
        call.connection = Some(self.request.connection.clone());
        call
    }
}

/// Triggers `stop` when the work fails.
async fn stopping<T>(stop: &CancellationToken, work: impl Future<Output = Result<T>>) -> Result<T> {
    let outcome = work.await;
    if outcome.is_err() {
        stop.cancel();
    }
    outcome
}

/// Files are synced by us, later and once.
fn arguments(jobs: usize, lock_wait: Duration, compression: Compression) -> Vec<String> {
    let level = match compression {
        Compression::Auto | Compression::None => "0".to_owned(),
        Compression::Gzip(level) => level.to_string(),
        Compression::Zstd(level) => format!("zstd:{level}"),
    };
    vec![
        "--format=directory".to_owned(),
        format!("--jobs={jobs}"),
        format!("--compress={level}"),
        format!("--lock-wait-timeout={}", lock_wait.as_millis().max(1)),
        "--no-password".to_owned(),
        "--no-sync".to_owned(),
    ]
}

/// Settings of the database or the role would come through, and the same values would not have the same text elsewhere.
const TEXT_OF_VALUES: &str =
    " -c bytea_output=hex -c xmlbinary=base64 -c quote_all_identifiers=off";

/// What `pg_dump` does not set by itself but the text of values depends on; and what ends its backends when it is gone.
fn variables(
    application_name: &str,
    server_major: u32,
    connection: &crate::Connection,
) -> Vec<(String, String)> {
    let mut options = connection.get("PGOPTIONS").unwrap_or_default().to_owned();
    options.push_str(TEXT_OF_VALUES);
    if server_major >= 14 {
        options.push_str(" -c client_connection_check_interval=1s");
    }
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    vec![
        pair("PGAPPNAME", application_name),
        pair("PGTZ", "UTC"),
        pair("PGOPTIONS", options.trim_start()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_says_what_is_meant() {
        let line = |compression| arguments(2, Duration::from_secs(10), compression).join(" ");
        assert_eq!(
            line(Compression::Gzip(1)),
            "--format=directory --jobs=2 --compress=1 --lock-wait-timeout=10000 --no-password --no-sync"
        );
        assert!(line(Compression::Zstd(1)).contains("--compress=zstd:1"));
    }

    #[test]
    fn a_users_options_stay() {
        let connection =
            crate::Connection::new("h", 1, "u", "d").variable("PGOPTIONS", "-c geqo=off");
        let all = variables("a", 13, &connection);
        assert!(
            all.contains(&(
                "PGOPTIONS".to_owned(),
                "-c geqo=off -c bytea_output=hex -c xmlbinary=base64 -c quote_all_identifiers=off"
                    .to_owned()
            ))
        );
    }
}
