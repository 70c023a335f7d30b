//! A deployment into a running container, from outside: what it says before, what is there afterwards, and the way back.
//!
//! Without a Docker Engine these tests fail and say what to install.

use crate::support;

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;
use support::site::{EXTENSIONS, Site, source};

fn ids(steps: &Value) -> Vec<String> {
    let steps = steps.as_array().expect("a list").iter();
    steps
        .map(|step| step["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// What a command that has to succeed says in JSON.
fn answer(mut command: assert_cmd::Command) -> Value {
    let done = command.assert().success();
    serde_json::from_slice(&done.get_output().stdout).expect("JSON")
}

async fn started_at(site: &Site) -> String {
    let inspect = ["inspect", "-f", "{{.State.StartedAt}}"];
    site.beside
        .container
        .docker(&inspect)
        .await
        .expect("docker")
}

/// Puts files where the container's server has those of its extensions, as somebody else would.
fn copy(site: &Site, files: &std::path::Path) {
    let place = format!("{}:{EXTENSIONS}/", site.beside.container.name());
    let copied = std::process::Command::new("docker")
        .arg("cp")
        .arg(files)
        .arg(place)
        .status();
    assert!(copied.expect("docker").success());
}

fn findings(site: &Site) -> Vec<String> {
    let status = site.beside.json(&["status", "--fail-on", "never"]);
    let found = status["findings"].as_array().expect("a list").iter();
    found
        .map(|finding| finding["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_done_in_one_run_without_a_restart_and_taken_back_as_one() {
    let site = Site::new().await;
    let before = site.picture().await;
    let started = started_at(&site).await;

    let done = answer(site.deploy(&["--yes", "--format", "json"]));
    assert_eq!(done["schema"], "partman/deploy/1");
    assert_eq!(
        (&done["outcome"], &done["strategy"], &done["away_ms"]),
        (&"completed".into(), &"hot".into(), &0.into())
    );
    let steps = ids(&done["steps"]);
    assert!(steps[0].starts_with("back-up:ai_agent_admin"), "{steps:?}");
    assert!(steps[1].starts_with("put-files:"), "{steps:?}");
    assert_eq!(steps[2], "create-extension:pg_partman");
    assert!(
        steps
            .iter()
            .any(|id| id == "configure:public.webhook_events"),
        "{steps:?}"
    );
    assert_eq!(done["verified"]["sets"][0]["configured"], true);
    let list = site.beside.json(&["backup", "list"]);
    assert_eq!(list["backups"][0]["id"], done["backup"]["id"]);
    assert_eq!(site.managed().await, ("5.2.4".to_owned(), "1".to_owned()));
    assert_eq!(started_at(&site).await, started, "nothing was restarted");
    let status = site.beside.json(&["status", "--fail-on", "never"]);
    assert_eq!(status["overall"], "deployed");
    assert!(findings(&site).contains(&"image-lacks-extension".to_owned()));

    site.deploy(&["--yes"])
        .assert()
        .success()
        .stdout(contains("nothing to do"));

    let dry = site
        .beside
        .partman(&["rollback", "--dry-run"])
        .assert()
        .success();
    dry.stdout(contains("put-files:").and(contains("DROP EXTENSION pg_partman")));
    let back = site.beside.json(&["rollback", "--yes"]);
    assert_eq!(
        (&back["schema"], &back["outcome"]),
        (&"partman/rollback/1".into(), &"rolled-back".into())
    );
    assert_eq!(site.picture().await, before);
    assert!(!findings(&site).contains(&"image-lacks-extension".to_owned()));
    let again = site
        .beside
        .partman(&["rollback", "--yes"])
        .assert()
        .success();
    again.stdout(contains("has been rolled back before"));
    site.beside.partman(&["resume", "--yes"]).assert().code(5);

    // And again, behind the backup that is there.
    let done = answer(site.deploy(&["--yes", "--format", "json"]));
    assert!(
        ids(&done["steps"])[0].starts_with("put-files:"),
        "the backup is fresh: {done}"
    );
    assert_eq!(done["backup"]["id"], list["backups"][0]["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_files_statements_and_locks_and_changes_nothing() {
    let site = Site::new().await;
    let before = site.picture().await;
    let told = site.deploy(&["--dry-run"]).assert().success();
    told.stdout(
        contains("pg_partman--5.2.4.sql")
            .and(contains(format!("go into {EXTENSIONS}")))
            .and(contains("CREATE EXTENSION pg_partman"))
            .and(contains("SHARE UPDATE EXCLUSIVE"))
            .and(contains("a backup is made and proven first")),
    );
    let dry = site
        .beside
        .json(&["deploy", "--strategy", "hot", "--dry-run"]);
    assert_eq!(dry["schema"], "partman/deploy/1");
    assert_eq!(dry["steps"][1]["id"], "create-extension:pg_partman");
    let files = dry["files"].as_array().expect("a list");
    assert!(files.iter().any(
        |file| file["path"] == format!("{EXTENSIONS}/pg_partman.control")
            && file["state"] == "missing"
    ));
    assert_eq!(site.picture().await, before);
    assert!(!site.path().join(".partman").exists() && !site.path().join("backups").exists());
    site.deploy(&[]).assert().code(2).stderr(contains("--yes"));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_were_there_or_were_changed_stay_and_are_told() {
    let site = Site::new().await;
    let container = &site.beside.container;
    // One of the files is there already, put by somebody else.
    copy(&site, &source().join("pg_partman--5.2.4.sql"));
    site.quickly(&[])
        .assert()
        .success()
        .stdout(contains("the image partman-test/postgres:15 still lacks"));
    let changed = format!("echo '-- changed' >> {EXTENSIONS}/pg_partman--5.1.0--5.2.0.sql");
    container
        .exec(&["sh", "-c", &changed])
        .await
        .expect("it is changed");
    let back = site
        .beside
        .partman(&["rollback", "--yes"])
        .assert()
        .success();
    back.stdout(contains(
        "pg_partman--5.1.0--5.2.0.sql (it was changed since it was put there)",
    ));
    let left = format!("ls {EXTENSIONS} | grep partman");
    let left = container
        .exec(&["sh", "-c", &left])
        .await
        .expect("two are left");
    assert_eq!(left, "pg_partman--5.1.0--5.2.0.sql\npg_partman--5.2.4.sql");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_another_database_needs_by_now_stay() {
    let site = Site::new().await;
    site.quickly(&[]).assert().success();
    site.beside.sql("CREATE DATABASE other").await;
    let create = [
        "psql",
        "-U",
        "admin",
        "-d",
        "other",
        "-c",
        "CREATE EXTENSION pg_partman",
    ];
    site.beside
        .container
        .exec(&create)
        .await
        .expect("it is offered");
    let back = site
        .beside
        .partman(&["rollback", "--yes"])
        .assert()
        .success();
    back.stdout(contains(
        "the files stay: pg_partman is installed in database other",
    ));
    assert_eq!(site.managed().await.0, "none");
    let offered = "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_partman'";
    assert_eq!(site.beside.sql(offered).await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_source_will_do_and_none_is_needed_where_the_files_are() {
    let site = Site::new().await;
    let deb = format!("{}.deb", source().display());
    for source in [deb.as_str(), "image:partman-test/postgres:17"] {
        site.quickly(&["--source", source]).assert().success();
        assert_eq!(site.managed().await.0, "5.2.4", "{source}");
        site.beside
            .partman(&["rollback", "--yes"])
            .assert()
            .success();
    }
    copy(&site, &source().join("."));
    site.configure("/nonexistent");
    let done = answer(site.quickly(&["--format", "json"]));
    assert_eq!(ids(&done["steps"])[0], "create-extension:pg_partman");
    site.beside
        .partman(&["rollback", "--yes"])
        .assert()
        .success();
    let left = site
        .beside
        .container
        .exec(&["ls", &format!("{EXTENSIONS}/pg_partman.control")])
        .await;
    left.expect("files that we did not put there stay");
}

/// Every command line of the machine, with those of containers, for as long as this lives.
struct Watch {
    stop: std::sync::Arc<std::sync::atomic::AtomicBool>,
    thread: std::thread::JoinHandle<String>,
}

impl Watch {
    fn start() -> Self {
        use std::sync::atomic::{AtomicBool, Ordering};
        let stop = std::sync::Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut seen = std::collections::BTreeSet::new();
            while !stopped.load(Ordering::Relaxed) {
                for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
                    if let Ok(words) = std::fs::read(entry.path().join("cmdline")) {
                        let words = String::from_utf8_lossy(&words).replace('\0', " ");
                        // The tests' own way to start a container gives it its password so.
                        if !words.contains("--env=POSTGRES_PASSWORD=") {
                            seen.insert(words);
                        }
                    }
                }
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
            seen.into_iter().collect::<Vec<_>>().join("\n")
        });
        Self { stop, thread }
    }

    fn end(self) -> String {
        self.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        self.thread.join().expect("it watched")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_is_in_no_argument_journal_log_or_report() {
    let site = Site::new().await;
    let password = site.beside.container.password().to_owned();
    let watch = Watch::start();
    let done = site.deploy(&["--yes", "-vv"]).assert().success();
    let back = site
        .beside
        .partman(&["rollback", "--yes", "-vv"])
        .assert()
        .success();
    let lines = watch.end();
    assert!(
        lines.contains("pg_dump") && lines.contains("deploy --strategy hot"),
        "it saw nothing: {lines}"
    );
    let mut told = vec![("arguments", lines)];
    for ended in [done, back] {
        let output = ended.get_output();
        told.push((
            "answer",
            String::from_utf8_lossy(&output.stdout).into_owned(),
        ));
        told.push(("log", String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let grep = std::process::Command::new("grep")
        .args(["-rlF", &password])
        .arg(site.path())
        .output();
    told.push((
        "files",
        String::from_utf8_lossy(&grep.expect("grep").stdout).into_owned(),
    ));
    for (what, text) in told {
        let line = text.lines().find(|line| line.contains(&password));
        assert_eq!(
            line.map(|line| line.replace(&password, "***")),
            None,
            "{what}"
        );
        assert!(what != "files" || text.is_empty(), "{text}");
    }
}
