//! What the surroundings contribute to the settings: variables, the home directory, the user's name.
//!
//! Everything comes in through this one value, so that resolving is a function of its arguments (and of the files that
//! they name); only [`Environment::from_process`] looks at the process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The surroundings of a program, as far as connection settings depend on them.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    home: Option<PathBuf>,
    user: Option<String>,
    socket_directories: Vec<PathBuf>,
}

impl Environment {
    /// No variables, no home, no user name, no socket directories.
    pub fn empty() -> Self {
        Self::default()
    }

    /// That of this process. Variables that aren't UTF-8 are left out.
    pub fn from_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self {
            variables,
            home: std::env::home_dir().filter(|home| !home.as_os_str().is_empty()),
            user: whoami::username().ok(),
            socket_directories: vec!["/var/run/postgresql".into(), "/tmp".into()],
        }
    }

    /// The same with this variable.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// The same with this home directory.
    #[must_use]
    pub fn with_home(mut self, home: impl Into<PathBuf>) -> Self {
        self.home = Some(home.into());
        self
    }

    /// The same with this name of the operating system's user.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// The same with one more directory in which a server's socket is looked for when no host is named.
    #[must_use]
    pub fn with_socket_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.socket_directories.push(directory.into());
        self
    }

    /// The variable of this name, unless it is unset or empty.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(name)?;
        (!value.is_empty()).then_some(value)
    }

    /// A file below the home directory.
    pub(super) fn in_home(&self, path: impl AsRef<Path>) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(path))
    }

    /// Whether libpq would look for a server's socket here by itself.
    pub(super) fn is_default_socket_directory(&self, directory: &Path) -> bool {
        self.socket_directories.iter().any(|d| d == directory)
    }

    pub(super) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The first directory in which a server listens on this port.
    pub(super) fn socket_directory(&self, port: u16) -> Option<&Path> {
        let socket = format!(".s.PGSQL.{port}");
        let found = |directory: &&PathBuf| directory.join(&socket).exists();
        self.socket_directories
            .iter()
            .find(found)
            .map(PathBuf::as_path)
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("home", &self.home)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}
