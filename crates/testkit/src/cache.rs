//! The cache folder: what set-up fetched and what was built once for all tests.
//!
//! Things are built in a folder of their own under a file lock and published by renaming, so that parallel
//! test processes never see half of one and a killed builder leaves only a folder that the next one sweeps.
//! Everything but data directories can be read by every user: as root the servers run as another one.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::account::Account;
use crate::error::{Context, Error, Result};

/// Where set-up and tests keep what is expensive to make.
///
/// `PARTMAN_TEST_CACHE` if set; else `/var/cache/partman-test` for root (whose home other users cannot
/// enter, but servers run as another user) and `partman-test` in the user's cache folder for everybody else.
/// `scripts/setup.sh` follows the same rule.
///
/// # Errors
///
/// When neither `PARTMAN_TEST_CACHE`, `XDG_CACHE_HOME` nor `HOME` says where.
pub fn cache_dir() -> Result<PathBuf> {
    let variable = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(dir) = variable("PARTMAN_TEST_CACHE") {
        return Ok(dir);
    }
    if Account::of_servers() == Account::Nobody {
        return Ok(PathBuf::from("/var/cache/partman-test"));
    }
    variable("XDG_CACHE_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".cache")))
        .map(|base| base.join("partman-test"))
        .ok_or_else(|| {
            Error::new("there is no cache folder")
                .help("set PARTMAN_TEST_CACHE, XDG_CACHE_HOME or HOME")
        })
}

/// Returns `target`, having built it first unless it is there.
///
/// `build` gets a fresh folder beside the target, which is renamed to it when `build` succeeds.
pub(crate) fn build_once(target: &Path, build: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    if target.is_dir() {
        return Ok(());
    }
    let parent = target
        .parent()
        .ok_or_else(|| Error::new("a cache entry needs a folder above it"))?;
    shared_folder(parent)?;
    let _lock = lock(&beside(target, "lock"))?;
    if target.is_dir() {
        return Ok(());
    }
    let draft = beside(target, "building");
    if draft.exists() {
        fs::remove_dir_all(&draft).context(|| format!("could not sweep {}", draft.display()))?;
    }
    shared_folder(&draft)?;
    build(&draft)?;
    fs::rename(&draft, target).context(|| format!("could not publish {}", target.display()))
}

/// Makes a folder and those above it, enterable by every user whatever our umask is.
pub(crate) fn shared_folder(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        shared_folder(parent)?;
    }
    match fs::create_dir(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(error).context(|| format!("could not make the folder {}", path.display()))
        }
        _ => fs::set_permissions(path, Permissions::from_mode(0o755))
            .context(|| format!("could not open up the folder {}", path.display())),
    }
}

/// The same path with something added to its last name; `with_extension` would eat part of a version number.
fn beside(target: &Path, suffix: &str) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

/// Waits for the exclusive lock on a file; it is released when the returned file is closed.
fn lock(path: &Path) -> Result<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path);
    let file = file.context(|| format!("could not open the lock file {}", path.display()))?;
    file.lock()
        .context(|| format!("could not lock {}", path.display()))?;
    Ok(file)
}
