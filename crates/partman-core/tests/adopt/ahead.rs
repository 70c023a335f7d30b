//! Sets whose rows lie ahead of the clock: as many partitions follow as pg_partman itself asks for, so that its maintenance
//! finds nothing left to make.

use crate::support;

use partman_core::run::Outcome;
use partman_core::wanted::WantedSet;
use partman_testkit::{Partman, TestDb};
use support::{Subject, name, without_journal};

/// Months around the present, with an appointment in half a year.
const APPOINTMENTS: &str = "
    SET TimeZone = 'UTC';
    CREATE TABLE public.t (at timestamptz NOT NULL, what text) PARTITION BY RANGE (at);
    DO $$
    DECLARE
        first constant timestamptz := date_trunc('month', now());
    BEGIN
        FOR n IN -1..7 LOOP
            EXECUTE format('CREATE TABLE public.%I PARTITION OF public.t FOR VALUES FROM (%L) TO (%L)',
                't_' || n + 2, first + interval '1 month' * n, first + interval '1 month' * (n + 1));
        END LOOP;
    END $$;
    INSERT INTO public.t VALUES (now(), 'now'), (date_trunc('month', now()) + interval '6 months 3 days', 'then')";

const NUMBERS: &str = "
    CREATE TABLE public.t (at bigint NOT NULL, what text) PARTITION BY RANGE (at);
    CREATE TABLE public.t_1 PARTITION OF public.t FOR VALUES FROM (0) TO (100);
    CREATE TABLE public.t_2 PARTITION OF public.t FOR VALUES FROM (100) TO (200);
    CREATE TABLE public.t_rest PARTITION OF public.t DEFAULT;
    INSERT INTO public.t VALUES (20, 'here'), (420, 'in DEFAULT')";

/// What its maintenance makes after an adoption.
async fn left_to_make(db: &TestDb) -> String {
    let subject = Subject::connect(db).await;
    let mut wanted = WantedSet::new(name("public.t"));
    wanted.premake = 3;
    let before = db.snapshot().await;
    let plan = subject.plan_for(wanted).await;
    assert_eq!(plan.refusals, vec![]);
    let created = plan.steps.iter().map(|step| &step.description.id);
    let created = created
        .filter(|id| id.starts_with("create-partition:"))
        .count();
    let was: usize = db.query_text(COUNT).await.parse().expect("a number");
    let done = subject.migrate(&plan).await.expect("nothing is in the way");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    let is: usize = db.query_text(COUNT).await.parse().expect("a number");
    let back = subject.rollback().await.expect("there is a way back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    let left = without_journal(before.diff(&db.snapshot().await));
    assert_eq!(left, Vec::<String>::new());
    format!("{} of {created}", is - was - created)
}

const COUNT: &str = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'public.t'::regclass";

#[tokio::test]
async fn rows_ahead_of_the_clock_are_counted_from_where_the_version_does() {
    for version in Partman::ALL {
        let db = TestDb::new(version).await;
        db.execute(APPOINTMENTS).await;
        // Two more after the month of the appointment; version 4 counts from the clock and has enough.
        let expected = match version {
            Partman::V4_7_2 => "0 of 0",
            _ => "0 of 2",
        };
        assert_eq!(left_to_make(&db).await, expected, "{version:?}");
    }
}

#[tokio::test]
async fn numbers_in_default_are_counted_where_the_version_does() {
    for version in Partman::ALL {
        let db = TestDb::new(version).await;
        db.execute(NUMBERS).await;
        let expected = match version {
            Partman::V4_7_2 => "0 of 6",
            _ => "0 of 2",
        };
        assert_eq!(left_to_make(&db).await, expected, "{version:?}");
    }
}
