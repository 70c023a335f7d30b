//! The hook in a real git repository, in front of a real database.

use std::path::Path;
use std::process::{Command, Output};

use partman_testkit::{Partman, TestDb, fixture};
use tempfile::TempDir;

struct Repository {
    folder: TempDir,
    path: String,
}

impl Repository {
    /// A repository with one commit, and a bare one beside it to push to.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let programs = assert_cmd::cargo::cargo_bin("partman-hook");
        let programs = programs
            .parent()
            .expect("a program is in a folder")
            .display()
            .to_string();
        let path = format!("{programs}:{}", std::env::var("PATH").unwrap_or_default());
        let this = Self { folder, path };
        for words in [
            "init -q --bare ../remote.git",
            "init -q -b main .",
            "-c user.name=t -c user.email=t@example.com commit -q --allow-empty -m first",
            "remote add origin ../remote.git",
        ] {
            let output = this.git(words, &[]);
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        this
    }

    fn work(&self) -> std::path::PathBuf {
        let work = self.folder.path().join("work");
        std::fs::create_dir_all(&work).expect("a folder");
        work
    }

    fn run(&self, program: &str, words: &str, envs: &[(&'static str, String)]) -> Output {
        Command::new(program)
            .args(words.split(' '))
            .current_dir(self.work())
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", self.folder.path())
            .envs(envs.iter().map(|(name, value)| (name, value)))
            .output()
            .expect("the program starts")
    }

    fn git(&self, words: &str, envs: &[(&'static str, String)]) -> Output {
        self.run("git", words, envs)
    }

    fn hook(&self, words: &str) -> Output {
        self.run("partman-hook", words, &[])
    }

    fn pushed(&self) -> bool {
        Path::new(&self.folder.path().join("remote.git/refs/heads/main")).exists()
    }
}

#[tokio::test]
async fn nothing_is_pushed_while_the_database_has_errors_and_everything_when_it_has_none() {
    let db = TestDb::new(Partman::V5_2_4).await;
    let repository = Repository::new();
    assert!(repository.hook("install").status.success());

    fixture::webhook_events(&db, 10).await;
    let refused = repository.git("push -q origin main", &db.envs());
    let told = String::from_utf8_lossy(&refused.stdout).into_owned()
        + &String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && !repository.pushed(), "{told}");
    assert!(told.contains("horizon-near"), "{told}");

    db.execute("DROP TABLE public.webhook_events").await;
    let pushed = repository.git("push -q origin main", &db.envs());
    assert!(
        pushed.status.success() && repository.pushed(),
        "{}",
        String::from_utf8_lossy(&pushed.stderr)
    );
}

#[tokio::test]
async fn ci_ends_with_the_codes_of_the_contract() {
    let db = TestDb::new(Partman::V5_2_4).await;
    let repository = Repository::new();
    let code = |words: &str, envs: &[(&'static str, String)]| {
        repository.run("partman-hook", words, envs).status.code()
    };
    assert_eq!(code("ci --format json", &db.envs()), Some(0));
    fixture::webhook_events(&db, 10).await;
    assert_eq!(code("ci --format json", &db.envs()), Some(1));
    assert_eq!(code("ci --no-such-flag", &db.envs()), Some(2));
    assert_eq!(
        code(
            "ci",
            &[
                ("PGHOST", "127.0.0.1".to_owned()),
                ("PGPORT", "1".to_owned())
            ]
        ),
        Some(4)
    );
}

#[test]
fn a_hook_of_somebody_else_is_left_alone_unless_forced() {
    let repository = Repository::new();
    let hook = repository.work().join(".git/hooks/pre-push");
    std::fs::write(&hook, "#!/bin/sh\nexit 0\n").expect("it can be written");
    assert_eq!(repository.hook("install").status.code(), Some(5));
    assert!(repository.hook("install --force").status.success());
    assert!(hook.with_file_name("pre-push.before-partman").exists());
    assert!(
        repository.hook("install").status.success(),
        "once more changes nothing"
    );
}

#[test]
fn outside_a_repository_it_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = assert_cmd::Command::cargo_bin("partman-hook")
        .expect("it is built")
        .arg("install")
        .current_dir(&folder)
        .output();
    assert_eq!(output.expect("it starts").status.code(), Some(2));
}
