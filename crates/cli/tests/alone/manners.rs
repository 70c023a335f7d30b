//! Small things that people and scripts expect: what is said where, and what becomes of odd requests.

use crate::support;

use partman_testkit::{Partman, TestDb, fixture};
use predicates::prelude::*;
use support::Project;
use support::interrupted::{MIGRATE, blocker};

const WITHOUT: [&str; 5] = [
    "migrate",
    "public.webhook_events",
    "--yes",
    "--without-backup",
    "a test",
];

async fn project() -> Project {
    let db = TestDb::named(Partman::V5_2_4, "ai_agent_admin").await;
    fixture::webhook_events(&db, 100).await;
    Project::of(db)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_of_blanks_is_none() {
    let project = project().await;
    let mut command = project.partman(&["migrate", "public.webhook_events", "--yes"]);
    let refused = command.args(["--without-backup", "  "]).assert().code(2);
    refused.stderr(predicate::str::contains("say why"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dash_means_stdout() {
    let project = project().await;
    let plan = project
        .partman(&["plan", "public.webhook_events", "--out", "-"])
        .assert()
        .success();
    let plan: serde_json::Value =
        serde_json::from_slice(&plan.get_output().stdout).expect("only the plan");
    assert_eq!(plan["schema"], "partman/plan/1");
    let seen = project
        .partman(&["status", "--save", "-", "--fail-on", "never"])
        .assert()
        .success();
    let seen: serde_json::Value =
        serde_json::from_slice(&seen.get_output().stdout).expect("only the inspection");
    assert!(seen["sets"].is_array());
    assert!(!project.folder.path().join("-").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_a_server_that_never_answers_gets_a_report_all_the_same() {
    let project = project().await;
    let waited = project
        .partman(&["check", "--wait", "2s", "--report", "json=report.json"])
        .env("PGHOST", "127.0.0.1")
        .env("PGPORT", "1")
        .assert()
        .code(11);
    waited.stderr(predicate::str::contains("looking again"));
    let report =
        std::fs::read_to_string(project.folder.path().join("report.json")).expect("a report");
    let report: serde_json::Value = serde_json::from_str(&report).expect("in JSON");
    assert_eq!(report["findings"][0]["id"], "database-unreachable");
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_means_quiet() {
    let project = project().await;
    let silence = predicate::str::is_empty;
    project
        .partman(&["init", "-q"])
        .assert()
        .success()
        .stderr(silence());
    project
        .partman(&WITHOUT)
        .arg("-q")
        .assert()
        .success()
        .stderr(silence());
}

#[tokio::test(flavor = "multi_thread")]
async fn verbose_tells_of_the_connection_and_of_each_step() {
    let project = project().await;
    let told = project.partman(&WITHOUT).arg("-v").assert().success();
    for part in [
        "connected: database \"ai_agent_admin\"",
        "looking at partitions",
        "configure:public.webhook_events",
    ] {
        told.get_output();
        let stderr = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
        assert!(stderr.contains(part), "{part} is missing: {stderr}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_is_said_to_have_none() {
    let project = project().await;
    let refused = project
        .partman(&["check"])
        .env("PGHOST", "127.0.0.1")
        .env("PGSSLMODE", "require")
        .assert()
        .code(4);
    let told = refused.stderr(predicate::str::contains("the server has no TLS"));
    told.stderr(predicate::str::contains("password").not());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_of_a_failed_run_is_told_once_with_what_became_of_it() {
    let project = project().await;
    project.write(
        "partman.toml",
        "[locks]\nwait = \"20 ms\"\ntotal = \"300 ms\"\n",
    );
    let _held = blocker(&project).await;
    let told = project.json(&MIGRATE, 6);
    let steps = told["steps"].as_array().expect("steps");
    let ids: Vec<&str> = steps
        .iter()
        .filter_map(|step| step["id"].as_str())
        .collect();
    let mut once = ids.clone();
    once.dedup();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), ids.len(), "{ids:?}");
    let became: Vec<&str> = steps
        .iter()
        .filter_map(|step| step["became"].as_str())
        .collect();
    assert!(
        became.contains(&"failed") && became.contains(&"taken-back"),
        "{told}"
    );
    assert!(told["verified"].is_object(), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_also_a_page_in_both_languages() {
    let project = project().await;
    let page = |language: &str| {
        let arguments = [
            "status",
            "--format",
            "markdown",
            "--fail-on",
            "never",
            "--lang",
            language,
        ];
        let page = project.partman(&arguments).assert().success();
        String::from_utf8(page.get_output().stdout.clone()).expect("text")
    };
    let (english, french) = (page("en"), page("fr"));
    for page in [&english, &french] {
        assert!(
            page.contains("`public.webhook_events`") && page.contains("2025_09"),
            "{page}"
        );
    }
    assert!(english.contains("What remains to be done"), "{english}");
    assert!(french.contains("Ce qui reste à faire"), "{french}");
    let refused = project
        .partman(&["plan", "--format", "markdown"])
        .assert()
        .code(2);
    refused.stderr(predicate::str::contains("partman status"));
}
