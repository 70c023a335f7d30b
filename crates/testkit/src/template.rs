//! The data directory that every cluster begins as: `initdb` runs once and is copied afterwards.
//!
//! Connections over TCP need the superuser's password (drawn at random when the template is made and kept
//! beside it); those over the socket, whose folder nobody else can enter, do not.

use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::account::Account;
use crate::cache::build_once;
use crate::error::{Context, Error, Result};
use crate::installation::{Installation, Partman, cache_for_this_server};

const ACCESS: &str = "\
local all         all              trust
local replication all              trust
host  all         all 127.0.0.1/32 scram-sha-256
host  replication all 127.0.0.1/32 scram-sha-256
";

const SETTINGS: &str = "\
listen_addresses = '127.0.0.1'
max_connections = 100
shared_buffers = 32MB
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d %a '
log_statement = 'none'
unix_socket_permissions = 0700
";

/// A cluster that has never run.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) data: PathBuf,
    pub(crate) password: String,
}

impl Template {
    /// The template for the installed server, made when it is first asked for.
    pub(crate) fn get() -> Result<Self> {
        let folder = cache_for_this_server()?.join("template");
        build_once(&folder, build)?;
        let file = folder.join("password");
        let password =
            fs::read_to_string(&file).context(|| format!("could not read {}", file.display()))?;
        Ok(Self {
            data: folder.join("data"),
            password,
        })
    }
}

fn build(folder: &Path) -> Result<()> {
    let account = Account::of_servers();
    let password = folder.join("password");
    write_private(&password, &random_word()?)?;
    account.give(&password)?;
    let data = folder.join("data");
    fs::create_dir(&data).context(|| format!("could not make {}", data.display()))?;
    account.give(&data)?;
    initdb(account, &data, &password)?;
    append(&data.join("postgresql.conf"), SETTINGS)?;
    fs::write(data.join("pg_hba.conf"), ACCESS)
        .context(|| format!("could not write {}/pg_hba.conf", data.display()))
}

fn initdb(account: Account, data: &Path, password: &Path) -> Result<()> {
    let program = installation_without_partman()?.bin().join("initdb");
    let output = account
        .command(&program)
        .args([
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--auth=scram-sha-256",
        ])
        .args(["--no-sync", "--no-instructions"])
        .arg(format!("--pwfile={}", password.display()))
        .arg(format!("--pgdata={}", data.display()))
        .output()
        .context(|| format!("could not run {}", program.display()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::new("initdb failed")
        .because(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

fn installation_without_partman() -> Result<Installation> {
    Installation::shared(Partman::None)
}

pub(crate) fn append(file: &Path, text: &str) -> Result<()> {
    let failed = || format!("could not add settings to {}", file.display());
    let mut whole = fs::read_to_string(file).context(failed)?;
    whole.push_str(text);
    fs::write(file, whole).context(failed)
}

fn write_private(file: &Path, text: &str) -> Result<()> {
    let failed = || format!("could not write {}", file.display());
    fs::write(file, "").context(failed)?;
    fs::set_permissions(file, Permissions::from_mode(0o600)).context(failed)?;
    fs::write(file, text).context(failed)
}

fn random_word() -> Result<String> {
    let mut bytes = [0_u8; 16];
    let mut source = File::open("/dev/urandom").context(|| "could not open /dev/urandom".into())?;
    source
        .read_exact(&mut bytes)
        .context(|| "could not read /dev/urandom".into())?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
