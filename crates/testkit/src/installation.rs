//! Relocated copies of the PostgreSQL installation, each with its own extension folder.
//!
//! Debian's build finds its share folder relative to its programs, so a tree with the same layout under
//! another root works as it is. A copy costs next to nothing where hard links are possible. There is one per
//! pg_partman version in the cache; the system's own extension folder is never touched.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::account::Account;
use crate::cache::{build_once, cache_dir, shared_folder};
use crate::error::{Context, Error, Result};

const PROGRAMS: &str = "usr/lib/postgresql/15";
const SHARE: &str = "usr/share/postgresql/15";
const SET_UP: &str = "`make setup` installs what the tests need";

/// Which version of pg_partman a server offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Partman {
    /// No files of pg_partman at all: `CREATE EXTENSION` fails.
    None,
    /// The last of the 4.x line, as in Debian bookworm.
    V4_7_2,
    /// As in Debian trixie.
    V5_2_4,
    /// As in Debian sid.
    V5_5_0,
}

impl Partman {
    /// Every version of pg_partman that is supported; `None` is not one.
    pub const ALL: [Self; 3] = [Self::V4_7_2, Self::V5_2_4, Self::V5_5_0];

    /// The version as PostgreSQL writes it, such as `5.2.4`.
    #[must_use]
    pub fn version(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::V4_7_2 => Some("4.7.2"),
            Self::V5_2_4 => Some("5.2.4"),
            Self::V5_5_0 => Some("5.5.0"),
        }
    }

    /// The folder with this version's control and script files, as set-up fetched them.
    ///
    /// # Errors
    ///
    /// When set-up has not fetched them, and for [`Partman::None`], which has none.
    pub fn files(self) -> Result<PathBuf> {
        let version = self
            .version()
            .ok_or_else(|| Error::new("`Partman::None` has no files"))?;
        let folder = cache_dir()?.join("pg_partman").join(version);
        if folder.join("pg_partman.control").is_file() {
            return Ok(folder);
        }
        Err(Error::new(format!(
            "pg_partman {version} is not in {}",
            folder.display()
        ))
        .help(SET_UP))
    }
}

/// A PostgreSQL installation that tests may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    root: PathBuf,
}

impl Installation {
    /// The shared copy with exactly this version of pg_partman; made when it is first asked for.
    ///
    /// It belongs to all tests: one that changes the extension folder asks its cluster for a private copy
    /// ([`ClusterOptions::private_installation`](crate::ClusterOptions::private_installation)).
    ///
    /// # Errors
    ///
    /// When PostgreSQL 15 or the files of pg_partman are missing, or the cache folder cannot be used.
    pub fn shared(partman: Partman) -> Result<Self> {
        let root = cache_for_this_server()?.join(
            partman
                .version()
                .map_or("none".into(), |v| format!("pg_partman-{v}")),
        );
        build_once(&root, |draft| build(partman, draft))?;
        Ok(Self { root })
    }

    pub(crate) fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder that stands for `/`.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder with `postgres`, `psql`, `pg_dump` and the rest.
    #[must_use]
    pub fn bin(&self) -> PathBuf {
        self.root.join(PROGRAMS).join("bin")
    }

    /// The folder that the server reads control and script files from.
    #[must_use]
    pub fn extension_dir(&self) -> PathBuf {
        self.root.join(SHARE).join("extension")
    }
}

/// The part of the cache that goes with the PostgreSQL that is installed now; an upgrade gets a new one.
pub(crate) fn cache_for_this_server() -> Result<PathBuf> {
    let server = Path::new("/").join(PROGRAMS).join("bin/postgres");
    let found = fs::metadata(&server).map_err(|e| {
        Error::new(format!("PostgreSQL 15 is missing: {}", server.display()))
            .because(e)
            .help(SET_UP)
    })?;
    Ok(cache_dir()?
        .join("servers")
        .join(format!("15-{:x}-{:x}", found.mtime(), found.size())))
}

fn build(partman: Partman, root: &Path) -> Result<()> {
    for tree in [PROGRAMS, SHARE] {
        let target = root.join(tree);
        shared_folder(target.parent().unwrap_or(root))?;
        copy_tree(&Path::new("/").join(tree), &target)?;
    }
    let copy = Installation::at(root.to_owned());
    for file in extension_files(&copy.extension_dir())? {
        fs::remove_file(&file).context(|| format!("could not remove {}", file.display()))?;
    }
    if partman != Partman::None {
        for file in extension_files(&partman.files()?)? {
            let target = copy
                .extension_dir()
                .join(file.file_name().unwrap_or_default());
            fs::copy(&file, &target).context(|| format!("could not copy {}", file.display()))?;
        }
    }
    check_that_it_can_be_reached(&copy)
}

/// Copies with hard links, which take neither time nor room; across file systems and for files of another
/// owner the kernel refuses those, and the bytes are copied.
fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    let copy = |how: &str| Command::new("cp").arg(how).arg(from).arg(to).output();
    let failed = || format!("could not copy {} to {}", from.display(), to.display());
    if copy("-al").context(failed)?.status.success() {
        return Ok(());
    }
    if to.exists() {
        fs::remove_dir_all(to).context(failed)?;
    }
    let output = copy("-a").context(failed)?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::new(failed()).because(String::from_utf8_lossy(&output.stderr).into_owned()))
}

fn extension_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = || format!("could not list {}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).context(failed)? {
        let entry = entry.context(failed)?;
        if entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(b"pg_partman")
        {
            files.push(entry.path());
        }
    }
    Ok(files)
}

/// Looks at the copy as the account that will run it, so that a cache in a closed folder is told as such. (Starting
/// a program would tell nothing: setpriv(1) still has root's rights while it does that.)
fn check_that_it_can_be_reached(copy: &Installation) -> Result<()> {
    let server = copy.bin().join("postgres");
    let status = Account::of_servers()
        .command("test")
        .arg("-x")
        .arg(&server)
        .status();
    if status.context(|| "could not run test(1)".into())?.success() {
        return Ok(());
    }
    let what = format!(
        "the user that servers run as cannot reach {}",
        server.display()
    );
    Err(Error::new(what).help("set PARTMAN_TEST_CACHE to a folder that every user can enter"))
}
