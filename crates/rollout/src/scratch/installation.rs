//! A PostgreSQL installation on this machine, and a copy of it with extension files of its own.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::ScratchError;

/// Where a PostgreSQL's programs, libraries and shared files are.
#[derive(Debug, Clone)]
pub struct Installation {
    bin: PathBuf,
    lib: PathBuf,
    share: PathBuf,
}

/// There is no PostgreSQL server on this machine.
#[derive(Debug, thiserror::Error)]
#[error(
    "no PostgreSQL server is installed here that a throwaway one could be made from; install one (Debian: apt-get install postgresql), or name its folder of programs"
)]
pub struct NoInstallation;

impl Installation {
    /// The one with these programs, else the newest of Debian's, else the one that `pg_config` knows.
    ///
    /// # Errors
    /// [`NoInstallation`].
    pub fn find(bin: Option<&Path>) -> Result<Self, NoInstallation> {
        if let Some(bin) = bin {
            return Self::at(bin).ok_or(NoInstallation);
        }
        let mut debian: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
            .map(|entries| {
                entries
                    .flatten()
                    .map(|entry| entry.path().join("bin"))
                    .collect()
            })
            .unwrap_or_default();
        debian.sort_by_key(|bin| {
            bin.parent()
                .and_then(Path::file_name)
                .and_then(|n| n.to_str()?.parse::<u32>().ok())
        });
        let asked = ask(Path::new("pg_config"), "--bindir");
        debian
            .into_iter()
            .rev()
            .chain(asked)
            .find_map(|bin| Self::at(&bin))
            .ok_or(NoInstallation)
    }

    fn at(bin: &Path) -> Option<Self> {
        if !bin.join("initdb").is_file() || !bin.join("postgres").is_file() {
            return None;
        }
        let config = bin.join("pg_config");
        let lib = ask(&config, "--pkglibdir").or_else(|| Some(bin.parent()?.join("lib")))?;
        let share = ask(&config, "--sharedir").or_else(|| debian_share(bin))?;
        Some(Self {
            bin: bin.to_owned(),
            lib,
            share,
        })
    }

    /// The path of one of its programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    /// Where everything of it is in a copy that begins at `root`. The server finds its other files by the way from its
    /// own program to them, so that way is kept.
    pub(super) fn inside(&self, root: &Path) -> Self {
        let inside = |path: &Path| root.join(path.strip_prefix("/").unwrap_or(path));
        Self {
            bin: inside(&self.bin),
            lib: inside(&self.lib),
            share: inside(&self.share),
        }
    }

    /// Copies what has to be copied, links the rest, and adds `extension_files`.
    pub(super) fn copy_to(
        &self,
        copy: &Self,
        extension_files: Option<&Path>,
    ) -> Result<(), ScratchError> {
        let doing = || {
            ScratchError::io(format!(
                "copy the PostgreSQL installation in {}",
                self.bin.display()
            ))
        };
        fs::create_dir_all(&copy.bin).map_err(doing())?;
        for program in ["initdb", "postgres"] {
            fs::copy(self.program(program), copy.program(program)).map_err(doing())?;
        }
        if let Some(parent) = copy.lib.parent() {
            fs::create_dir_all(parent).map_err(doing())?;
        }
        symlink(&self.lib, &copy.lib).map_err(doing())?;
        copy_tree(&self.share, &copy.share).map_err(doing())?;
        if let Some(files) = extension_files {
            let add = || {
                ScratchError::io(format!(
                    "copy the extension's files from {}",
                    files.display()
                ))
            };
            for entry in fs::read_dir(files).map_err(add())? {
                let file = entry.map_err(add())?;
                fs::copy(
                    file.path(),
                    copy.share.join("extension").join(file.file_name()),
                )
                .map_err(add())?;
            }
        }
        Ok(())
    }
}

fn ask(pg_config: &Path, what: &str) -> Option<PathBuf> {
    let output = Command::new(pg_config)
        .arg(what)
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    path.is_absolute().then_some(path)
}

/// Debian keeps `pg_config` in a package of its own: /usr/lib/postgresql/15/bin goes with /usr/share/postgresql/15.
fn debian_share(bin: &Path) -> Option<PathBuf> {
    let version = bin.parent()?.file_name()?;
    let share = Path::new("/usr/share/postgresql").join(version);
    share.is_dir().then_some(share)
}

fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        // Debian links time zones and templates to where other packages have them.
        match fs::metadata(entry.path()) {
            Ok(found) if found.is_dir() => copy_tree(&entry.path(), &target)?,
            Ok(_) => fs::copy(entry.path(), &target).map(drop)?,
            Err(_) => {}
        }
    }
    Ok(())
}
