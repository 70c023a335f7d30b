//! What is around a set and speaks against adopting it: who knows its partitions by name, and what pg_partman's own
//! configuration has.

use crate::support;

use partman_core::assess::Adoptable;
use partman_core::plan::Plan;
use partman_core::run::Outcome;
use partman_core::wanted::{Names, WantedSet};
use partman_testkit::{Partman, TestDb, fixture};
use support::{Subject, name};

async fn webhooks(version: Partman) -> (TestDb, Subject) {
    let db = TestDb::new(version).await;
    fixture::webhook_events(&db, 20).await;
    let subject = Subject::connect(&db).await;
    (db, subject)
}

const PARENT: &str = "public.webhook_events";

async fn plan(subject: &Subject, names: Option<Names>) -> Plan {
    let mut wanted = WantedSet::new(name(PARENT));
    wanted.names = names;
    subject.plan_for(wanted).await
}

fn asks(plan: &Plan, what: &str, way_out: &str) {
    assert_eq!(plan.sets[0].adoptable, Adoptable::NeedsDecision, "{plan:?}");
    let found = plan
        .refusals
        .iter()
        .find(|reason| reason.what.contains(what));
    let reason = found.unwrap_or_else(|| panic!("{what}: {:?}", plan.refusals));
    assert!(reason.way_out.contains(way_out), "{reason:?}");
    assert!(plan.is_empty());
}

const FUNCTIONS: &str = "
    CREATE FUNCTION public.latest() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM webhook_events_2025_10';
    CREATE FUNCTION public.made() RETURNS text LANGUAGE plpgsql AS
        $$ BEGIN RETURN 'webhook_events_' || to_char(now(), 'YYYY_MM'); END $$;
    CREATE FUNCTION public.follows() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM webhook_events_2025_10; END;
    CREATE VIEW public.follows_too AS SELECT * FROM webhook_events_2025_10;
    CREATE FUNCTION public.other() RETURNS bigint LANGUAGE sql AS 'SELECT 1 /* xwebhook_events_2025_10 */'";

#[tokio::test]
async fn renaming_asks_where_a_text_has_the_old_names() {
    let (db, subject) = webhooks(Partman::V4_7_2).await;
    assert_eq!(plan(&subject, None).await.refusals, vec![]);
    db.execute(FUNCTIONS).await;
    let asked = plan(&subject, None).await;
    asks(
        &asked,
        "function public.latest(), function public.made()",
        "--rename",
    );
    let text = asked.refusals[0].what.to_string();
    assert!(
        !text.contains("follows") && !text.contains("other"),
        "{text}"
    );
    let said = plan(&subject, Some(Names::Rename)).await;
    let titles = said
        .steps
        .iter()
        .map(|step| step.description.title.as_str());
    let told = titles.filter(|title| title.contains("function public.latest()"));
    assert_eq!(told.count(), 1);
    let done = subject.migrate(&said).await.expect("it was said");
    assert_eq!(done.outcome, Outcome::Completed);
}

#[tokio::test]
async fn renaming_asks_where_partitions_are_published_by_name() {
    let (db, subject) = webhooks(Partman::V4_7_2).await;
    let publish = "CREATE PUBLICATION told FOR TABLE public.webhook_events";
    db.execute(publish).await;
    asks(
        &plan(&subject, None).await,
        "publication told",
        "publish_via_partition_root",
    );
    db.execute("ALTER PUBLICATION told SET (publish_via_partition_root = true)")
        .await;
    assert_eq!(plan(&subject, None).await.refusals, vec![]);
}

#[tokio::test]
async fn names_that_are_kept_are_nobodys_trouble() {
    let (db, subject) = webhooks(Partman::V5_5_0).await;
    db.execute(FUNCTIONS).await;
    assert_eq!(plan(&subject, None).await.refusals, vec![]);
}

#[tokio::test]
async fn a_row_of_a_table_that_is_gone_stops_what_does_not_isolate() {
    for (version, stops) in [
        (Partman::V4_7_2, true),
        (Partman::V5_2_4, true),
        (Partman::V5_5_0, false),
    ] {
        let (db, subject) = webhooks(version).await;
        let kind = if version == Partman::V4_7_2 {
            "native"
        } else {
            "range"
        };
        let gone = "CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman;
             INSERT INTO partman.part_config (parent_table, control, partition_type, partition_interval)
             VALUES ('public.gone', 'at', 'KIND', '1 month')";
        db.execute(&gone.replace("KIND", kind)).await;
        let planned = plan(&subject, None).await;
        if stops {
            asks(&planned, "public.gone", "DELETE FROM partman.part_config");
            let way_out = planned.refusals[0].way_out.to_string();
            let (_, sql) = way_out.split_once(": ").expect("a statement");
            db.execute(sql).await;
        }
        assert_eq!(plan(&subject, None).await.refusals, vec![], "{version:?}");
    }
}

#[tokio::test]
async fn a_set_that_pg_partman_is_undoing_is_left_alone() {
    let (db, subject) = webhooks(Partman::V5_5_0).await;
    let planned = plan(&subject, None).await;
    subject.migrate(&planned).await.expect("it is adopted");
    db.execute("UPDATE partman.part_config SET undo_in_progress = true")
        .await;
    let planned = plan(&subject, None).await;
    assert!(
        planned.refusals[0].what.contains("undo_in_progress"),
        "{:?}",
        planned.refusals
    );
    assert_eq!(planned.sets[0].adoptable, Adoptable::No);
}

#[tokio::test]
async fn a_detach_that_was_not_finished_is_offered_to_be() {
    let (db, subject) = webhooks(Partman::V5_5_0).await;
    let reader = db.client().await;
    reader
        .batch_execute("BEGIN; SELECT count(*) FROM public.webhook_events")
        .await
        .expect("it reads");
    let detach = "ALTER TABLE public.webhook_events DETACH PARTITION public.webhook_events_2025_09 CONCURRENTLY";
    let impatient = db.client().await;
    impatient
        .batch_execute("SET lock_timeout = '300ms'")
        .await
        .expect("a setting");
    impatient
        .batch_execute(detach)
        .await
        .expect_err("the reader is in the way");
    drop(reader);
    let planned = plan(&subject, None).await;
    let finish = "DETACH PARTITION public.webhook_events_2025_09 FINALIZE";
    asks(&planned, "webhook_events_2025_09", finish);
}
