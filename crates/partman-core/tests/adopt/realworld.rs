//! The sets of public repositories: each is adopted, worked with and taken back, or refused with its reason and nothing
//! changed. One test a set, on each pg_partman.

use crate::support;

use partman_core::Kind;
use partman_core::assess::Adoptable;
use partman_core::plan::Plan;
use partman_core::run::Outcome;
use partman_testkit::{Partman, RealWorld, TestDb, realworld};
use support::{Subject, name, without_journal};

/// What becomes of a set.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// It is adopted, after mends of these kinds.
    Adopted(&'static [&'static str]),
    /// It can't be, and this is in the reason.
    Refused(&'static str),
}

use Fate::{Adopted, Refused};

/// As it is.
const ADOPTED: Fate = Adopted(&[]);

fn the_set(called: &str) -> RealWorld {
    let found = realworld().iter().find(|set| set.name == called);
    *found.unwrap_or_else(|| panic!("there is no set {called}"))
}

async fn meets(called: &str, on_4: Fate, on_5: Fate) {
    for (version, fate) in [
        (Partman::V4_7_2, on_4),
        (Partman::V5_2_4, on_5),
        (Partman::V5_5_0, on_5),
    ] {
        let set = the_set(called);
        let db = TestDb::new(version).await;
        db.execute(&set.sql()).await;
        let subject = Subject::connect(&db).await;
        match fate {
            Adopted(mends) => is_adopted_and_taken_back(&db, &subject, set, mends).await,
            Refused(why) => is_refused(&db, &subject, set, why).await,
        }
    }
}

async fn is_adopted_and_taken_back(db: &TestDb, subject: &Subject, set: RealWorld, mends: &[&str]) {
    let before = db.snapshot().await;
    let rows = db.fingerprint(set.parent()).await;
    let plan = subject.plan(set.parent()).await;
    says(&plan, set, mends);
    for time in ["first", "second"] {
        let done = subject.migrate(&plan).await.expect("it can be begun");
        assert_eq!(done.outcome, Outcome::Completed, "{time}: {done:?}");
        assert_eq!(db.fingerprint(set.parent()).await, rows, "{time}");
        let verified = done.verified.expect("it was verified");
        let found = &verified.sets[0];
        assert_eq!((found.holes, found.configured), (0, true), "{time}");
        let furthest = found.probes.last().expect("an insert was tried");
        assert!(furthest.partition.is_some(), "{time}: {furthest:?}");
        let again = subject.plan(set.parent()).await;
        assert_eq!((again.refusals, again.steps), (vec![], vec![]), "{time}");
        pg_partman_goes_on(db, set).await;
        let back = subject.rollback().await.expect("there is a way back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{time}: {back:?}");
        let left = without_journal(before.diff(&db.snapshot().await));
        assert_eq!(left, Vec::<String>::new(), "{time}");
        assert_eq!(db.fingerprint(set.parent()).await, rows, "{time}");
    }
}

/// What the header calls the interval.
fn in_our_words(header: &str) -> String {
    let ours = [
        ("hourly", "1 hour"),
        ("daily", "1 day"),
        ("weekly", "7 days"),
        ("monthly", "1 month"),
        ("yearly", "1 year"),
    ];
    let found = ours.iter().find(|(theirs, _)| header.starts_with(theirs));
    let ours = found.map(|(_, ours)| (*ours).to_owned());
    ours.unwrap_or_else(|| header.trim_start_matches("id step ").to_owned())
}

fn says(plan: &Plan, set: RealWorld, mends: &[&str]) {
    assert_eq!(plan.refusals, vec![]);
    let said = &plan.sets[0];
    let interval = said.interval.expect("an interval was found");
    assert_eq!(interval.to_string(), in_our_words(set.interval()));
    let wanted = match mends {
        [] => Adoptable::Yes,
        _ => Adoptable::YesWithMend,
    };
    assert_eq!(said.adoptable, wanted, "{:?}", said.mends);
    for kind in mends {
        let named = said.mends.iter().any(|mend| mend.starts_with(kind));
        assert!(named, "{kind}: {:?}", said.mends);
    }
}

/// Its own maintenance finds nothing to do; asked for more, it makes more from there on.
async fn pg_partman_goes_on(db: &TestDb, set: RealWorld) {
    let parent = set.parent().replace('\'', "''");
    let count = format!("SELECT count(*) FROM pg_inherits WHERE inhparent = '{parent}'::regclass");
    let before = db.query_text(&count).await;
    let maintenance = "SELECT partman.run_maintenance(p_analyze := false, p_jobmon := false)";
    db.execute(&format!("SET TimeZone = 'UTC'; {maintenance}"))
        .await;
    assert_eq!(db.query_text(&count).await, before);
    let more = if set.interval().starts_with("id step") {
        "premake + 2"
    } else {
        "40"
    };
    let growing = format!(
        "BEGIN; SET LOCAL TimeZone = 'UTC'; UPDATE partman.part_config SET premake = {more};
         DO $$ BEGIN PERFORM partman.run_maintenance(p_analyze := false, p_jobmon := false); END $$; {count}; ROLLBACK"
    );
    let grown: u32 = db.query_text(&growing).await.parse().expect("a number");
    assert!(
        grown > before.parse().expect("a number"),
        "it does not grow"
    );
}

async fn is_refused(db: &TestDb, subject: &Subject, set: RealWorld, why: &str) {
    let before = db.snapshot().await;
    let plan = subject.plan(set.parent()).await;
    assert!(plan.is_empty(), "{:?}", plan.steps);
    let verdict = plan.sets[0].adoptable;
    assert!(verdict >= Adoptable::NeedsDecision, "{:?}", plan.refusals);
    let said = plan.refusals.iter().any(|reason| reason.what.contains(why));
    assert!(said, "{why}: {:?}", plan.refusals);
    let objects = [&name(set.parent()).name];
    for reason in &plan.refusals {
        assert!(!reason.way_out.is_empty(), "{reason:?}");
        let names_it = objects.iter().any(|object| reason.what.contains(*object));
        assert!(names_it, "it names no object: {reason:?}");
    }
    let refused = subject.migrate(&plan).await.map(|done| done.outcome);
    assert_eq!(refused.map_err(|error| error.kind()), Err(Kind::Refused));
    assert_eq!(before.diff(&db.snapshot().await), Vec::<String>::new());
}

macro_rules! sets {
    ($($test:ident $set:literal $on_4:expr, $on_5:expr;)*) => {
        $(#[tokio::test]
        async fn $test() {
            meets($set, $on_4, $on_5).await;
        })*

        #[test]
        fn every_set_has_a_test() {
            let tested = [$($set),*];
            let all: Vec<_> = realworld().iter().map(|set| set.name).collect();
            assert_eq!(all, tested);
        }
    };
}

sets! {
    hatchet "01_hatchet_v1_task" ADOPTED, ADOPTED;
    supabase "04_supabase_realtime_messages" ADOPTED, ADOPTED;
    openaq "07_openaq_measurements" ADOPTED, ADOPTED;
    mimic "10_mimic_chartevents_inherits" Refused("inheritance"), Refused("inheritance");
    infisical "13_infisical_audit_logs" Adopted(&["rebound"]), Adopted(&["rebound"]);
    toronto_vds "16_toronto_vds_raw" Refused("LIST"), Refused("LIST");
    toronto_miovision "19_toronto_miovision_volumes" Refused("partitioned themselves"), Refused("partitioned themselves");
    pagila "22_pagila_payment" ADOPTED, ADOPTED;
    thingsboard "25_thingsboard_audit_log" ADOPTED, ADOPTED;
    lago "28_lago_enriched_events" Refused("only a DEFAULT"), Refused("only a DEFAULT");
    pg_party "31_pg_party_expression" Refused("expression"), Refused("expression");
    absurd "34_absurd_tasks_uuidv7" Refused("uuid"), ADOPTED;
    triggerdev "37_triggerdev_webhookdelivery" ADOPTED, ADOPTED;
    gitlab "40_gitlab_audit_events" Adopted(&["rebound"]), Adopted(&["rebound"]);
    gobpmn "43_gobpmn_event_list_date" Refused("LIST"), Refused("LIST");
    hyades "46_hyades_projectmetrics" ADOPTED, ADOPTED;
    near "49_near_balance_events" Refused("numeric"), Refused("numeric");
    alcosi "52_alcosi_gateway_request_history" ADOPTED, ADOPTED;
    sequent "55_sequent_events_text_key" Refused("text"), Refused("text");
    crius "58_crius_snapshot" Adopted(&["rebound"]), Adopted(&["rebound"]);
    wres "61_wres_timeseriesvaluepart" ADOPTED, ADOPTED;
    kubernaut "64_kubernaut_action_traces" ADOPTED, ADOPTED;
    horoscope "67_horoscope_transaction" ADOPTED, ADOPTED;
    waku "70_waku_messages_ns" ADOPTED, ADOPTED;
    skyportal "73_skyportal_localizationtiles" ADOPTED, ADOPTED;
    zabbix "76_zabbix_history_epoch" Adopted(&["rescue-default"]), Adopted(&["rescue-default"]);
    container_registry "79_container_registry_blobs_hash" Refused("HASH"), Refused("HASH");
}
