//! What is said of runs: those that are open or at work, those that can be undone, and what others did meanwhile.

use crate::support;

use partman_core::plan::Plan;
use partman_testkit::{Partman, TestDb, fixture};
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;
use support::Project;
use support::interrupted::{MIGRATE, blocker, send, waiting_run};

async fn project() -> Project {
    let db = TestDb::named(Partman::V5_2_4, "ai_agent_admin").await;
    fixture::webhook_events(&db, 100).await;
    Project::of(db)
}

const OTHER: &str = "
    CREATE TABLE public.other (id bigint, at timestamptz NOT NULL) PARTITION BY RANGE (at);
    CREATE TABLE public.other_2025_09 PARTITION OF public.other
        FOR VALUES FROM ('2025-09-01 00:00+00') TO ('2025-10-01 00:00+00');
    CREATE TABLE public.other_2025_10 PARTITION OF public.other
        FOR VALUES FROM ('2025-10-01 00:00+00') TO ('2025-11-01 00:00+00')";

fn ids(findings: &Value) -> Vec<&str> {
    let list = findings["findings"].as_array().expect("a list");
    list.iter()
        .filter_map(|finding| finding["id"].as_str())
        .collect()
}

fn found(project: &Project) -> Value {
    project.json(&["check", "--fail-on", "never"], 0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_told_while_it_works_and_when_it_stopped() {
    let project = project().await;
    let held = blocker(&project).await;
    let mut run = waiting_run(&project);
    let seen = found(&project);
    assert!(ids(&seen).contains(&"run-active"), "{seen:#}");
    assert!(!ids(&seen).contains(&"run-stopped"), "{seen:#}");
    let status = project.json(&["status", "--fail-on", "never"], 0);
    assert_eq!(status["last_run"]["outcome"], "active");
    for verb in [&MIGRATE[..2], &["resume"], &["rollback"]] {
        let dry = project.partman(verb).arg("--dry-run").assert().code(6);
        dry.stderr(contains("another run is active"));
    }
    send(&run, "-INT");
    assert_eq!(run.wait().expect("it ends").code(), Some(130));
    drop(held);

    let stopped = project.json(&["check"], 1);
    assert!(ids(&stopped).contains(&"run-stopped"), "{stopped:#}");
    assert!(!ids(&stopped).contains(&"run-active"), "{stopped:#}");
    let status = project.json(&["status"], 1);
    assert_ne!(status["overall"], "deployed");
    let next: Vec<_> = status["next"].as_array().expect("a list").iter().collect();
    assert_eq!(
        (&next[0]["command"], &next[1]["command"]),
        (&"partman resume".into(), &"partman rollback".into())
    );
    project
        .partman(&MIGRATE[..2])
        .arg("--dry-run")
        .assert()
        .code(9);

    let copy = Project::of(project.db.copy("a_copy").await);
    for verb in ["resume", "rollback"] {
        let dry = copy.partman(&[verb, "--dry-run"]).assert().code(10);
        dry.stderr(contains("history"));
        copy.partman(&[verb, "--yes"]).assert().code(10);
    }
    assert!(!ids(&found(&copy)).contains(&"run-stopped"));
    project.partman(&["resume", "--yes"]).assert().success();
    assert!(!ids(&found(&project)).contains(&"run-stopped"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_changed_under_a_stopped_run_is_left_to_a_person() {
    let project = project().await;
    let held = blocker(&project).await;
    let mut run = waiting_run(&project);
    run.kill().expect("it is there");
    run.wait().expect("it ends");
    drop(held);
    let left = project.json(&["resume", "--dry-run"], 0);
    let steps = left["steps"].as_array().expect("a list").iter();
    let table = steps
        .filter_map(|step| step["id"].as_str()?.strip_prefix("create-partition:"))
        .next_back()
        .expect("partitions are created");
    project
        .db
        .execute(&format!("CREATE TABLE {table} (other int)"))
        .await;
    let refused = project.json(&["resume", "--yes"], 10);
    assert_eq!(refused["outcome"], "stopped", "{refused:#}");
    assert!(ids(&found(&project)).contains(&"run-stopped"));
    project.db.execute(&format!("DROP TABLE {table}")).await;
    project.partman(&["resume", "--yes"]).assert().success();
}

#[tokio::test]
async fn a_journal_that_lacks_a_table_is_called_damaged() {
    let project = project().await;
    project.partman(&MIGRATE).assert().success();
    let drop = "DROP TABLE partman_journal.entry";
    project.db.execute(drop).await;
    for verb in ["resume", "rollback"] {
        let told = project.partman(&[verb, "--yes"]).assert().code(5);
        told.stderr(contains("partman_journal is damaged"));
    }
    project.json(&["status", "--fail-on", "never"], 0);
}

#[tokio::test]
async fn rollback_undoes_one_run_after_the_other() {
    let project = project().await;
    project.db.execute(OTHER).await;
    let before = project.db.snapshot().await;
    let migrate = |set: &str| {
        let done = project.json(&["migrate", set, "--yes", "--without-backup", "a test"], 0);
        done["run"].as_str().expect("an id").to_owned()
    };
    let first = migrate("public.webhook_events");
    let second = migrate("public.other");
    let unknown = project
        .partman(&["rollback", "--run", "nonesuch", "--yes"])
        .assert()
        .code(5);
    unknown.stderr(contains(&first).and(contains(&second)));
    let preview = project.json(&["rollback", "--dry-run"], 0);
    assert_eq!(preview["run"], second.as_str());
    assert_eq!(
        (&preview["outcome"], &preview["dry_run"]),
        (&"rolled-back".into(), &true.into())
    );
    let told = project
        .partman(&["rollback", "--dry-run"])
        .assert()
        .success();
    told.stderr(contains(&first).and(contains("--run ID")));
    for expected in [&second, &first] {
        assert_eq!(
            project.json(&["rollback", "--yes"], 0)["run"],
            expected.as_str()
        );
    }
    let again = project.partman(&["rollback", "--yes"]).assert().success();
    again.stdout(contains("has been rolled back before"));
    let left = before.diff(&project.db.snapshot().await);
    let left: Vec<_> = left
        .iter()
        .filter(|line| !line.contains("partman_journal"))
        .collect();
    assert_eq!(left, [] as [&String; 0]);
}

#[tokio::test]
async fn a_named_run_is_undone_before_later_ones() {
    let project = project().await;
    project.db.execute(OTHER).await;
    let migrate =
        |set: &str| project.json(&["migrate", set, "--yes", "--without-backup", "a test"], 0);
    let first = migrate("public.webhook_events")["run"].clone();
    migrate("public.other");
    let id = first.as_str().expect("an id");
    let back = project.json(&["rollback", "--yes", "--run", id], 0);
    assert_eq!(back["run"], id);
    let status = project.json(&["status", "--fail-on", "never"], 0);
    let managed: Vec<_> = status["sets"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|set| set["managed"] == true)
        .map(|set| set["parent"].as_str())
        .collect();
    assert_eq!(managed, [Some("public.other")]);
}

/// The names of what the run created.
async fn created(project: &Project) -> Vec<String> {
    let sql = "SELECT c.oid::regclass::text FROM partman_journal.entry e \
               CROSS JOIN jsonb_array_elements_text(CASE jsonb_typeof(e.detail->'created') WHEN 'array' THEN e.detail->'created' ELSE '[]' END) o \
               JOIN pg_class c ON c.oid = o::oid ORDER BY 1";
    let rows = project.db.query_rows(sql).await;
    rows.into_iter()
        .filter_map(|mut row| row.remove(0))
        .collect()
}

#[tokio::test]
async fn what_others_dropped_or_detached_is_no_dead_end() {
    for (change, kept) in [
        ("ALTER TABLE webhook_events DETACH PARTITION {}", "detached"),
        ("DROP TABLE {}", "dropped"),
        ("DROP TABLE {0}; CREATE TABLE {0} (decoy int)", "dropped"),
        (
            "DROP TABLE webhook_events; CREATE TABLE webhook_events (decoy int); CREATE TABLE {} (decoy int)",
            "dropped",
        ),
        ("DROP EXTENSION pg_partman CASCADE", "configuration is gone"),
        ("ALTER TABLE webhook_events RENAME TO renamed", ""),
        (
            "CREATE VIEW needs AS SELECT * FROM partman.part_config",
            "pg_partman stays",
        ),
    ] {
        let project = project().await;
        project.partman(&MIGRATE).assert().success();
        let new = created(&project)
            .await
            .pop()
            .expect("something was created");
        let change = change.replace("{0}", &new).replace("{}", &new);
        project
            .db
            .execute(&format!("SET search_path = public; {change}"))
            .await;
        project
            .partman(&["rollback", "--dry-run"])
            .assert()
            .success();
        let back = project.json(&["rollback", "--yes"], 0);
        assert_eq!(back["outcome"], "rolled-back", "{change}: {back:#}");
        let told = back["steps"].to_string() + &back["verified"]["notes"].to_string();
        assert!(told.contains(kept), "{change}: {back:#}");
        let seen = found(&project);
        assert!(!ids(&seen).contains(&"run-stopped"), "{change}: {seen:#}");
        if change.contains("decoy") {
            let rows = project
                .db
                .query_text(&format!("SELECT count(*) FROM {new}"))
                .await;
            assert_eq!(rows, "0", "the table that has only the name is still there");
        }
        if change.contains("DETACH") {
            assert!(ids(&seen).contains(&"partition-left"), "{seen:#}");
        }
        project.partman(&["rollback", "--yes"]).assert().success();
    }
}

#[tokio::test]
async fn a_run_of_a_superuser_is_his_to_undo_and_the_owner_is_told() {
    let project = project().await;
    let password = project.db.password().to_owned();
    project
        .db
        .execute(&format!(
            "CREATE ROLE app LOGIN PASSWORD '{password}'; GRANT ALL ON SCHEMA public TO app;
             ALTER TABLE public.webhook_events OWNER TO app"
        ))
        .await;
    let children =
        "SELECT 'ALTER TABLE ' || inhrelid::regclass || ' OWNER TO app' FROM pg_inherits";
    for row in project.db.query_rows(children).await {
        project
            .db
            .execute(row[0].as_deref().expect("a statement"))
            .await;
    }
    project.partman(&MIGRATE).assert().success();
    let as_app = |arguments: &[&str]| {
        let mut command = project.partman(arguments);
        command.env("PGUSER", "app");
        command.assert()
    };
    let status = as_app(&["status", "--format", "json", "--fail-on", "never"]).success();
    let status: Value = serde_json::from_slice(&status.get_output().stdout).expect("JSON");
    assert_eq!(
        status["last_run"]["outcome"], "completed",
        "{:#}",
        status["gaps_in_view"]
    );
    for verb in [
        &["rollback", "--dry-run"][..],
        &["rollback", "--yes"],
        &MIGRATE[..],
    ] {
        as_app(verb)
            .code(5)
            .stderr(contains("GRANT").and(contains("app")));
    }
    let grant = "GRANT INSERT ON ALL TABLES IN SCHEMA partman_journal TO app";
    project.db.execute(grant).await;
    as_app(&["rollback", "--yes"])
        .code(5)
        .stderr(contains("carried out by"));
    let stranger = format!("CREATE ROLE stranger LOGIN PASSWORD '{password}'");
    project.db.execute(&stranger).await;
    let mut hidden = project.partman(&["rollback", "--yes"]);
    hidden
        .env("PGUSER", "stranger")
        .assert()
        .code(5)
        .stderr(contains("GRANT USAGE"));
    project.partman(&["rollback", "--yes"]).assert().success();
}

#[tokio::test]
async fn a_saved_plan_is_sealed_and_says_where_it_belongs() {
    let project = project().await;
    project
        .partman(&["plan", "--out", "plan.json"])
        .assert()
        .success();
    let text =
        std::fs::read_to_string(project.folder.path().join("plan.json")).expect("it is saved");
    let run = |project: &Project, plan: &str| {
        let plan = project.folder.path().join(plan);
        let plan = plan.to_string_lossy().into_owned();
        project
            .partman(&["migrate", "--plan", &plan, "--dry-run"])
            .assert()
    };
    run(&project, "plan.json").success();
    for (from, to) in [
        ("\"database\": \"ai_agent_admin\"", "\"database\": \"prod\""),
        ("\"adoptable\": \"yes", "\"adoptable\":  \"no"),
        ("\"seal\": \"", "\"seal\": \"0"),
        ("\"made_at\": \"20", "\"made_at\": \"21"),
    ] {
        assert!(text.contains(from), "{from}: {text}");
        let mut altered = text.replace(from, to);
        if from.contains("adoptable") {
            altered = altered.replace("\"managed\": false", "\"managed\": true");
        }
        project.write("altered.json", &altered);
        run(&project, "altered.json")
            .code(2)
            .stderr(contains("partman plan --out"));
    }
    let spaced: Value = serde_json::from_str(&text).expect("JSON");
    project.write("spaced.json", &spaced.to_string());
    run(&project, "spaced.json").success();
    let sibling = Project::of(project.db.copy("sibling").await);
    sibling.write("plan.json", &text);
    run(&sibling, "plan.json")
        .code(10)
        .stderr(contains("of this server").and(contains("--database")));
    let mut elsewhere = spaced;
    elsewhere["made_from"]["system_identifier"] = "7".into();
    elsewhere["seal"] = Plan::seal_of(elsewhere.clone()).into();
    project.write("elsewhere.json", &elsewhere.to_string());
    run(&project, "elsewhere.json")
        .code(10)
        .stderr(contains("another server"));
}
