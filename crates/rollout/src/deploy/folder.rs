//! The folder beside the configuration that holds the journals of deployments, one file each, and the lock.
//!
//! It is made by the first deployment, for its owner only, and keeps itself out of git. Files are named by the moment at
//! which their run began, so the last by name is the last run.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use partman_core::model::Server;
use partman_core::model::{RunSummary, Standing};
use partman_core::{Error, Kind};

use super::journal::{Journal, Recorded};
use crate::config::Config;

/// Its name, beside the configuration.
const NAME: &str = ".partman";
const ENDING: &str = ".jsonl";

/// The folder, which need not be there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    /// That of a project.
    pub fn of(config: &Config) -> Self {
        let folder = config.resolve(Path::new(NAME));
        // Only a lost working directory has no absolute form; the first use then says so.
        Self(std::path::absolute(&folder).unwrap_or(folder))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The last run of this project, if there was one.
    ///
    /// # Errors
    /// [`Kind::Refused`] when the folder or the journal can't be read.
    pub fn last(&self) -> Result<Option<Recorded>, Error> {
        let unreadable = |e| self.failed("read", e);
        let listed = match fs::read_dir(&self.0) {
            Ok(listed) => listed,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(unreadable(e)),
        };
        let mut last: Option<PathBuf> = None;
        for entry in listed {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("deploy-") && name.ends_with(ENDING) {
                last = last.max(Some(path));
            }
        }
        last.map(|path| Journal::read(&path)).transpose()
    }

    /// The last run, if it stopped part-way and acted on this very database.
    ///
    /// # Errors
    /// As [`Folder::last`].
    pub fn open_run(&self, server: &Server) -> Result<Option<Recorded>, Error> {
        let open = |run: &Recorded| run.progress().is_open() && run.header.is_of(server);
        Ok(self.last()?.filter(open))
    }

    /// The last run, if it is the one that going on or back is about, and not `newest`, the newest run in the database:
    /// that may be younger than the last deployment, and none of its doing.
    ///
    /// # Errors
    /// As [`Folder::last`].
    pub fn concerned(&self, newest: Option<&RunSummary>) -> Result<Option<Recorded>, Error> {
        let Some(last) = self.last()? else {
            return Ok(None);
        };
        let so_far = last.progress();
        let is_younger = |run: &&RunSummary| {
            run.started_at > last.header.started_at
                && last.database_run() != Some(run.id.as_str())
                && run.outcome != Standing::RolledBack
        };
        let closed = so_far.rolled_back || !so_far.is_open() && newest.filter(is_younger).is_some();
        Ok(Some(last).filter(|_| !closed))
    }

    /// Makes it, where it isn't.
    ///
    /// # Errors
    /// [`Kind::Refused`] when it can't be made.
    pub(super) fn make(&self) -> Result<(), Error> {
        let failed = |e| self.failed("make", e);
        let made = fs::DirBuilder::new()
            .mode(0o700)
            .recursive(true)
            .create(&self.0);
        made.map_err(failed)?;
        let ignore = self.0.join(".gitignore");
        if !ignore.exists() {
            fs::write(ignore, "*\n").map_err(failed)?;
        }
        Ok(())
    }

    /// The id of a run that begins now, and its file.
    pub(super) fn name(&self, now: Timestamp) -> (String, PathBuf) {
        let moment = now.strftime("%Y%m%dT%H%M%S.%3fZ");
        let run = format!("deploy-{moment}-{:x}", std::process::id());
        let path = self.0.join(format!("{run}{ENDING}"));
        (run, path)
    }

    pub(super) fn failed(&self, doing: &str, error: io::Error) -> Error {
        let message = format!(
            "could not {doing} {}, which holds the journals",
            self.0.display()
        );
        Error::new(Kind::Refused, message).with_source(error)
    }
}
