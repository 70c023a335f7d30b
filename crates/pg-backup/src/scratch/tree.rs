//! An installation of PostgreSQL under another root, with an extension folder of its own.
//!
//! PostgreSQL finds its files relative to its programs. So only the two programs are copied (9 MB); libraries and
//! everything shared are links to the installed ones, but for the extension folder, which is a folder of links where
//! some files can be replaced. The installed files are never written to.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, FileContext, Kind, Result};
use crate::tools::forget_libpq;

const PROGRAMS: [&str; 2] = ["postgres", "initdb"];

/// Where an installation keeps its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Installed {
    programs: PathBuf,
    libraries: PathBuf,
    shared: PathBuf,
}

impl Installed {
    /// Asks the installation itself.
    pub(super) fn ask(programs: &Path) -> Result<Self> {
        let pg_config = programs.join("pg_config");
        let mut command = Command::new(&pg_config);
        forget_libpq(&mut command);
        let output = command
            .args(["--bindir", "--pkglibdir", "--sharedir"])
            .output()
            .at("run", &pg_config)?;
        let text = String::from_utf8_lossy(&output.stdout);
        match text
            .lines()
            .map(PathBuf::from)
            .collect::<Vec<_>>()
            .as_slice()
        {
            [programs, libraries, shared] => Ok(Self {
                programs: programs.clone(),
                libraries: libraries.clone(),
                shared: shared.clone(),
            }),
            _ => Err(Error::new(
                Kind::Tools,
                format!(
                    "{} does not tell where PostgreSQL's files are",
                    pg_config.display()
                ),
            )),
        }
    }

    /// Builds the tree below `root` and returns the folder of its programs. `extensions` are names and the folders that
    /// have their files.
    pub(super) fn relocate(
        &self,
        root: &Path,
        extensions: &[(String, PathBuf)],
    ) -> Result<PathBuf> {
        let base = self.common_ancestor();
        let moved = |path: &Path| root.join(path.strip_prefix(&base).unwrap_or(path));
        let programs = moved(&self.programs);
        fs::create_dir_all(&programs).at("make", &programs)?;
        for name in PROGRAMS {
            let from = self.programs.join(name);
            fs::copy(&from, programs.join(name)).at("copy", &from)?;
        }
        let libraries = moved(&self.libraries);
        if let Some(above) = libraries.parent() {
            fs::create_dir_all(above).at("make", above)?;
        }
        symlink(&self.libraries, &libraries).at("link to", &self.libraries)?;
        let shared = moved(&self.shared);
        link_all(&self.shared, &shared, |name| name != "extension")?;
        let folder = shared.join("extension");
        let is_replaced = |file: &OsStr| extensions.iter().any(|(name, _)| belongs(file, name));
        link_all(&self.shared.join("extension"), &folder, |file| {
            !is_replaced(file)
        })?;
        for (name, source) in extensions {
            copy_extension(name, source, &folder)?;
        }
        Ok(programs)
    }

    fn common_ancestor(&self) -> PathBuf {
        let holds_all =
            |path: &&Path| self.libraries.starts_with(path) && self.shared.starts_with(path);
        self.programs
            .ancestors()
            .find(holds_all)
            .unwrap_or(Path::new("/"))
            .to_owned()
    }
}

/// `pg_partman.control`, `pg_partman--5.2.4.sql`, but not `pg_partman_other.control`.
fn belongs(file: &OsStr, extension: &str) -> bool {
    let file = file.to_string_lossy();
    file.strip_prefix(extension)
        .is_some_and(|rest| rest == ".control" || rest.starts_with("--"))
}

fn link_all(from: &Path, to: &Path, wanted: impl Fn(&OsStr) -> bool) -> Result<()> {
    fs::create_dir_all(to).at("make", to)?;
    for entry in fs::read_dir(from).at("read", from)? {
        let entry = entry.at("read", from)?;
        if wanted(&entry.file_name()) {
            symlink(entry.path(), to.join(entry.file_name())).at("link to", &entry.path())?;
        }
    }
    Ok(())
}

fn copy_extension(name: &str, from: &Path, to: &Path) -> Result<()> {
    let mut copied = 0;
    for entry in fs::read_dir(from).at("read", from)? {
        let entry = entry.at("read", from)?;
        if belongs(&entry.file_name(), name) {
            fs::copy(entry.path(), to.join(entry.file_name())).at("copy", &entry.path())?;
            copied += 1;
        }
    }
    if copied > 0 {
        return Ok(());
    }
    Err(Error::new(
        Kind::Extension,
        format!("{} has no files of the extension {name}", from.display()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_below_the_root_is_the_installed_one() {
        let at = |programs: &str, libraries: &str, shared: &str| Installed {
            programs: programs.into(),
            libraries: libraries.into(),
            shared: shared.into(),
        };
        let debian = at(
            "/usr/lib/postgresql/15/bin",
            "/usr/lib/postgresql/15/lib",
            "/usr/share/postgresql/15",
        );
        assert_eq!(debian.common_ancestor(), Path::new("/usr"));
        let alpine = at(
            "/usr/local/bin",
            "/usr/local/lib/postgresql",
            "/usr/local/share/postgresql",
        );
        assert_eq!(alpine.common_ancestor(), Path::new("/usr/local"));
    }

    #[test]
    fn files_of_an_extension_are_told_from_those_of_its_neighbours() {
        let belongs = |file: &str| belongs(OsStr::new(file), "pg_partman");
        assert!(
            belongs("pg_partman.control")
                && belongs("pg_partman--5.2.4.sql")
                && belongs("pg_partman--5.2.3--5.2.4.sql")
        );
        assert!(!belongs("pg_partman_extra.control") && !belongs("pg_part.control"));
    }
}
