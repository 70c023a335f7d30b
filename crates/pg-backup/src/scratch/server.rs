//! The process of a local scratch server: started, waited for, stopped, its folder removed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rustix::process::{Pid, Signal, kill_process};
use tokio_util::sync::CancellationToken;

use super::folder::Folder;
use super::{Inert, ScratchServer};
use crate::connection::Connection;
use crate::error::{Error, FileContext, Kind, Result};
use crate::helper::{self, Account, Farewell, Helper};
use crate::session;
use crate::store::blocking;
use crate::tools::forget_libpq;

const PATIENCE: Duration = Duration::from_secs(60);
const PORT: u16 = 5432;

/// The settings of a scratch server, as `name=value`: nothing needs to last, nothing listens, nothing acts by itself.
pub const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=4GB",
    "archive_mode=off",
    "autovacuum=off",
    "max_logical_replication_workers=0",
    "shared_preload_libraries=",
    "session_preload_libraries=",
    "local_preload_libraries=",
    "max_connections=40",
    "max_locks_per_transaction=1024",
    "shared_buffers=128MB",
    "maintenance_work_mem=128MB",
    "logging_collector=off",
];

pub(super) struct LocalServer {
    connection: Connection,
    inert: Vec<Inert>,
    parts: Option<Parts>,
}

/// In the order in which they go away.
struct Parts {
    /// The server itself, or the guard that looks after it; the end of the guard's input is the signal to stop.
    process: Child,
    is_guarded: bool,
    folder: Folder,
}

impl LocalServer {
    pub(super) async fn start(
        folder: Folder,
        programs: &Path,
        helper: Option<&Helper>,
        account: Option<Account>,
        inert: Vec<Inert>,
        cancel: &CancellationToken,
    ) -> Result<Self> {
        let program = programs.join("postgres");
        let arguments = arguments(folder.path());
        let mut command = match helper {
            Some(helper) => helper::guard(helper, folder.path(), account, &program, &arguments),
            None => helper::command(None, Farewell::Quit, account, &program, &arguments),
        };
        forget_libpq(&mut command);
        let process = spawn(command, folder.path())?;
        let socket = folder.path().to_string_lossy().into_owned();
        let connection = Connection::new(&socket, PORT, "postgres", "postgres");
        let mut this = Self {
            connection,
            inert,
            parts: Some(Parts {
                process,
                is_guarded: helper.is_some(),
                folder,
            }),
        };
        tokio::select! {
            ready = this.ready() => ready?,
            () = cancel.cancelled() => return Err(Error::cancelled()),
        }
        Ok(this)
    }

    async fn ready(&mut self) -> Result<()> {
        let start = Instant::now();
        loop {
            let Err(e) = session::open(&self.connection, "partman_scratch").await else {
                return Ok(());
            };
            let Some(parts) = &mut self.parts else {
                return Err(e);
            };
            let ended = parts
                .process
                .try_wait()
                .at("wait for", parts.folder.path())?;
            if ended.is_some() || start.elapsed() > PATIENCE {
                let log =
                    fs::read_to_string(parts.folder.path().join("server.log")).unwrap_or_default();
                let lines: Vec<_> = log.lines().rev().take(8).collect();
                let log = lines.into_iter().rev().collect::<Vec<_>>().join("\n");
                return Err(
                    Error::new(Kind::Tool, "the scratch server does not come up").with_source(log),
                );
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn arguments(folder: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["-D".into(), folder.join("data").into()];
    let own = [
        format!("unix_socket_directories={}", folder.display()),
        format!("port={PORT}"),
    ];
    for setting in SETTINGS
        .iter()
        .map(|setting| (*setting).to_owned())
        .chain(own)
    {
        arguments.extend(["-c".into(), setting.into()]);
    }
    arguments
}

fn spawn(mut command: Command, folder: &Path) -> Result<Child> {
    let log = folder.join("server.log");
    let file = File::create(&log).at("make", &log)?;
    let other = file.try_clone().at("make", &log)?;
    command
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(file)
        .stderr(other)
        .process_group(0);
    command.spawn().at("start a server in", folder)
}

impl Parts {
    /// A guard that sees its input end stops the server and takes the folder along; a server has to be told.
    fn clear(mut self) -> Result<()> {
        drop(self.process.stdin.take());
        let pid = i32::try_from(self.process.id())
            .ok()
            .and_then(Pid::from_raw);
        if let Some(pid) = pid.filter(|_| !self.is_guarded) {
            let _ = kill_process(pid, Signal::QUIT);
        }
        let start = Instant::now();
        while self
            .process
            .try_wait()
            .at("wait for", self.folder.path())?
            .is_none()
        {
            if start.elapsed() > Duration::from_secs(6) {
                let _ = self.process.kill();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.folder.remove()
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        if let Some(parts) = self.parts.take() {
            let _ = parts.clear();
        }
    }
}

#[async_trait]
impl ScratchServer for LocalServer {
    fn connection(&self) -> &Connection {
        &self.connection
    }

    fn inert(&self) -> &[Inert] {
        &self.inert
    }

    async fn stop(mut self: Box<Self>) -> Result<()> {
        match self.parts.take() {
            Some(parts) => blocking(move || parts.clear()).await,
            None => Ok(()),
        }
    }
}
