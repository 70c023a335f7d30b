//! What the tests of the program share: a folder, a database, and the program between them.
#![allow(dead_code, reason = "each test binary uses its own part of it")]

pub(crate) mod beside;
pub(crate) mod engine;
pub(crate) mod interrupted;
pub(crate) mod site;

use assert_cmd::Command;
use partman_testkit::TestDb;
use serde_json::Value;
use tempfile::TempDir;

/// A project: a folder of its own and a database, which the program is told of by libpq's environment.
pub(crate) struct Project {
    pub(crate) folder: TempDir,
    pub(crate) db: TestDb,
}

impl Project {
    pub(crate) fn of(db: TestDb) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder, db }
    }

    /// The program, with these arguments.
    pub(crate) fn partman(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("partman").expect("it is built");
        command
            .env_clear()
            .envs(self.db.envs())
            .current_dir(self.folder.path())
            .args(arguments);
        command
    }

    /// What it answers in JSON, having ended with this code.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str], code: i32) -> Value {
        let assert = self
            .partman(arguments)
            .args(["--format", "json"])
            .assert()
            .code(code);
        let stdout = &assert.get_output().stdout;
        serde_json::from_slice(stdout)
            .unwrap_or_else(|e| panic!("{arguments:?}: {e}: {}", String::from_utf8_lossy(stdout)))
    }

    /// Writes a file into the folder.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("the folder can be written to");
    }
}
