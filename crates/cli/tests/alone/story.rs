//! The user's story, typed: look, plan, migrate, look again, roll back.

use crate::support;

use partman_testkit::{Partman, TestDb, fixture};
use predicates::prelude::*;
use support::Project;

const REASON: &str = "a test has no backup";

async fn project(version: Partman) -> Project {
    let db = TestDb::named(version, "ai_agent_admin").await;
    fixture::webhook_events(&db, 1_000).await;
    Project::of(db)
}

#[tokio::test]
async fn the_story_can_be_typed() {
    let project = project(Partman::V5_2_4).await;
    let rows = project.db.fingerprint("public.webhook_events").await;
    project.partman(&["init"]).assert().success();

    let before = project.json(&["status", "--fail-on", "never"], 0);
    assert_eq!(
        (&before["schema"], &before["overall"]),
        (&"partman/status/1".into(), &"ready".into())
    );
    let adoptable = before["sets"][0]["adoptable"].as_str();
    assert!(
        adoptable.is_some_and(|verdict| verdict.starts_with("yes")),
        "{adoptable:?}"
    );
    let plan = project.json(&["plan", "--out", "plan.json"], 0);
    assert!(
        plan["steps"]
            .as_array()
            .is_some_and(|steps| steps.len() > 3),
        "{plan}"
    );

    let migrate = [
        "migrate",
        "--yes",
        "--plan",
        "plan.json",
        "--without-backup",
        REASON,
    ];
    let done = project.json(&migrate, 0);
    assert_eq!(
        (&done["schema"], &done["outcome"]),
        (&"partman/migrate/1".into(), &"completed".into())
    );
    let after = project.json(&["status", "--fail-on", "never"], 0);
    assert_eq!(after["overall"], "deployed", "{after:#}");
    assert_eq!(after["last_run"]["without_backup"], REASON);
    let again = project.partman(&["migrate", "--yes"]).assert().success();
    again.stdout(predicate::str::contains("nothing to do"));

    let preview = project.json(&["rollback", "--dry-run"], 0);
    assert_eq!(
        (&preview["dry_run"], &preview["back"]),
        (&true.into(), &true.into())
    );
    let back = project.json(&["rollback", "--yes"], 0);
    assert_eq!(back["outcome"], "rolled-back");
    assert_eq!(
        project.json(&["status", "--fail-on", "never"], 0)["overall"],
        "ready"
    );
    assert_eq!(project.db.fingerprint("public.webhook_events").await, rows);
}

#[tokio::test]
async fn nothing_is_changed_or_backed_up_without_agreement() {
    let project = project(Partman::V5_2_4).await;
    let before = project.db.snapshot().await;
    let unasked = project
        .partman(&[
            "migrate",
            "public.webhook_events",
            "--without-backup",
            REASON,
        ])
        .assert()
        .code(2);
    unasked.stderr(predicate::str::contains("--yes"));
    let unbacked = project
        .partman(&["migrate", "public.webhook_events"])
        .assert()
        .code(2);
    unbacked.stderr(predicate::str::contains(
        "a backup is made and proven first",
    ));
    assert!(!project.folder.path().join("backups").exists());
    let dry = project
        .partman(&["migrate", "public.webhook_events", "--dry-run"])
        .assert()
        .success();
    dry.stdout(predicate::str::contains("ATTACH PARTITION"));
    project.partman(&["resume", "--yes"]).assert().code(5);
    project.partman(&["rollback", "--yes"]).assert().code(5);
    project.partman(&["rollback", "--dry-run"]).assert().code(5);
    assert_eq!(
        before.diff(&project.db.snapshot().await),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn to_change_something_the_sets_are_named_or_configured() {
    let project = project(Partman::V5_2_4).await;
    project
        .db
        .execute("CREATE TABLE public.hashed (id int) PARTITION BY HASH (id)")
        .await;
    for arguments in [&["migrate", "--dry-run"][..], &["migrate", "--yes"]] {
        let unnamed = project.partman(arguments).assert().code(2).stdout("");
        unnamed.stderr(
            predicate::str::contains("partman migrate public.webhook_events")
                .and(predicate::str::contains("partman init"))
                .and(predicate::str::contains("hashed").not()),
        );
    }
    for arguments in [&["plan"][..], &["plan", "public.webhook_events"]] {
        let plan = project.json(arguments, 0);
        let sets = plan["sets"].as_array().expect("a list");
        let told: Vec<_> = sets
            .iter()
            .map(|set| (set["parent"].as_str(), set["adoptable"].as_str()))
            .collect();
        assert_eq!(told[0], (Some("public.hashed"), Some("no")), "{plan:#}");
        assert!(!sets[0]["reasons"][0].is_null(), "{plan:#}");
        assert_eq!(told[1].0, Some("public.webhook_events"));
        assert!(
            plan["steps"]
                .as_array()
                .is_some_and(|steps| !steps.is_empty())
        );
    }
    project.partman(&["init"]).assert().success();
    project
        .partman(&["migrate", "--dry-run"])
        .assert()
        .success();
}

#[tokio::test]
async fn what_cannot_be_adopted_is_refused_with_the_reason() {
    let project = project(Partman::V5_2_4).await;
    let plan = project
        .partman(&["plan", "public.webhook_event"])
        .assert()
        .code(5);
    plan.stderr(predicate::str::contains(
        "did you mean public.webhook_events",
    ));
    let none = self::project(Partman::None).await;
    let plan = none.partman(&["plan"]).assert().code(5);
    plan.stderr(predicate::str::contains("pg_partman").and(predicate::str::contains("help:")));
    assert_eq!(
        none.json(&["status", "--fail-on", "never"], 0)["overall"],
        "absent"
    );
}

#[tokio::test]
async fn another_database_than_the_configured_has_to_be_named() {
    let project = project(Partman::V5_2_4).await;
    project.write(
        "partman.toml",
        "[database]\nurl = \"postgres://postgres@elsewhere/shop\"\n",
    );
    project.partman(&["plan"]).assert().success();
    let arguments = ["migrate", "--yes", "--without-backup", REASON];
    let unnamed = project.partman(&arguments).assert().code(2);
    unnamed
        .stderr(predicate::str::contains("elsewhere").and(predicate::str::contains("--database")));
}

#[tokio::test]
async fn an_inspection_can_be_kept_and_judged_without_a_database() {
    let project = project(Partman::V5_5_0).await;
    let live = project.json(&["status", "--fail-on", "never", "--save", "seen.json"], 0);
    let mut command = project.partman(&["status", "--fail-on", "never", "--input", "seen.json"]);
    let kept = command
        .env_clear()
        .args(["--format", "json"])
        .assert()
        .success();
    let kept: serde_json::Value = serde_json::from_slice(&kept.get_output().stdout).expect("JSON");
    assert_eq!(kept["sets"], live["sets"]);
    project.write("broken.json", "{}");
    project
        .partman(&["status", "--input", "broken.json"])
        .assert()
        .code(2);
}

#[tokio::test]
async fn a_saved_plan_is_run_only_on_the_database_that_it_was_made_from() {
    let project = project(Partman::V5_2_4).await;
    project
        .partman(&["plan", "--out", "plan.json"])
        .assert()
        .success();
    let text =
        std::fs::read_to_string(project.folder.path().join("plan.json")).expect("it is saved");
    project.write(
        "altered.json",
        &text.replace("webhook_events_p", "webhook_events_q"),
    );
    let run = |plan: &str| {
        project.partman(&[
            "migrate",
            "--yes",
            "--without-backup",
            REASON,
            "--plan",
            plan,
        ])
    };
    run("altered.json").assert().code(2);
    run("missing.json").assert().code(2);
    project
        .db
        .execute("ALTER TABLE public.webhook_events RENAME TO others")
        .await;
    run("plan.json").assert().code(10);
}

#[tokio::test]
async fn checks_fail_from_the_threshold_on() {
    let project = project(Partman::V5_2_4).await;
    let found = project.json(
        &["check", "--fail-on", "never", "--report", "text=a.txt"],
        0,
    );
    assert_eq!(found["schema"], "partman/check/1");
    assert!(
        found["findings"]
            .as_array()
            .is_some_and(|findings| !findings.is_empty()),
        "{found}"
    );
    assert!(project.folder.path().join("a.txt").is_file());
    project
        .partman(&["check", "--fail-on", "info"])
        .assert()
        .code(1);
    let waited = project
        .partman(&["check", "--fail-on", "info", "--wait", "1s"])
        .assert();
    waited.code(11);
}
