//! A scratch server made of this machine's programs: an empty cluster in a private folder, reached by its socket alone.
//!
//! As root it runs as an unprivileged user, since `initdb` and `postgres` refuse to run as root. It can't be kept from
//! calling out (a function of the dump may do that), which a container without network can.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::folder::Folder;
use super::server::LocalServer;
use super::tree::Installed;
use super::{Inert, Scratch, ScratchServer};
use crate::error::{Error, FileContext, Kind, Result};
use crate::helper::{self, Account, Farewell, Helper};
use crate::manifest::Manifest;
use crate::process::{self, Sink};
use crate::tools::{Version, forget_libpq};

/// The number that every Linux system gives to the user `nobody`.
pub(super) const NOBODY: Account = Account {
    uid: 65534,
    gid: 65534,
};

/// How scratch servers are made here.
#[derive(Debug, Clone)]
pub struct LocalScratch {
    programs: PathBuf,
    place: PathBuf,
    extensions: Vec<(String, PathBuf)>,
    inert: Vec<Inert>,
    helper: Option<Helper>,
    account: Option<Account>,
}

impl LocalScratch {
    /// Servers of the installation whose programs (`postgres`, `initdb`, `pg_config`) are in this folder.
    pub fn new(programs: impl Into<PathBuf>) -> Self {
        Self {
            programs: programs.into(),
            place: std::env::temp_dir(),
            extensions: Vec::new(),
            inert: Inert::usual(),
            helper: None,
            account: rustix::process::geteuid().is_root().then_some(NOBODY),
        }
    }

    /// Servers of this major version, where Debian and others keep them.
    ///
    /// # Errors
    /// [`Kind::Tools`] when there is none, with the package to install.
    pub fn find(major: u32) -> Result<Self> {
        let places = [
            format!("/usr/lib/postgresql/{major}/bin"),
            format!("/usr/pgsql-{major}/bin"),
            "/usr/local/bin".to_owned(),
            "/usr/bin".to_owned(),
        ];
        let fits = |folder: &PathBuf| version(folder).is_ok_and(|version| version.major() == major);
        let found = places.into_iter().map(PathBuf::from).find(fits);
        found.map(Self::new).ok_or_else(|| {
            let message = format!("there is no PostgreSQL {major} server on this machine to restore into");
            let help = format!("apt-get install postgresql-{major} (no cluster of it is needed), or use a container");
            Error::new(Kind::Tools, message).with_help(help)
        })
    }

    /// Gives the servers this version of an extension instead of the installed one: control and script files.
    #[must_use]
    pub fn extension(mut self, name: impl Into<String>, files: impl Into<PathBuf>) -> Self {
        self.extensions.push((name.into(), files.into()));
        self
    }

    /// Leaves out one more extension that acts by itself. `pg_cron` always is.
    #[must_use]
    pub fn inert(mut self, extension: impl Into<String>, schema: Option<String>) -> Self {
        self.inert.push(Inert {
            extension: extension.into(),
            schema,
        });
        self
    }

    /// Where the private folders are made; the unprivileged user must be able to enter it, and its name must be short,
    /// since a socket's path has at most 107 characters. Default: the system's temporary folder.
    #[must_use]
    pub fn place(mut self, folder: impl Into<PathBuf>) -> Self {
        self.place = folder.into();
        self
    }

    /// Has a helper stop the server and remove the folder when we are killed. Without one, the next scratch server does.
    #[must_use]
    pub fn helper(mut self, helper: Helper) -> Self {
        self.helper = Some(helper);
        self
    }

    async fn initdb(
        &self,
        programs: &Path,
        folder: &Folder,
        cancel: &CancellationToken,
    ) -> Result<()> {
        let data = folder.make("data", self.account)?;
        let mut arguments: Vec<String> = [
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
        ]
        .map(str::to_owned)
        .to_vec();
        arguments.push(format!("--pgdata={}", data.display()));
        let mut command = helper::command(
            self.helper.as_ref(),
            Farewell::Term,
            self.account,
            &programs.join("initdb"),
            arguments,
        );
        forget_libpq(&mut command);
        command.current_dir("/");
        let finished = process::run(command, Vec::new(), Sink::Discard, cancel).await?;
        if finished.success() {
            return Ok(());
        }
        Err(
            Error::new(Kind::Tool, "initdb could not make a scratch server")
                .with_source(finished.errors),
        )
    }

    fn check_room(&self, manifest: &Manifest) -> Result<()> {
        let found = rustix::fs::statvfs(&self.place)
            .map_err(std::io::Error::from)
            .at("look at the disk of", &self.place)?;
        let free = found.f_bavail.saturating_mul(found.f_frsize);
        // Rows, then about as much for indexes and the write-ahead log.
        let wanted = (64 << 20) + manifest.table_bytes().saturating_mul(3) / 2;
        if free >= wanted {
            return Ok(());
        }
        let message = format!(
            "{} has {} MiB free; a scratch server for this backup wants {}",
            self.place.display(),
            free >> 20,
            wanted >> 20
        );
        Err(Error::new(Kind::DiskFull, message)
            .with_help("name another folder for scratch servers"))
    }
}

#[async_trait]
impl Scratch for LocalScratch {
    async fn start(
        &self,
        manifest: &Manifest,
        cancel: &CancellationToken,
    ) -> Result<Box<dyn ScratchServer>> {
        let (ours, wanted) = (version(&self.programs)?, &manifest.server_version);
        if ours.major() != wanted.major() {
            let message = format!(
                "the backup is of PostgreSQL {}, the scratch server would be {ours}",
                wanted.major()
            );
            let help = format!(
                "apt-get install postgresql-{}, or use a container of the same image",
                wanted.major()
            );
            return Err(Error::new(Kind::Version, message).with_help(help));
        }
        self.check_room(manifest)?;
        let folder = Folder::new(&self.place, self.account)?;
        let programs = Installed::ask(&self.programs)?
            .relocate(&folder.path().join("pg"), &self.extensions)?;
        self.initdb(&programs, &folder, cancel).await?;
        let server = LocalServer::start(
            folder,
            &programs,
            self.helper.as_ref(),
            self.account,
            self.inert.clone(),
            cancel,
        )
        .await?;
        Ok(Box::new(server))
    }
}

fn version(programs: &Path) -> Result<Version> {
    let program = programs.join("postgres");
    let missing = || {
        Error::new(
            Kind::Tools,
            format!("{} is not a PostgreSQL server", program.display()),
        )
    };
    fs::metadata(&program).map_err(|e| missing().with_source(e))?;
    let output = Command::new(&program)
        .arg("--version")
        .output()
        .at("run", &program)?;
    Version::parse(&String::from_utf8_lossy(&output.stdout)).ok_or_else(missing)
}
