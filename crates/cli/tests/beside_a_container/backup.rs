//! Backups of servers in containers of which this machine has no PostgreSQL of that version: made, proven and restored with
//! the programs of the very image; and nothing is left of it, whatever becomes of partman.
//!
//! Without a Docker Engine these tests fail and say what to install.

use crate::support;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use partman_testkit::Image;
use predicates::prelude::*;
use serde_json::Value;
use support::beside::Beside;

const OURS: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'partman\\_%'";
const COPYING: &str = "SELECT count(*) FROM pg_stat_progress_copy";

/// The containers, if any, that were made for a purpose and mount something of this folder.
fn scratch_containers(beside: &Beside) -> Vec<String> {
    let folder = beside.folder.path().display().to_string();
    let list = ["ps", "-aq", "--filter", "label=org.partman.scratch"];
    let listed = docker(&list);
    let mounts = |id: &&str| docker(&["inspect", "-f", "{{json .HostConfig.Mounts}}", id]);
    let ours = listed.lines().filter(|id| mounts(id).contains(&folder));
    ours.map(str::to_owned).collect()
}

fn docker(words: &[&str]) -> String {
    let output = Command::new("docker").args(words).output();
    let output = output.expect("tests need the docker command");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begin = Instant::now();
    while !holds().await {
        assert!(begin.elapsed() < Duration::from_secs(60), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn nothing_is_left(beside: &Beside) {
    until("a container is left", async || {
        scratch_containers(beside).is_empty()
    })
    .await;
    until("sessions are left", async || beside.sql(OURS).await == "0").await;
    let list = beside.json(&["backup", "list"]);
    assert_eq!(list["backups"], serde_json::json!([]));
    assert_eq!(list["broken"], serde_json::json!([]));
}

fn start(beside: &Beside, arguments: &[&str]) -> Child {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("partman"));
    command
        .args(arguments)
        .env_clear()
        .env("DOCKER_HOST", beside.engine.address())
        .current_dir(beside.folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().expect("it starts")
}

async fn the_whole_way(image: Image, version: &str) {
    let beside = Beside::of(image, |it| it).await;
    beside.webhook_events().await;
    beside.partman(&["init"]).assert().success();
    let made = beside.json(&["backup"]);
    let id = made["id"].as_str().expect("a name").to_owned();
    for field in ["server_version", "tool_version"] {
        let told = made[field].as_str().expect("a version");
        assert!(told.starts_with(version), "{field}: {told}");
    }
    for level in ["decode", "rows"] {
        beside.json(&["backup", "verify", "--level", level]);
    }
    let proven = beside.json(&["backup", "prove"]);
    assert_eq!(proven["proof"]["differences"], serde_json::json!([]));
    let done = beside.json(&["migrate", "--dry-run"]);
    assert!(done["steps"].is_array(), "{done}");

    beside.json(&["restore", &id, "--yes"]);
    let rows = "SELECT count(*) || ' ' || sum(hashtextextended(e::text, 0)) FROM webhook_events e";
    let copy = [
        "psql",
        "-X",
        "-At",
        "-U",
        "admin",
        "-d",
        "ai_agent_admin_restored",
        "-c",
        rows,
    ];
    let copy = beside.container.exec(&copy).await.expect("it is there");
    assert_eq!(copy, beside.sql(rows).await);
    until("a container is left", async || {
        scratch_containers(&beside).is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_17_is_backed_up_proven_and_restored_by_its_image() {
    the_whole_way(Image::Postgres17, "17.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_18_is_backed_up_proven_and_restored_by_its_image() {
    the_whole_way(Image::Postgres18, "18.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_container_is_proven_in_its_own_image() {
    let beside = Beside::new(|it| it).await;
    beside.webhook_events().await;
    beside.json(&["backup"]);
    let mut prove = start(&beside, &["backup", "prove"]);
    until("no container is made for the proof", async || {
        !scratch_containers(&beside).is_empty()
    })
    .await;
    let container = scratch_containers(&beside).remove(0);
    let network = docker(&["inspect", "-f", "{{.HostConfig.NetworkMode}}", &container]);
    assert_eq!(network.trim(), "none");
    assert!(prove.wait().expect("it ends").success());
    until("a container is left", async || {
        scratch_containers(&beside).is_empty()
    })
    .await;
}

/// Rows that take some seconds to dump.
async fn slow(image: Image) -> Beside {
    let beside = Beside::of(image, |it| it).await;
    beside
        .sql(
            "CREATE TABLE bulk (x text); ALTER TABLE bulk ALTER x SET STORAGE EXTERNAL;
             INSERT INTO bulk SELECT (SELECT string_agg(md5(g::text || i), '') FROM generate_series(1, 16384) AS i)
             FROM generate_series(1, 200) AS g",
        )
        .await;
    beside
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_backup_leaves_no_container_no_session_and_no_name() {
    let beside = slow(Image::Postgres17).await;
    let secret = beside.container.password().to_owned();
    let mut run = start(&beside, &["backup"]);
    until("the dump does not get going", async || {
        beside.sql(COPYING).await != "0"
    })
    .await;
    let container = scratch_containers(&beside).remove(0);
    let top = docker(&["top", &container]);
    assert!(top.contains("pg_dump"), "{top}");
    assert!(!top.contains(&secret), "{top}");
    run.kill().expect("it runs");
    run.wait().expect("it ended");
    nothing_is_left(&beside).await;
    beside.partman(&["backup", "-q"]).assert().success();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_killed_at_any_moment_leaves_nothing() {
    let beside = slow(Image::Postgres18).await;
    for moment in [200, 500, 800, 1_200, 2_000] {
        let mut run = start(&beside, &["backup"]);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        run.kill().expect("it is ours");
        run.wait().expect("it ended");
        nothing_is_left(&beside).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_proof_leaves_no_container_and_no_folder() {
    let beside = Beside::of(Image::Postgres17, |it| it).await;
    beside.webhook_events().await;
    beside.json(&["backup"]);
    let sockets = |id: &str| {
        let mounts: Value = serde_json::from_str(&docker(&[
            "inspect",
            "-f",
            "{{json .HostConfig.Mounts}}",
            id,
        ]))
        .expect("JSON");
        let mounts = mounts.as_array().cloned().unwrap_or_default();
        let mut sources = mounts.iter().filter_map(|mount| mount["Source"].as_str());
        sources
            .find(|path| path.contains("partman-proof-"))
            .map(std::path::PathBuf::from)
    };
    let mut run = start(&beside, &["backup", "prove"]);
    let mut folder = None;
    until("the server does not come up", async || {
        folder = scratch_containers(&beside)
            .first()
            .and_then(|id| sockets(id));
        folder
            .as_ref()
            .is_some_and(|folder| folder.join(".s.PGSQL.5432").exists())
    })
    .await;
    run.kill().expect("it runs");
    run.wait().expect("it ended");
    let folder = folder.expect("it was seen");
    until("a container is left", async || {
        scratch_containers(&beside).is_empty()
    })
    .await;
    until("a folder is left", async || !folder.exists()).await;
    beside.partman(&["backup", "prove"]).assert().success();
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_were_put_into_the_container_are_found_for_the_proof() {
    use partman_testkit::Partman;
    let beside = Beside::new(|it| it).await;
    beside.webhook_events().await;
    let files = Partman::V5_2_4.files().expect("set-up fetched them");
    let target = format!(
        "{}:/usr/share/postgresql/15/extension",
        beside.container.id()
    );
    for file in files.read_dir().expect("a folder").flatten() {
        docker(&["cp", &file.path().display().to_string(), &target]);
    }
    beside
        .sql("CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman VERSION '5.2.4'")
        .await;
    beside.json(&["backup"]);
    // The image has none, and nobody says where they are from.
    let unknown = beside.partman(&["backup", "prove"]).assert().code(5);
    unknown.stderr(predicate::str::contains("source"));
    let name = beside.container.name();
    let proven = beside.json(&["backup", "prove", "--container", name]);
    assert_eq!(proven["proof"]["differences"], serde_json::json!([]));
    let source = format!("[pg_partman]\nsource = {:?}\n", files.display().to_string());
    std::fs::write(beside.folder.path().join("partman.toml"), source).expect("a file");
    beside.json(&["backup", "prove"]);
}
