//! PostgreSQL's programs of an image, run in a container that was made for it.
//!
//! They write and read the backup directory under its own path and as this user, so that what they make is as if it had
//! been made here. A password goes into a program's environment and nowhere else. Making the container costs about a
//! second, each program a tenth.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use docker_probe::{Command, OneOff, OneOffOptions};
use pg_backup::{Argument, Call, Connection, Finished, Sink, Tool, Toolbox, Version};
use secrecy::SecretString;
use tokio::io::AsyncReadExt;
use tokio_util::sync::CancellationToken;

use super::keeper::Keeper;
use super::{Workshop, failed};
use crate::backups::{Error, Kind};

/// No limit: a dump takes what it takes.
const FOREVER: Duration = Duration::from_secs(u32::MAX as u64);
/// What is on its way from a program to whoever reads it.
const PIPE: usize = 256 << 10;
const LONGEST_COMPLAINT: usize = 8 << 10;

/// Prints the folder of the programs, then the version of each. Distributions keep some programs out of the way.
const LOOK: &str = r#"
for folder in "$(dirname -- "$(command -v postgres)")" /usr/lib/postgresql/*/bin /usr/libexec/postgresql* /usr/local/bin /usr/bin; do
    if [ -x "$folder/pg_dump" ] && [ -x "$folder/pg_restore" ] && [ -x "$folder/postgres" ]; then
        echo "$folder"
        for program in pg_dump pg_restore pg_dumpall; do "$folder/$program" --version || echo none; done
        exit 0
    fi
done
echo "the image has no pg_dump and pg_restore" >&2
exit 1
"#;

/// Files that libpq reads by a name in its environment.
const FILES: [&str; 4] = ["PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGSSLCRL"];

/// The programs of an image.
pub(in crate::backups) struct ContainerTools {
    one_off: Arc<OneOff>,
    keeper: Mutex<Option<Keeper>>,
    /// Whom the programs run as: this user, by number.
    user: String,
    folder: String,
    dump: Version,
    restore: Version,
    dump_all: Option<Version>,
    /// The server's port, where the container shares the server's network.
    port: Option<u16>,
}

impl ContainerTools {
    /// Programs that reach the workshop's server and write into `directory`.
    ///
    /// # Errors
    /// No container can be made, or its image has no such programs.
    pub(in crate::backups) async fn beside_server(
        workshop: &Workshop,
        directory: &Path,
        connection: &Connection,
    ) -> Result<Self, Error> {
        let options = workshop.options().writing(directory);
        let Some(server) = &workshop.server else {
            return Self::start(workshop, options, None).await;
        };
        let named = |variable: &&str| connection.variable_value(variable);
        let files = FILES.iter().filter_map(named);
        let there = files.filter(|file| Path::new(file).is_file());
        let options = there.fold(options.network(&server.network), OneOffOptions::reading);
        Self::start(workshop, options, Some(server.port)).await
    }

    /// Programs that only read `directory`, without a network.
    ///
    /// # Errors
    /// As [`ContainerTools::beside_server`].
    pub(in crate::backups) async fn reading(
        workshop: &Workshop,
        directory: &Path,
    ) -> Result<Self, Error> {
        let options = workshop.options().reading(directory);
        Self::start(workshop, options, None).await
    }

    pub(super) async fn start(
        workshop: &Workshop,
        options: OneOffOptions,
        port: Option<u16>,
    ) -> Result<Self, Error> {
        let doing = format!("could not use the programs of image {}", workshop.image);
        let no = |e| failed(&doing, e);
        let helper = workshop.helper.as_ref();
        let keeper = helper.map(|helper| Keeper::start(helper, &workshop.docker, options.name()));
        let keeper = keeper.transpose()?;
        let one_off = workshop.docker.one_off(&options).await.map_err(no)?;
        let look = Command::new("sh").args(["-c", LOOK]);
        let said = one_off.exec(&look, &doing).await.map_err(no)?.text();
        let mut lines = said.lines();
        let folder = lines.next().unwrap_or_default().to_owned();
        let mut version = || lines.next().and_then(Version::parse);
        let (Some(dump), Some(restore), dump_all) = (version(), version(), version()) else {
            let message = format!("{doing}: they don't tell their versions");
            return Err(Error::new(Kind::Tools, message));
        };
        let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
        Ok(Self {
            one_off: Arc::new(one_off),
            keeper: Mutex::new(keeper),
            user: format!("{}:{}", uid.as_raw(), gid.as_raw()),
            folder,
            dump,
            restore,
            dump_all,
            port,
        })
    }

    /// The id of the container that they run in.
    pub(in crate::backups) fn container(&self) -> &str {
        self.one_off.id()
    }

    /// The container that they run in.
    pub(super) fn one_off(&self) -> &Arc<OneOff> {
        &self.one_off
    }

    /// The folder of the programs in the image.
    pub(super) fn folder(&self) -> &str {
        &self.folder
    }

    /// Removes the container. It would go anyway, but a moment later.
    pub(in crate::backups) async fn end(&self) {
        self.one_off.end().await;
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut keeper) = keeper.take() {
            keeper.dismiss();
        }
    }

    fn command(&self, call: &mut Call) -> Command {
        let words = call.arguments.iter().map(|argument| match argument {
            Argument::Text(text) => text.to_string_lossy().into_owned(),
            Argument::Path(path) => path.to_string_lossy().into_owned(),
        });
        let mut command = Command::new(format!("{}/{}", self.folder, call.tool.name()))
            .args(words)
            .user(&self.user)
            .within(FOREVER)
            .env("LC_ALL", "C".to_owned())
            .input(std::mem::take(&mut call.input));
        let connection = call.connection.as_ref();
        for (name, value) in connection.map(Connection::environment).unwrap_or_default() {
            command = command.env(name, value);
        }
        for (name, value) in connection.into_iter().flat_map(|one| self.address(one)) {
            command = command.env(name, SecretString::from(value));
        }
        for (name, value) in std::mem::take(&mut call.variables) {
            command = command.env(name, SecretString::from(value));
        }
        command
    }

    /// From beside the server it is here, whatever address it has elsewhere. The name stays: certificates are for names.
    fn address(&self, connection: &Connection) -> Vec<(&'static str, String)> {
        let Some(port) = self.port else {
            return Vec::new();
        };
        let name = connection.variable_value("PGHOST").unwrap_or_default();
        let name = name.split(',').next().unwrap_or_default();
        let name = match name.is_empty() || name.starts_with('/') {
            true => "localhost",
            false => name,
        };
        vec![
            ("PGHOST", name.to_owned()),
            ("PGHOSTADDR", "127.0.0.1".to_owned()),
            ("PGPORT", port.to_string()),
        ]
    }

    async fn finished(&self, mut call: Call) -> Result<Finished, Error> {
        let command = self.command(&mut call);
        let doing = format!("could not run {} in a container", call.tool.name());
        let (mut ours, theirs) = tokio::io::duplex(PIPE);
        let reader = tokio::spawn(drain(theirs, call.output));
        let ran = self.one_off.exec_into(&command, &mut ours).await;
        drop(ours);
        let output = reader
            .await
            .unwrap_or_else(|e| Err(std::io::Error::other(e)));
        let (errors, code) = match (ran, &output) {
            (Ok(ran), _) => ran,
            (Err(e), Ok(_)) => return Err(failed(&doing, e)),
            (Err(_), Err(why)) => {
                return Err(Error::new(Kind::Io, doing).with_source(why.to_string()));
            }
        };
        let tail = &errors[errors.len().saturating_sub(LONGEST_COMPLAINT)..];
        let errors = String::from_utf8_lossy(tail).trim().to_owned();
        // A program that failed and said why is more to the point than a reader that missed the rest.
        let output = match output {
            Err(e) if code == 0 || errors.is_empty() => {
                return Err(Error::new(Kind::Io, doing).with_source(e));
            }
            output => output.unwrap_or_default(),
        };
        Ok(Finished {
            code: i32::try_from(code).ok(),
            signal: None,
            output,
            errors,
        })
    }
}

#[async_trait]
impl Toolbox for ContainerTools {
    fn version(&self, tool: Tool) -> Option<&Version> {
        match tool {
            Tool::Dump => Some(&self.dump),
            Tool::Restore => Some(&self.restore),
            Tool::DumpAll => self.dump_all.as_ref(),
        }
    }

    async fn run(&self, call: Call, cancel: &CancellationToken) -> Result<Finished, Error> {
        tokio::select! {
            finished = self.finished(call) => finished,
            () = cancel.cancelled() => {
                self.one_off.end().await;
                Err(Error::new(Kind::Cancelled, "stopped because it was asked to"))
            }
        }
    }
}

/// Passes on what comes. A writer may take its time, so it has a thread where it may.
async fn drain(mut from: tokio::io::DuplexStream, sink: Sink) -> std::io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let mut writer = match sink {
        Sink::Keep | Sink::Discard => {
            from.read_to_end(&mut kept).await?;
            return Ok(kept);
        }
        Sink::To(writer) => writer,
    };
    let (send, mut blocks) = tokio::sync::mpsc::channel::<Vec<u8>>(4);
    let written = tokio::task::spawn_blocking(move || {
        while let Some(block) = blocks.blocking_recv() {
            writer.write_all(&block)?;
        }
        writer.flush()
    });
    loop {
        let mut block = Vec::with_capacity(PIPE);
        if from.read_buf(&mut block).await? == 0 || send.send(block).await.is_err() {
            break;
        }
    }
    drop((send, from));
    written.await.map_err(std::io::Error::other)??;
    Ok(kept)
}
