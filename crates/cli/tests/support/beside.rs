//! A folder beside a container: the program is started there and told nothing but where Docker is.

use assert_cmd::Command;
use partman_testkit::{Container, ContainerOptions, Image};
use serde_json::Value;
use tempfile::TempDir;

use super::engine::Engine;

/// An empty folder and an Engine with one container that is seen.
pub(crate) struct Beside {
    pub(crate) folder: TempDir,
    pub(crate) container: Container,
    pub(crate) engine: Engine,
}

impl Beside {
    /// Beside a container of the standard image that is as `how` says.
    pub(crate) async fn new(how: impl FnOnce(ContainerOptions) -> ContainerOptions) -> Self {
        Self::of(Image::Postgres15, how).await
    }

    pub(crate) async fn of(
        image: Image,
        how: impl FnOnce(ContainerOptions) -> ContainerOptions,
    ) -> Self {
        let engine = Engine::start();
        let options = how(engine.container(image));
        let container = options.start().await.expect("tests need a Docker Engine");
        let folder = tempfile::tempdir().expect("a folder");
        Self {
            folder,
            container,
            engine,
        }
    }

    pub(crate) fn partman(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("partman").expect("it is built");
        command
            .env_clear()
            .env("DOCKER_HOST", self.engine.address())
            .current_dir(self.folder.path())
            .args(arguments);
        command
    }

    /// What it answers in JSON, having ended well.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let assert = self.partman(arguments).args(["--format", "json"]).assert();
        let output = assert.success().get_output().stdout.clone();
        serde_json::from_slice(&output).expect("JSON")
    }

    /// What `partman init` wrote.
    pub(crate) fn configuration(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("partman.toml")).expect("it is written")
    }

    /// Runs a statement in the container and returns what it prints.
    pub(crate) async fn sql(&self, statement: &str) -> String {
        let (user, database) = (self.container.user(), self.container.database());
        let psql = [
            "psql",
            "-X",
            "-q",
            "-At",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            user,
            "-d",
            database,
            "-c",
            statement,
        ];
        self.container.exec(&psql).await.expect("it can be asked")
    }

    /// The user's table: two months made by hand.
    pub(crate) async fn webhook_events(&self) {
        self.sql(
            "CREATE TABLE webhook_events (id bigint, created_at timestamptz NOT NULL) PARTITION BY RANGE (created_at);
             CREATE TABLE webhook_events_2025_09 PARTITION OF webhook_events
                 FOR VALUES FROM ('2025-09-01 00:00+00') TO ('2025-10-01 00:00+00');
             CREATE TABLE webhook_events_2025_10 PARTITION OF webhook_events
                 FOR VALUES FROM ('2025-10-01 00:00+00') TO ('2025-11-01 00:00+00');
             INSERT INTO webhook_events SELECT n, '2025-09-15'::timestamptz + n * interval '1 hour'
                 FROM generate_series(1, 500) n",
        )
        .await;
    }
}
