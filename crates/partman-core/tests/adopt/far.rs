//! A partition whose bounds are a slip of the pen: nobody fills the decades before it, a person is asked.

use crate::support;

use partman_core::assess::{Adoptable, Code, MendKind};
use partman_core::plan::Plan;
use partman_core::run::Outcome;
use partman_core::wanted::WantedSet;
use partman_testkit::{Partman, TestDb};
use support::{Subject, name};

/// Two partitions up to now, and one that begins so much later.
fn slip(key: &str, interval: &str, later: &str) -> String {
    let unit = interval.split_once(' ').map_or("", |(_, unit)| unit);
    format!(
        "SET TimeZone = 'UTC'; CREATE TABLE public.t (at {key} NOT NULL) PARTITION BY RANGE (at);
         DO $$ DECLARE p timestamptz := date_trunc('{unit}', now()); far timestamptz; BEGIN
             FOR n IN 0..1 LOOP
                 EXECUTE format('CREATE TABLE public.%I PARTITION OF public.t FOR VALUES FROM (%L) TO (%L)', 't_' || n,
                     (p + interval '{interval}' * (n - 1))::{key}, (p + interval '{interval}' * n)::{key});
             END LOOP;
             far := p + interval '{later}';
             EXECUTE format('CREATE TABLE public.t_far PARTITION OF public.t FOR VALUES FROM (%L) TO (%L)',
                 far::{key}, (far + interval '{interval}')::{key});
         END $$"
    )
}

async fn plan(version: Partman, sql: &str, decline: &[MendKind]) -> (TestDb, Subject, Plan) {
    let db = TestDb::new(version).await;
    db.execute(sql).await;
    let subject = Subject::connect(&db).await;
    let mut wanted = WantedSet::new(name("public.t"));
    wanted.decline = decline.to_vec();
    let plan = subject.plan_for(wanted).await;
    (db, subject, plan)
}

const NUMBERS: &str = "CREATE TABLE public.t (at bigint NOT NULL) PARTITION BY RANGE (at);
    CREATE TABLE public.t_0 PARTITION OF public.t FOR VALUES FROM (0) TO (1000);
    CREATE TABLE public.t_1 PARTITION OF public.t FOR VALUES FROM (1000) TO (2000);
    CREATE TABLE public.t_far PARTITION OF public.t FOR VALUES FROM (200000) TO (201000);
    INSERT INTO public.t VALUES (1500)";

#[tokio::test]
async fn a_partition_decades_ahead_is_asked_about() {
    let slips = [
        slip("timestamptz", "1 month", "36 years"),
        slip("date", "1 month", "10 years"),
        slip("timestamptz", "1 day", "1 year"),
        slip("timestamp", "1 day", "36 years"),
        slip("date", "1 year", "36 years"),
        NUMBERS.to_owned(),
    ];
    for sql in slips {
        let (_db, subject, plan) = plan(Partman::V5_5_0, &sql, &[]).await;
        let reason = plan.refusals.first().expect("it asks");
        assert_eq!(reason.code, Code::PartitionFarAhead, "{sql}: {reason:?}");
        assert_eq!(reason.verdict, Adoptable::NeedsDecision);
        assert!(reason.what.contains("public.t_far"), "{reason:?}");
        let way_out = &reason.way_out;
        assert!(
            way_out.contains("DETACH PARTITION public.t_far"),
            "{way_out}"
        );
        assert!(way_out.contains("decline fill-gap"), "{way_out}");
        assert!(subject.migrate(&plan).await.is_err());
    }
}

#[tokio::test]
async fn it_is_left_alone_where_the_gap_is_meant() {
    let sql = slip("timestamptz", "1 month", "36 years");
    for version in [Partman::V4_7_2, Partman::V5_5_0] {
        let (_db, subject, plan) = plan(version, &sql, &[MendKind::FillGap]).await;
        assert_eq!(plan.refusals, vec![]);
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
    }
}

#[tokio::test]
async fn gaps_of_the_past_and_a_little_ahead_are_filled() {
    let ahead = slip("timestamptz", "1 month", "3 years");
    let past = "SET TimeZone = 'UTC'; CREATE TABLE public.t (at date NOT NULL) PARTITION BY RANGE (at);
        CREATE TABLE public.t_0 PARTITION OF public.t FOR VALUES FROM ('2015-01-01') TO ('2015-02-01');
        DO $$ DECLARE m date := date_trunc('month', now()); BEGIN
            EXECUTE format('CREATE TABLE public.t_1 PARTITION OF public.t FOR VALUES FROM (%L) TO (%L)', m, (m + interval '1 month')::date);
        END $$";
    for sql in [ahead.as_str(), past] {
        let (_db, _subject, plan) = plan(Partman::V5_5_0, sql, &[]).await;
        assert_eq!(plan.refusals, vec![]);
        assert!(plan.sets[0].mend_kinds.contains(&MendKind::FillGap));
    }
}
