//! What the journal and a saved plan are good for, and where they end: another database, a changed one, a second time.

use crate::support;

use std::process::Command;

use partman_core::Kind;
use partman_core::plan::Plan;
use partman_core::run::Outcome;
use partman_testkit::{Partman, TestDb};
use serde_json::Value;
use support::Subject;
use support::faulty::{Cue, Fault, Faulty};
use support::scene::{Scene, Shape};

/// The nearest of the partitions that the plan creates.
fn created(plan: &Plan) -> String {
    let ids = plan.steps.iter().map(|step| &step.description.id);
    let created = ids
        .filter_map(|id| id.strip_prefix("create-partition:"))
        .min();
    created.expect("the plan creates a partition").to_owned()
}

async fn keeps_rows_that_arrived(version: Partman, shape: Shape) {
    let scene = Scene::new(version, shape).await;
    let plan = scene.plan().await;
    scene.subject.migrate(&plan).await.expect("it is adopted");
    let partition = created(&plan);
    scene
        .db
        .execute(
            "INSERT INTO public.webhook_events (event_type, payload, created_at)
             VALUES ('new', '{}', date_trunc('month', now()) + interval '40 days')",
        )
        .await;
    let back = scene.subject.rollback().await.expect("there is a way back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    let kept: Vec<_> = back
        .steps
        .iter()
        .filter_map(|step| step.kept.as_deref())
        .collect();
    // Where a table made room for it, that one keeps its new name as well.
    let expected = 1 + usize::from(shape == Shape::Renamed);
    assert_eq!(kept.len(), expected, "{kept:?}");
    assert!(kept.iter().all(|why| why.contains(&partition)), "{kept:?}");
    let notes = back.verified.expect("it was compared").notes;
    assert!(
        notes.len() == 1 && notes[0].contains(&partition),
        "{notes:?}"
    );
    let rows = scene
        .db
        .query_text(&format!("SELECT count(*) FROM {partition}"))
        .await;
    assert_eq!(rows, "1");
    let short = partition.trim_start_matches("public.");
    let other: Vec<_> = scene.differences().await;
    let other: Vec<_> = other
        .iter()
        .filter(|line| !line.contains(short) && !line.starts_with("rows: "))
        .collect();
    assert!(other.is_empty(), "{other:?}");

    let again = scene
        .subject
        .rollback()
        .await
        .expect("there is nothing left to do");
    assert_eq!((again.outcome, again.steps.len()), (Outcome::RolledBack, 0));
    let anew = scene.plan().await;
    let done = scene.subject.migrate(&anew).await.expect("and once more");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
}

#[tokio::test]
async fn a_created_partition_that_has_rows_by_now_is_kept_and_named() {
    keeps_rows_that_arrived(Partman::V4_7_2, Shape::Webhook).await;
    keeps_rows_that_arrived(Partman::V5_2_4, Shape::Renamed).await;
    keeps_rows_that_arrived(Partman::V5_5_0, Shape::Fenced).await;
}

#[tokio::test]
async fn a_created_partition_that_something_was_built_on_is_kept_and_named() {
    let scene = Scene::new(Partman::V5_5_0, Shape::Webhook).await;
    let plan = scene.plan().await;
    scene.subject.migrate(&plan).await.expect("it is adopted");
    let partition = created(&plan);
    scene
        .db
        .execute(&format!(
            "CREATE VIEW public.next_month AS SELECT id FROM {partition}"
        ))
        .await;
    let back = scene.subject.rollback().await.expect("there is a way back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    let kept: Vec<_> = back
        .steps
        .iter()
        .filter_map(|step| step.kept.as_deref())
        .collect();
    assert!(kept.len() == 1 && kept[0].contains(&partition), "{kept:?}");
    scene
        .db
        .execute(&format!(
            "DROP VIEW public.next_month; DROP TABLE {partition}"
        ))
        .await;
    assert_eq!(scene.differences().await, Vec::<String>::new());
}

#[tokio::test]
async fn where_nothing_stopped_there_is_nothing_to_resume_or_to_take_back_twice() {
    let scene = Scene::new(Partman::V5_5_0, Shape::Webhook).await;
    let refused = |outcome: Result<_, partman_core::Error>| {
        outcome.map(drop).expect_err("there is nothing").kind()
    };
    assert_eq!(refused(scene.subject.resume().await), Kind::Refused);
    assert_eq!(refused(scene.subject.rollback().await), Kind::Refused);
    let plan = scene.plan().await;
    let run = scene
        .subject
        .migrate(&plan)
        .await
        .expect("it is adopted")
        .run;
    assert_eq!(refused(scene.subject.resume().await), Kind::Refused);
    assert_eq!(
        refused(scene.subject.rollback_of("another").await),
        Kind::Refused
    );
    let run = run.expect("a run has an id");
    for steps in [plan.steps.len(), 0] {
        let back = scene.subject.rollback_of(&run).await.expect("a way back");
        assert_eq!(
            (back.outcome, back.steps.len()),
            (Outcome::RolledBack, steps)
        );
        assert_eq!(scene.differences().await, Vec::<String>::new());
    }
    assert_eq!(refused(scene.subject.resume().await), Kind::Refused);
}

async fn stopped(scene: &Scene, plan: &Plan) {
    let calls = scene.calls(plan).await;
    let attach = calls
        .iter()
        .position(|sql| sql.contains("ATTACH PARTITION"));
    let cue = Cue {
        call: attach.expect("a partition is created"),
        fault: Fault::Dropped,
    };
    let faulty = Faulty::new(&scene.subject.database, &scene.db, cue);
    tokio::select! {
        outcome = scene.subject.migrate_through(&faulty, plan) => panic!("{outcome:?}"),
        () = faulty.struck() => {}
    }
    scene.is_left_alone().await;
}

#[tokio::test]
async fn a_run_whose_table_is_called_otherwise_by_now_waits_for_its_name() {
    let scene = Scene::new(Partman::V5_5_0, Shape::Webhook).await;
    let plan = scene.plan().await;
    stopped(&scene, &plan).await;
    let rename = |from: &str, to: &str| format!("ALTER TABLE public.{from} RENAME TO {to}");
    scene.db.execute(&rename("webhook_events", "events")).await;
    let refused = scene.subject.resume().await.expect_err("it isn't there");
    assert_eq!(refused.kind(), Kind::Changed, "{refused}");
    assert!(refused.to_string().contains("public.events"), "{refused}");
    assert_eq!(scene.journal().await, "stopped");
    scene.db.execute(&rename("events", "webhook_events")).await;
    let done = scene.subject.resume().await.expect("now it is");
    assert_eq!(scene.is_adopted(&done).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_run_whose_extension_was_dropped_can_be_taken_back() {
    let scene = Scene::new(Partman::V5_5_0, Shape::Webhook).await;
    let plan = scene.plan().await;
    stopped(&scene, &plan).await;
    scene.db.execute("DROP EXTENSION pg_partman").await;
    let refused = scene.subject.resume().await.expect_err("it isn't there");
    assert_eq!(refused.kind(), Kind::Changed, "{refused}");
    assert!(refused.to_string().contains("pg_partman"), "{refused}");
    assert_eq!(scene.taken_back().await, Vec::<String>::new());
}

/// The copy's journal can be read; but nothing of the original's run can be acted on, and the copy is free for its own.
async fn is_history_in(copy: &TestDb, scene: &Scene, plan: &Plan) {
    let before = copy.snapshot().await;
    let there = Subject::connect(copy).await;
    for outcome in [
        there.resume().await,
        there.rollback().await,
        there.migrate(plan).await,
    ] {
        let error = outcome.expect_err("it is another database");
        assert_eq!(error.kind(), Kind::Changed, "{error}");
    }
    assert_eq!(before.diff(&copy.snapshot().await), Vec::<String>::new());
    let own = there.plan_for(scene.wanted.clone()).await;
    let done = there
        .migrate(&own)
        .await
        .expect("the copy is a database like any other");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    let back = there.rollback().await.expect("its own run");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    assert_eq!(before.diff(&copy.snapshot().await), Vec::<String>::new());
}

#[tokio::test]
async fn a_journal_that_came_with_a_copy_is_history() {
    let scene = Scene::new(Partman::V5_5_0, Shape::Webhook).await;
    let plan = scene.plan().await;
    stopped(&scene, &plan).await;
    let copy = scene.db.copy("a_copy").await;
    is_history_in(&copy, &scene, &plan).await;
}

#[tokio::test]
async fn a_journal_that_came_with_a_dump_is_history() {
    let scene = Scene::new(Partman::V4_7_2, Shape::Webhook).await;
    let plan = scene.plan().await;
    stopped(&scene, &plan).await;
    let restored = scene.db.sibling("restored").await;
    let bin = scene.db.cluster().installation().bin();
    let dump = run(Command::new(bin.join("pg_dump"))
        .arg("-Fc")
        .envs(scene.db.envs()))
    .await;
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), dump).expect("room for a dump");
    let mut restore = Command::new(bin.join("pg_restore"));
    restore
        .args(["--exit-on-error", "-d", "restored"])
        .arg(file.path());
    run(restore.envs(restored.envs())).await;
    is_history_in(&restored, &scene, &plan).await;
}

async fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("the server's programs are there");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// The same plan, sealed as if it had been made so.
fn sealed(plan: &str) -> String {
    let mut plan: Value = serde_json::from_str(plan).expect("JSON");
    plan["seal"] = Plan::seal_of(plan.clone()).into();
    plan.to_string()
}

#[tokio::test]
async fn a_saved_plan_is_refused_where_the_database_has_changed_since() {
    let scene = Scene::new(Partman::V5_5_0, Shape::Webhook).await;
    let plan = scene.plan().await;
    let saved = serde_json::to_string(&plan).expect("plain data");
    let partition = created(&plan);
    let changes = [
        format!("CREATE TABLE {partition} (id int)"),
        "CREATE TABLE public.webhook_events_rest PARTITION OF public.webhook_events DEFAULT"
            .to_owned(),
        "ALTER TABLE public.webhook_events RENAME TO events".to_owned(),
        "DROP TABLE public.webhook_events".to_owned(),
        "CREATE ROLE somebody; ALTER TABLE public.webhook_events OWNER TO somebody".to_owned(),
        "GRANT SELECT ON public.webhook_events TO PUBLIC".to_owned(),
        "CREATE SCHEMA parts; CREATE EXTENSION pg_partman SCHEMA parts".to_owned(),
    ];
    for (n, change) in changes.iter().enumerate() {
        let changed = Scene::on(
            scene.db.cluster().clone(),
            Shape::Webhook,
            &format!("changed_{n}"),
        )
        .await;
        let here = Plan::parse(&sealed(
            &saved.replace("\"scene\"", &format!("\"changed_{n}\"")),
        ));
        changed.db.execute(change).await;
        let before = changed.db.snapshot().await;
        let refused = changed.subject.migrate(&here.expect("a whole plan")).await;
        assert_eq!(refused.expect_err(change).kind(), Kind::Changed, "{change}");
        assert_eq!(
            before.diff(&changed.db.snapshot().await),
            Vec::<String>::new(),
            "{change}"
        );
    }
    let elsewhere = Scene::on(scene.db.cluster().clone(), Shape::Webhook, "elsewhere").await;
    let refused = elsewhere
        .subject
        .migrate(&plan)
        .await
        .expect_err("of another database");
    assert_eq!(refused.kind(), Kind::Changed);
    let plan = Plan::parse(&saved).expect("it is whole");
    let done = scene
        .subject
        .migrate(&plan)
        .await
        .expect("nothing has changed here");
    assert_eq!(scene.is_adopted(&done).await, Vec::<String>::new());
    let refused = scene
        .subject
        .migrate(&plan)
        .await
        .expect_err("it has been done");
    assert_eq!(refused.kind(), Kind::Changed);
}

#[tokio::test]
async fn a_plan_that_somebody_has_edited_is_no_plan() {
    let scene = Scene::new(Partman::V5_5_0, Shape::Webhook).await;
    let plan = scene.plan().await;
    let saved = serde_json::to_value(&plan).expect("plain data");
    type Edit = fn(&mut Value);
    let edits: [(&str, Edit); 6] = [
        ("another table", |plan| {
            plan["steps"][1]["spec"]["partition"] = "public.other".into()
        }),
        ("other SQL for people", |plan| {
            plan["steps"][1]["sql"][0] = "SELECT 1".into()
        }),
        ("no locks", |plan| {
            plan["steps"][1]["locks"] = Value::Array(vec![])
        }),
        ("a step less", |plan| {
            drop(plan["steps"].as_array_mut().map(Vec::pop))
        }),
        ("another digest", |plan| {
            plan["digest"] = "0".repeat(64).into()
        }),
        ("another form", |plan| {
            plan["schema"] = "partman/plan/2".into()
        }),
    ];
    for (what, edit) in edits {
        let mut edited = saved.clone();
        edit(&mut edited);
        assert_ne!(edited, saved, "{what}");
        let refused = Plan::parse(&edited.to_string()).expect_err(what);
        assert_eq!(refused.kind(), Kind::Settings, "{what}: {refused}");
    }
    for broken in ["", "{}", "[]", &saved.to_string()[..400]] {
        assert_eq!(
            Plan::parse(broken).expect_err("not a plan").kind(),
            Kind::Settings
        );
    }
    // Somebody who knows how a digest and a seal are made gets as far as the database.
    let mut forged = plan.clone();
    forged.steps.pop();
    forged.digest = Plan::digest_of(&forged.steps);
    let text = serde_json::to_string(&forged).expect("plain data");
    let forged = Plan::parse(&sealed(&text)).expect("it is whole");
    let refused = scene
        .subject
        .migrate(&forged)
        .await
        .expect_err("not what is needed here");
    assert_eq!(refused.kind(), Kind::Changed);
    assert_eq!(scene.differences().await, Vec::<String>::new());
}
