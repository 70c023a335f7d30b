//! A scratch server in a container of the very image: the same PostgreSQL, the same C library, no network at all.
//!
//! The server is reached by its socket, in a private folder that the container shares with us, and by nothing else. The
//! image's own start-up (its init folder, its users) is not run; the cluster is made anew in a volume that goes with the
//! container. Nothing is preloaded, nothing acts by itself. The extension's files, if the image lacks the version that the
//! backup needs, are put into this container only.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use docker_probe::extension::Bundle;
use docker_probe::{Command, OneOff};
use pg_backup::{
    Connection, Inert, Manifest, PrivateFolder, SCRATCH_SETTINGS, Scratch, ScratchServer, Tool,
    Toolbox,
};
use tokio_util::sync::CancellationToken;

use super::{ContainerTools, Workshop, failed};
use crate::backups::{Error, Kind};

const VOLUME: &str = "/partman-scratch";
const PORT: u16 = 5432;

/// As root: gives the account a name, without which `initdb` does nothing, and a folder.
const PREPARE: &str = r#"
grep -q "^[^:]*:[^:]*:$1:" /etc/passwd || echo "partman:x:$1:$2::/:/bin/sh" >>/etc/passwd
mkdir -m 700 -p "$3/data" && chown "$1:$2" "$3" "$3/data"
"#;

/// As the account: programs, folder and socket's folder, then the settings.
const START: &str = r#"
umask 077
programs=$1 folder=$2 log=$2/server.log
shift 2
cd "$folder" || exit
"$programs/initdb" -D "$folder/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync >"$log" 2>&1 \
    && printf '%s\n' "$@" >>"$folder/data/postgresql.auto.conf" \
    && "$programs/pg_ctl" -D "$folder/data" -s -w -t 120 -l "$log" start >/dev/null 2>&1 \
    && exit 0
tail -n 8 "$log" >&2
exit 1
"#;

/// As root: the files are in a folder of ours; what the image has of the extension gives way to them.
const REPLACE: &str = r#"
from=$1 to=$2/extension name=$3
cd "$to" && rm -f -- "$name".control "$name"--*.sql "$name"--*.control && cp -- "$from"/* . && chmod 644 "$name".control "$name"--*
"#;

/// The server is asked: images need not have `pg_config`.
const SHARED: &str = "SELECT setting FROM pg_catalog.pg_config() WHERE name = 'SHAREDIR'";

/// A container that is to be a scratch server, and the programs in it.
pub(in crate::backups) struct ScratchPlace {
    folder: PrivateFolder,
    pub(in crate::backups) tools: ContainerTools,
}

impl ScratchPlace {
    /// Makes the container; it sees the backup directory, but can't write to it.
    ///
    /// # Errors
    /// As those of [`ContainerTools`]; or there can be no private folder.
    pub(in crate::backups) async fn new(
        workshop: &Workshop,
        directory: &Path,
    ) -> Result<Self, Error> {
        let folder = PrivateFolder::new(&std::env::temp_dir(), workshop.helper.as_ref())?;
        let options = workshop
            .options()
            .reading(directory)
            .writing(folder.path())
            .volume(VOLUME);
        let tools = ContainerTools::start(workshop, options, None).await?;
        Ok(Self { folder, tools })
    }

    /// The programs, and the scratch server in the same container.
    pub(in crate::backups) fn split(
        self,
        files: Option<Bundle>,
    ) -> (ContainerTools, ContainerScratch) {
        let scratch = ContainerScratch {
            one_off: Arc::clone(self.tools.one_off()),
            programs: self.tools.folder().to_owned(),
            major: self
                .tools
                .version(Tool::Dump)
                .map_or(0, pg_backup::Version::major),
            folder: Mutex::new(Some(self.folder)),
            files,
        };
        (self.tools, scratch)
    }
}

/// Starts one scratch server.
pub(in crate::backups) struct ContainerScratch {
    one_off: Arc<OneOff>,
    programs: String,
    major: u32,
    folder: Mutex<Option<PrivateFolder>>,
    files: Option<Bundle>,
}

struct ContainerServer {
    one_off: Arc<OneOff>,
    folder: PrivateFolder,
    connection: Connection,
    inert: Vec<Inert>,
}

impl ContainerScratch {
    async fn boot(&self, folder: &PrivateFolder) -> Result<Connection, Error> {
        let doing = "could not start a scratch server in a container";
        let (uid, gid) = folder.owner();
        let sockets = folder.path().to_string_lossy().into_owned();
        let prepare = Command::new("sh").args(["-c", PREPARE, "partman"]);
        let prepare = prepare.args([uid.to_string(), gid.to_string(), VOLUME.to_owned()]);
        let own = [
            format!("unix_socket_directories={sockets}"),
            format!("port={PORT}"),
        ];
        let usual = SCRATCH_SETTINGS.iter().map(|setting| (*setting).to_owned());
        let settings = usual.chain(own).map(|setting| line(&setting));
        let start = Command::new("sh")
            .args(["-c", START, "partman", &self.programs, VOLUME])
            .args(settings)
            .user(format!("{uid}:{gid}"))
            .env("LC_ALL", "C".to_owned())
            .within(std::time::Duration::from_secs(300));
        for command in [prepare, start] {
            let ran = self.one_off.exec(&command, doing).await;
            ran.map_err(|e| failed(doing, e))?;
        }
        Ok(Connection::new(&sockets, PORT, "postgres", "postgres"))
    }

    /// Puts the extension's files where this server looks for them.
    async fn equip(&self, folder: &PrivateFolder) -> Result<(), Error> {
        let Some(bundle) = &self.files else {
            return Ok(());
        };
        let doing = format!("could not give {} to the scratch server", bundle.extension);
        let place = folder.path().join("extension");
        let write = || -> std::io::Result<()> {
            fs::create_dir(&place)?;
            let mut files = bundle.files.iter();
            files.try_for_each(|file| fs::write(place.join(&file.name), &file.bytes))
        };
        write().map_err(|e| Error::new(Kind::Io, &doing).with_source(e))?;
        let sockets = folder.path().to_string_lossy().into_owned();
        let ask = Command::new(format!("{}/psql", self.programs));
        let ask = ask.args(["-X", "-At", "-U", "postgres", "-h", &sockets, "-c", SHARED]);
        let shared = self.one_off.exec(&ask, &doing).await;
        let shared = shared.map_err(|e| failed(&doing, e))?.text();
        let from = place.to_string_lossy().into_owned();
        let replace = Command::new("sh").args(["-c", REPLACE, "partman"]);
        let replace = replace.args([from, shared, bundle.extension.clone()]);
        let replaced = self.one_off.exec(&replace, &doing).await;
        replaced.map(drop).map_err(|e| failed(&doing, e))
    }
}

/// A line of the configuration.
fn line(setting: &str) -> String {
    let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
    format!("{name} = '{}'", value.replace('\'', "''"))
}

#[async_trait]
impl Scratch for ContainerScratch {
    async fn start(
        &self,
        manifest: &Manifest,
        cancel: &CancellationToken,
    ) -> Result<Box<dyn ScratchServer>, Error> {
        let wanted = manifest.server_version.major();
        if self.major != wanted {
            let message = format!(
                "the backup is of PostgreSQL {wanted}, the image has {}",
                self.major
            );
            return Err(Error::new(Kind::Version, message));
        }
        let folder = self
            .folder
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let folder = folder
            .ok_or_else(|| Error::new(Kind::Bug, "a scratch container makes one server only"))?;
        let started = async {
            let connection = self.boot(&folder).await?;
            self.equip(&folder).await?;
            Ok(connection)
        };
        let connection = tokio::select! {
            connection = started => connection?,
            () = cancel.cancelled() => {
                self.one_off.end().await;
                return Err(Error::new(Kind::Cancelled, "stopped because it was asked to"));
            }
        };
        Ok(Box::new(ContainerServer {
            one_off: Arc::clone(&self.one_off),
            folder,
            connection,
            inert: Inert::usual(),
        }))
    }
}

#[async_trait]
impl ScratchServer for ContainerServer {
    fn connection(&self) -> &Connection {
        &self.connection
    }

    fn inert(&self) -> &[Inert] {
        &self.inert
    }

    async fn stop(self: Box<Self>) -> Result<(), Error> {
        self.one_off.end().await;
        self.folder.remove()
    }
}
