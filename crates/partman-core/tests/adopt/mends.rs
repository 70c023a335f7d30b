//! Mends that somebody declines: what they would repair stays as it is, or is a question, and is told either way.

use crate::support;

use partman_core::assess::{Adoptable, Code};
use partman_core::check::{self, Scope};
use partman_core::mend::MendKind;
use partman_core::plan::Plan;
use partman_core::run::Outcome;
use partman_core::wanted::WantedSet;
use partman_testkit::{Partman, TestDb, fixture};
use support::{Subject, name, without_journal};

const OLD_AND_NEW: [Partman; 2] = [Partman::V4_7_2, Partman::V5_5_0];

fn without(parent: &str, decline: &[MendKind]) -> WantedSet {
    let mut wanted = WantedSet::new(name(parent));
    wanted.decline = decline.to_vec();
    wanted
}

/// What is told of the gaps of every set.
async fn gaps(subject: &Subject) -> Vec<String> {
    let outcome = check::run_all(&subject.inspect().await, &Scope::everything());
    let gaps = outcome.findings.into_iter();
    gaps.filter(|finding| finding.id == "partition-gap")
        .map(|finding| finding.message.to_string())
        .collect()
}

#[tokio::test]
async fn a_gap_that_is_to_stay_is_not_filled_and_goes_on_being_told() {
    for version in OLD_AND_NEW {
        let db = TestDb::new(version).await;
        fixture::gap(&db).await;
        let before = db.snapshot().await;
        let subject = Subject::connect(&db).await;
        let wanted = without("public.deliveries", &[MendKind::FillGap]);
        let plan = subject.plan_for(wanted.clone()).await;
        assert_eq!(plan.refusals, vec![], "{version:?}");
        let said = &plan.sets[0];
        assert_eq!(said.adoptable, Adoptable::Yes, "{version:?}: {said:?}");
        let declined = said.declined.first().expect("a gap");
        assert!(declined.starts_with("fill-gap: "), "{declined}");

        // A saved plan keeps what was declined.
        let saved = serde_json::to_string(&plan).expect("plain data");
        let saved = Plan::parse(&saved).expect("it is whole");
        let done = subject.migrate(&saved).await.expect("it still holds");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        let lost = "INSERT INTO public.deliveries (sent_at) VALUES ('2025-10-10')";
        let refused = db.client().await.batch_execute(lost).await;
        let refused = refused.expect_err("nobody made a place for it");
        assert_eq!(refused.code().map(|code| code.code()), Some("23514"));
        assert_eq!(gaps(&subject).await.len(), 1, "{version:?}");
        assert!(subject.plan_for(wanted).await.is_empty(), "{version:?}");

        let back = subject.rollback().await.expect("there is a way back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        let left = without_journal(before.diff(&db.snapshot().await));
        assert_eq!(left, Vec::<String>::new(), "{version:?}");
    }
}

/// Months from the first of one on, and from the fifteenth of a later one.
const OFF_THE_GRID: &str = "SET TimeZone = 'UTC';
    CREATE TABLE public.t (at timestamptz NOT NULL) PARTITION BY RANGE (at);
    CREATE TABLE public.t_1 PARTITION OF public.t FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
    CREATE TABLE public.t_2 PARTITION OF public.t FOR VALUES FROM ('2026-06-15') TO ('2026-07-15');
    INSERT INTO public.t VALUES ('2026-01-02'), ('2026-06-16')";

#[tokio::test]
async fn a_gap_that_whole_partitions_do_not_fill_can_be_kept() {
    for version in Partman::ALL {
        let db = TestDb::new(version).await;
        db.execute(OFF_THE_GRID).await;
        let subject = Subject::connect(&db).await;
        let plan = subject.plan("public.t").await;
        let codes: Vec<Code> = plan.refusals.iter().map(|reason| reason.code).collect();
        assert_eq!(codes, [Code::Misaligned], "{version:?}");
        let way_out = &plan.refusals[0].way_out;
        assert!(way_out.contains("decline fill-gap"), "{way_out}");

        let before = db.snapshot().await;
        let plan = subject
            .plan_for(without("public.t", &[MendKind::FillGap]))
            .await;
        let done = subject.migrate(&plan).await.expect("nothing is in the way");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        let probes = &done.verified.expect("it was verified").sets[0].probes;
        assert!(
            probes.iter().all(|probe| probe.partition.is_some()),
            "{probes:?}"
        );
        subject.rollback().await.expect("there is a way back");
        let left = without_journal(before.diff(&db.snapshot().await));
        assert_eq!(left, Vec::<String>::new(), "{version:?}");
    }
}

#[tokio::test]
async fn rows_of_default_that_are_not_to_be_brought_along_are_a_question() {
    let db = TestDb::new(Partman::V5_5_0).await;
    fixture::with_default(&db).await;
    db.execute("INSERT INTO public.readings VALUES (7, now(), 1.5)")
        .await;
    let subject = Subject::connect(&db).await;
    let mended = subject.plan("public.readings").await;
    assert!(mended.sets[0].mend_kinds.contains(&MendKind::RescueDefault));
    let wanted = without("public.readings", &[MendKind::RescueDefault]);
    let plan = subject.plan_for(wanted.clone()).await;
    assert_eq!(plan.sets[0].adoptable, Adoptable::NeedsDecision);
    assert_eq!(plan.sets[0].reason_codes, [Code::DefaultHasRows]);
    let way_out = &plan.refusals[0].way_out;
    assert!(way_out.contains("rescue-default"), "{way_out}");

    // Rows that come after the plan was made are not brought along either: it is given up.
    db.execute("DELETE FROM public.readings_default WHERE taken_at > '2025-10-31'")
        .await;
    let plan = subject.plan_for(wanted).await;
    db.execute("INSERT INTO public.readings VALUES (8, now() + interval '1 month', 1.5)")
        .await;
    let before = db.snapshot().await;
    let changed = subject
        .migrate(&plan)
        .await
        .expect_err("a row is in the way");
    assert_eq!(changed.kind(), partman_core::Kind::Changed, "{changed}");
    assert_eq!(before.diff(&db.snapshot().await), Vec::<String>::new());
}
