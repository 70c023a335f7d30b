//! The compose project of `examples/compose`, as its README tells it, from `up` to `down`.
//!
//! Without a Docker Engine and docker-compose this test fails and says what to install.

use std::path::{Path, PathBuf};
use std::process::Command;

use partman_testkit::{Container, Image, Partman};
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

/// A copy of the project, under a name of its own.
struct Project {
    folder: TempDir,
    port: u16,
    /// With it go all containers, volumes and networks of the compose project of the same name.
    owner: Container,
}

const PASSWORD: &str = "a-password-that-is-seen-nowhere";

impl Project {
    async fn new() -> Self {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/compose");
        let folder = tempfile::tempdir().expect("a folder");
        let files = format!("{}/.", example.display());
        let copied = Command::new("cp")
            .args(["-r", &files])
            .arg(folder.path())
            .status();
        assert!(copied.expect("cp").success());
        std::fs::write(
            folder.path().join(".env"),
            format!("POSTGRES_PASSWORD={PASSWORD}\n"),
        )
        .expect("a file");
        let owner = Container::options(Image::Postgres15)
            .command(&["sleep", "600"])
            .unpublished();
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        Self {
            folder,
            port: free.local_addr().expect("a port").port(),
            owner: owner
                .without_waiting()
                .start()
                .await
                .expect("tests need a Docker Engine"),
        }
    }

    fn compose(&self, words: &[&str]) {
        let mut command = Command::new("docker-compose");
        command
            .args(["-p", self.owner.name()])
            .args(words)
            .current_dir(self.folder.path())
            .env("POSTGRES_IMAGE", "partman-test/postgres:15")
            .env("POSTGRES_PORT", self.port.to_string());
        let output = command
            .output()
            .expect("this test needs docker-compose (Debian: apt-get install docker-compose)");
        assert!(
            output.status.success(),
            "{words:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn partman(&self, words: &[&str]) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::cargo_bin("partman").expect("it is built");
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.current_dir(self.folder.path()).args(words);
        command
    }

    fn json(&self, words: &[&str]) -> Value {
        let told = self
            .partman(words)
            .args(["--format", "json"])
            .assert()
            .success();
        serde_json::from_slice(&told.get_output().stdout).expect("JSON")
    }

    /// Every file that was written, but for the one that a person put the password into.
    fn written(&self) -> Vec<PathBuf> {
        let find = Command::new("find")
            .arg(self.folder.path())
            .args(["-type", "f"])
            .output();
        let text = String::from_utf8(find.expect("find").stdout).expect("text");
        text.lines()
            .map(PathBuf::from)
            .filter(|path| !path.ends_with(".env"))
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_does_what_its_readme_says() {
    let project = Project::new().await;
    project.compose(&["up", "-d"]);
    let mut tries = 0;
    while project
        .partman(&["check", "--fail-on", "never"])
        .assert()
        .get_output()
        .status
        .code()
        != Some(0)
        || project.json(&["status", "--fail-on", "never"])["container"]["health"] != "healthy"
    {
        tries += 1;
        assert!(tries < 100, "it does not become healthy");
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    let found = project.partman(&["init", "--stdout"]).assert().success();
    found.stdout(contains("service      = \"postgres\"").and(contains("docker-compose.yml")));
    assert_eq!(
        project.json(&["status", "--fail-on", "never"])["overall"],
        "absent"
    );

    let source = Partman::V5_2_4.files().expect("the files of pg_partman");
    let deploy = [
        "deploy",
        "--strategy",
        "hot",
        "--source",
        source.to_str().expect("text"),
    ];
    project.partman(&deploy).arg("--dry-run").assert().success();
    let done = project
        .partman(&deploy)
        .args(["--yes", "--format", "json"])
        .assert()
        .success();
    let done: Value = serde_json::from_slice(&done.get_output().stdout).expect("JSON");
    assert_eq!(
        (&done["outcome"], &done["away_ms"]),
        (&"completed".into(), &0.into())
    );
    let status = project.json(&["status", "--fail-on", "never"]);
    assert_eq!(status["overall"], "deployed");
    assert!(
        status["findings"]
            .to_string()
            .contains("image-lacks-extension")
    );
    assert_eq!(
        project.json(&["rollback", "--yes"])["outcome"],
        "rolled-back"
    );
    assert_eq!(
        project.json(&["status", "--fail-on", "never"])["overall"],
        "absent"
    );

    for path in project.written() {
        let bytes = std::fs::read(&path).expect("it can be read");
        let told = bytes
            .windows(PASSWORD.len())
            .any(|part| part == PASSWORD.as_bytes());
        assert!(!told, "{} holds the password", path.display());
    }
    project.compose(&["down", "-v"]);
}
