//! Partitions by LIST of single numbers: adopted where somebody says that they grow, and the version can.

use crate::support;

use partman_core::Interval;
use partman_core::assess::Adoptable;
use partman_core::plan::Plan;
use partman_core::run::Outcome;
use partman_core::wanted::WantedSet;
use partman_testkit::{Partman, TestDb};
use support::{Subject, name, without_journal};

const BATCHES: &str = "
    CREATE TABLE public.batches (batch bigint NOT NULL, what text, PRIMARY KEY (batch, what)) PARTITION BY LIST (batch);
    CREATE TABLE public.batch_7 PARTITION OF public.batches FOR VALUES IN (7);
    CREATE TABLE public.batch_8 PARTITION OF public.batches FOR VALUES IN (8);
    CREATE TABLE public.batch_10 PARTITION OF public.batches FOR VALUES IN (10);
    INSERT INTO public.batches SELECT 7, n::text FROM generate_series(1, 9) n";

async fn plan(subject: &Subject, interval: Option<i64>) -> Plan {
    let mut wanted = WantedSet::new(name("public.batches"));
    wanted.interval = interval.map(Interval::Ids);
    subject.plan_for(wanted).await
}

#[tokio::test]
async fn numbers_that_grow_are_adopted_on_5() {
    for version in [Partman::V5_2_4, Partman::V5_5_0] {
        let db = TestDb::new(version).await;
        db.execute(BATCHES).await;
        let subject = Subject::connect(&db).await;
        assert_eq!(
            plan(&subject, None).await.sets[0].adoptable,
            Adoptable::NeedsDecision
        );
        let (before, rows) = (db.snapshot().await, db.fingerprint("public.batches").await);
        let planned = plan(&subject, Some(1)).await;
        assert_eq!(planned.refusals, vec![]);
        assert_eq!(
            planned.sets[0].adoptable,
            Adoptable::YesWithMend,
            "9 is missing"
        );
        for _ in 0..2 {
            let done = subject.migrate(&planned).await.expect("it can be begun");
            assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
            let probes = &done.verified.expect("it was verified").sets[0].probes;
            assert!(
                probes.iter().all(|probe| probe.partition.is_some()),
                "{probes:?}"
            );
            let there = "SELECT string_agg(pg_get_expr(relpartbound, oid), ' ' ORDER BY oid) FROM pg_class \
                         WHERE relispartition AND relkind = 'r' AND relname ~ 'batches_p'";
            let bounds = db.query_text(there).await;
            assert!(
                bounds.starts_with("FOR VALUES IN ('9') FOR VALUES IN ('11')"),
                "{bounds}"
            );
            db.execute("BEGIN; INSERT INTO public.batches VALUES (9, 'x'), (11, 'x'); ROLLBACK")
                .await;
            let back = subject.rollback().await.expect("there is a way back");
            assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
            let left = without_journal(before.diff(&db.snapshot().await));
            assert_eq!(left, Vec::<String>::new(), "{version:?}");
            assert_eq!(db.fingerprint("public.batches").await, rows);
        }
    }
}

#[tokio::test]
async fn what_is_no_row_of_numbers_is_refused() {
    for (version, sql, why) in [
        (Partman::V4_7_2, BATCHES, "pg_partman 4"),
        (
            Partman::V5_5_0,
            "CREATE TABLE public.batches (batch int) PARTITION BY LIST (batch);
             CREATE TABLE public.b1 PARTITION OF public.batches FOR VALUES IN (1, 2)",
            "no next value",
        ),
        (
            Partman::V5_5_0,
            "CREATE TABLE public.batches (batch boolean) PARTITION BY LIST (batch);
             CREATE TABLE public.b1 PARTITION OF public.batches FOR VALUES IN (true)",
            "no next value",
        ),
    ] {
        let db = TestDb::new(version).await;
        db.execute(sql).await;
        let subject = Subject::connect(&db).await;
        let planned = plan(&subject, Some(1)).await;
        assert_eq!(planned.sets[0].adoptable, Adoptable::No);
        let said = planned
            .refusals
            .iter()
            .any(|reason| reason.what.contains(why));
        assert!(said, "{why}: {:?}", planned.refusals);
    }
}
