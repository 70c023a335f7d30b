//! Backups as a person has them: made, listed, verified, proven, restored; and what becomes of them when something is wrong.

use crate::support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use partman_testkit::{Partman, TestDb, fixture};
use predicates::prelude::*;
use serde_json::Value;
use support::Project;

async fn project() -> Project {
    let db = TestDb::named(Partman::V5_2_4, "ai_agent_admin").await;
    fixture::webhook_events(&db, 1_000).await;
    Project::of(db)
}

fn id_of(backup: &Value) -> String {
    backup["id"].as_str().expect("it has a name").to_owned()
}

fn backup_findings(project: &Project) -> Vec<String> {
    let status = project.json(&["status", "--fail-on", "never"], 0);
    let findings = status["findings"].as_array().cloned().unwrap_or_default();
    let ids = findings.iter().filter_map(|finding| finding["id"].as_str());
    ids.filter(|id| id.starts_with("backup-"))
        .map(str::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_made_proven_and_stands_behind_a_migration() {
    let project = project().await;
    assert_eq!(backup_findings(&project), ["backup-missing"]);
    assert!(
        !project.folder.path().join("backups").exists(),
        "looking makes nothing"
    );
    project
        .partman(&["explain", "backup-missing"])
        .assert()
        .success();
    project.partman(&["backup", "verify"]).assert().code(7);

    let made = project.json(&["backup"], 0);
    assert_eq!(made["schema"], "partman/backup/1");
    for field in ["path", "bytes", "seconds", "server_version", "tool_version"] {
        assert!(!made[field].is_null(), "{field}: {made:#}");
    }
    let tables = made["tables"].as_array().expect("a list");
    let rows: u64 = tables
        .iter()
        .filter_map(|table| table["rows"].as_u64())
        .sum();
    assert!(rows >= 1_000 && tables[0]["digest"].is_string(), "{made:#}");
    assert!(made["proof"].is_null());
    assert_eq!(backup_findings(&project), ["backup-unproven"]);

    let id = id_of(&made);
    for level in ["list", "decode", "count", "rows"] {
        let verified = project.json(&["backup", "verify", &id, "--level", level], 0);
        assert_eq!(verified["level"], level);
    }
    let proven = project.json(&["backup", "prove"], 0);
    assert_eq!(id_of(&proven), id);
    assert_eq!(proven["proof"]["differences"], serde_json::json!([]));
    assert_eq!(backup_findings(&project), [] as [&str; 0]);
    let status = project.json(&["status", "--fail-on", "never"], 0);
    assert_eq!(status["backup"]["id"], id.as_str());
    assert_eq!(status["backup"]["proof"]["fresh"], true);
    let text = project.partman(&["status", "--fail-on", "never"]).assert();
    text.stdout(predicate::str::contains("Backup"));

    let dry = project
        .partman(&["migrate", "public.webhook_events", "--dry-run"])
        .assert()
        .success();
    dry.stderr(predicate::str::contains(format!("behind it: backup {id}")));
    let done = project.json(&["migrate", "public.webhook_events", "--yes"], 0);
    assert_eq!(
        (&done["outcome"], &done["backup"]["id"]),
        (&"completed".into(), &id.as_str().into())
    );
    let list = project.json(&["backup", "list"], 0);
    assert_eq!(list["schema"], "partman/backup/1");
    assert_eq!(list["backups"].as_array().map(Vec::len), Some(1));
    let kept = project.json(&["backup", "prune", "--dry-run"], 0);
    assert_eq!(kept["removed"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_makes_and_proves_its_backup() {
    let project = project().await;
    let dry = project
        .partman(&["migrate", "public.webhook_events", "--dry-run"])
        .assert()
        .success();
    dry.stderr(predicate::str::contains(
        "a backup is made and proven first",
    ));
    assert!(!project.folder.path().join("backups").exists());
    let done = project.json(&["migrate", "public.webhook_events", "--yes"], 0);
    assert_eq!(done["outcome"], "completed");
    let list = project.json(&["backup", "list"], 0);
    assert_eq!(list["backups"][0]["id"], done["backup"]["id"]);
    assert!(!list["backups"][0]["proof"].is_null());
    let status = project.json(&["status", "--fail-on", "never"], 0);
    assert!(status["last_run"]["without_backup"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_proof_and_another_database_do_not_count() {
    let project = project().await;
    project.write("partman.toml", "[proof]\nmax_age = \"1 s\"\n");
    let first = id_of(&project.json(&["backup"], 0));
    project.json(&["backup", "prove"], 0);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(backup_findings(&project), ["backup-old"]);

    project.write("partman.toml", "[proof]\nmax_age = \"1 hour\"\n");
    assert_eq!(backup_findings(&project), [] as [&str; 0]);
    let other = project.db.sibling("other").await;
    fixture::webhook_events(&other, 10).await;
    let elsewhere = project
        .partman(&[
            "migrate",
            "public.webhook_events",
            "--dry-run",
            "--database",
            &other.url(),
        ])
        .assert();
    elsewhere.stderr(predicate::str::contains("there is none of this database"));

    project.write("partman.toml", "[proof]\nmax_age = \"1 s\"\n");
    let done = project.json(&["migrate", "public.webhook_events", "--yes"], 0);
    assert_eq!(done["outcome"], "completed");
    assert_ne!(done["backup"]["id"], first.as_str());
}

/// A file with rows in it.
fn rows_in(backup: &Path) -> PathBuf {
    let entries = fs::read_dir(backup.join("dump"));
    let files = entries
        .expect("an archive")
        .flatten()
        .map(|entry| entry.path());
    let mut files: Vec<_> = files.filter(|path| !path.ends_with("toc.dat")).collect();
    files.sort_by_key(|path| fs::metadata(path).map(|m| m.len()).unwrap_or_default());
    files.pop().expect("it has rows")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_is_found_and_does_not_count() {
    let project = project().await;
    let made = project.json(&["backup"], 0);
    project.json(&["backup", "prove"], 0);
    let file = rows_in(Path::new(made["path"].as_str().expect("a path")));
    let mut bytes = fs::read(&file).expect("it can be read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).expect("it can be written");

    let verified = project.partman(&["backup", "verify"]).assert().code(7);
    verified.stderr(predicate::str::contains("help:"));
    project.partman(&["backup", "prove"]).assert().code(7);
    let dry = project
        .partman(&["migrate", "public.webhook_events", "--dry-run"])
        .assert()
        .success();
    dry.stderr(predicate::str::contains("no longer holds"));
    let done = project.json(&["migrate", "public.webhook_events", "--yes"], 0);
    assert_ne!(done["backup"]["id"], made["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_proof_nothing_is_changed() {
    let project = project().await;
    project
        .db
        .execute(
            "CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman VERSION '5.2.4'",
        )
        .await;
    let before = project.db.snapshot().await;
    let refused = project
        .partman(&["migrate", "public.webhook_events", "--yes"])
        .assert()
        .code(7);
    refused.stderr(
        predicate::str::contains("nothing was changed").and(predicate::str::contains("source")),
    );
    assert_eq!(before.diff(&project.db.snapshot().await), [] as [&str; 0]);

    let files = Partman::V5_2_4.files().expect("set-up fetched them");
    project.write(
        "partman.toml",
        &format!("[pg_partman]\nsource = {:?}\n", files.display().to_string()),
    );
    let done = project.json(&["migrate", "public.webhook_events", "--yes"], 0);
    assert_eq!(done["outcome"], "completed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_named_wrongly_is_told() {
    let project = project().await;
    for id in ["yesterday", "20200101T000000Z-ai_agent_admin"] {
        project.partman(&["backup", "verify", id]).assert().code(2);
        project.partman(&["backup", "prove", id]).assert().code(2);
        project.partman(&["restore", id, "--yes"]).assert().code(2);
    }
    let mut wrong = project.partman(&["backup"]);
    let refused = wrong.env("PGPASSWORD", "wr0ng").assert().code(4);
    refused.stderr(predicate::str::contains("wr0ng").not());
    assert!(!project.folder.path().join("backups").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_comes_back_into_a_new_database() {
    let project = project().await;
    let rows = project.db.fingerprint("public.webhook_events").await;
    let id = id_of(&project.json(&["backup"], 0));
    project.partman(&["restore", &id]).assert().code(2);
    let existing = project
        .partman(&["restore", &id, "--yes", "--into", "ai_agent_admin"])
        .assert()
        .code(5);
    existing.stderr(predicate::str::contains("there is a database"));

    let restored = project.json(&["restore", &id, "--yes"], 0);
    assert_eq!(restored["schema"], "partman/restore/1");
    assert_eq!(restored["database"], "ai_agent_admin_restored");
    let copy = TestDb::existing(project.db.cluster().clone(), "ai_agent_admin_restored");
    assert_eq!(copy.fingerprint("public.webhook_events").await, rows);

    project
        .db
        .execute("DELETE FROM public.webhook_events")
        .await;
    let swap = [
        "restore",
        &id,
        "--yes",
        "--into",
        "again",
        "--swap",
        "--end-sessions",
    ];
    let swapped = project.json(&swap, 0);
    assert_eq!(swapped["swapped"]["database"], "ai_agent_admin");
    assert!(swapped["swapped"]["before"].is_string());
    assert_eq!(project.db.fingerprint("public.webhook_events").await, rows);
}

/// Partitions that somebody makes while the backup of a run is made change the plan; who said yes beforehand agreed to that.
#[tokio::test(flavor = "multi_thread")]
async fn what_changes_while_the_backup_is_made_is_planned_again() {
    let project = project().await;
    project
        .db
        .execute("CREATE TABLE public.other (n int)")
        .await;
    let held = project.db.client().await;
    let lock = "BEGIN; LOCK TABLE public.other IN ACCESS EXCLUSIVE MODE";
    held.batch_execute(lock).await.expect("nobody has it");
    let migrate = project.partman(&["migrate", "public.webhook_events", "--yes"]);
    let run = std::thread::spawn(move || {
        let mut migrate = migrate;
        migrate.output().expect("it runs")
    });
    let dump =
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'public.other'::regclass";
    while project.db.query_text(dump).await == "0" {
        assert!(!run.is_finished(), "it makes a backup first");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    project
        .db
        .execute(
            "CREATE TABLE public.webhook_events_meanwhile (LIKE public.webhook_events INCLUDING ALL);
             ALTER TABLE public.webhook_events ATTACH PARTITION public.webhook_events_meanwhile
             FOR VALUES FROM ('2025-11-01 00:00+00') TO ('2025-12-01 00:00+00')",
        )
        .await;
    held.batch_execute("COMMIT").await.expect("it lets go");
    let done = run.join().expect("it ends");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    assert!(said.contains("it is made again"), "{said}");
    let is_one = "SELECT count(*) FROM pg_inherits WHERE inhrelid = 'public.webhook_events_meanwhile'::regclass";
    assert_eq!(project.db.query_text(is_one).await, "1");
    assert!(project.json(&["check", "--fail-on", "error"], 0)["findings"].is_array());
}
