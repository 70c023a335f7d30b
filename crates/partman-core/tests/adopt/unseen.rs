//! A DEFAULT whose rows nobody has seen: it is read where that takes a moment, and else a person is asked, for rows that are in
//! the way would be found only when writers are refused already.

use crate::support;

use std::time::Duration;

use partman_core::assess::{Adoptable, Code};
use partman_core::inspect::{Options, inspect};
use partman_core::mend::MendKind;
use partman_core::plan::{Plan, Request, Selection};
use partman_core::run::Outcome;
use partman_core::wanted::{WantedExtension, WantedSet};
use partman_testkit::{Partman, TestDb};
use support::{Subject, dsn, name, without_journal};

/// Three months, the last of them this one, and a DEFAULT without an index that has the key, which holds 70 MB of the next.
const LARGE: &str = "
    CREATE TABLE public.readings (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, note text)
        PARTITION BY RANGE (at);
    SET TimeZone = 'UTC';
    DO $$
    BEGIN
        FOR n IN -2..0 LOOP
            EXECUTE format('CREATE TABLE public.readings_%s PARTITION OF public.readings FOR VALUES FROM (%L) TO (%L)', n + 3,
                           date_trunc('month', now()) + n * interval '1 month',
                           date_trunc('month', now()) + (n + 1) * interval '1 month');
        END LOOP;
    END $$;
    CREATE TABLE public.readings_rest PARTITION OF public.readings DEFAULT;
    ALTER TABLE public.readings_rest ALTER note SET STORAGE PLAIN;
    INSERT INTO public.readings (at, note)
    SELECT date_trunc('month', now()) + interval '1 month' + n * interval '1 minute', repeat('x', 7000)
      FROM generate_series(0, 9999) AS n";

async fn plan(subject: &Subject, scan_time: Duration) -> Plan {
    let mut session = subject.database.session().await.expect("a session");
    let options = Options {
        scan_time,
        ..Options::new("UTC")
    };
    let seen = inspect(&mut session, &options).await.expect("a look");
    let request = Request {
        selection: Selection::Named(vec![WantedSet::new(name("public.readings"))]),
        extension: WantedExtension::default(),
    };
    Plan::make(&seen, &request)
}

#[tokio::test]
async fn a_large_default_without_an_index_is_read_or_asked_about() {
    let db = TestDb::new(Partman::V5_5_0).await;
    db.execute(LARGE).await;
    let subject = Subject::connect(&db).await;

    let hasty = Duration::from_millis(1);
    let asked = plan(&subject, hasty).await;
    assert_eq!(asked.refusals.len(), 1, "{:?}", asked.refusals);
    let reason = &asked.refusals[0];
    assert_eq!(reason.verdict, Adoptable::NeedsDecision);
    assert_eq!(reason.code, Code::DefaultHasRows);
    let way_out = reason.way_out.to_string();
    assert!(
        way_out.contains("CREATE INDEX CONCURRENTLY ON public.readings_rest (at)"),
        "{way_out}"
    );

    let read = subject.plan("public.readings").await;
    assert_eq!(read.refusals, vec![]);
    assert_eq!(read.sets[0].mend_kinds, [MendKind::AttachDefault]);
    db.execute("CREATE INDEX ON public.readings_rest (at)")
        .await;
    let indexed = plan(&subject, hasty).await;
    assert_eq!(indexed.digest, read.digest, "{:?}", indexed.refusals);

    let rows = db.fingerprint("public.readings").await;
    let before = db.snapshot().await;
    let done = subject.migrate(&read).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    assert_eq!(db.fingerprint("public.readings").await, rows);
    let back = subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    let left = without_journal(before.diff(&db.snapshot().await));
    assert_eq!(left, Vec::<String>::new());
}

/// Of its owner, who is subject to policies too.
const HIDDEN: &str = "
    CREATE ROLE own LOGIN; GRANT CREATE ON DATABASE %I TO own; GRANT CREATE ON SCHEMA public TO own;
    SET ROLE own;
    CREATE TABLE public.readings (id bigint NOT NULL, PRIMARY KEY (id)) PARTITION BY RANGE (id);
    CREATE TABLE public.readings_0 PARTITION OF public.readings FOR VALUES FROM (0) TO (1000);
    CREATE TABLE public.readings_1000 PARTITION OF public.readings FOR VALUES FROM (1000) TO (2000);
    CREATE TABLE public.readings_rest PARTITION OF public.readings DEFAULT;
    INSERT INTO public.readings SELECT generate_series(0, 2999);
    ALTER TABLE public.readings_rest ENABLE ROW LEVEL SECURITY;
    ALTER TABLE public.readings_rest FORCE ROW LEVEL SECURITY;
    CREATE POLICY none ON public.readings_rest USING (false) WITH CHECK (true);
    RESET ROLE";

#[tokio::test]
async fn rows_that_row_security_hides_are_asked_about() {
    for version in Partman::ALL {
        let db = TestDb::new(version).await;
        let database = db.name().to_owned();
        db.execute(&HIDDEN.replace("%I", &database)).await;
        let before = db.snapshot().await;
        let subject = Subject::connect_to(&dsn(&db, "own")).await;
        let asked = subject.plan("public.readings").await;
        let reasons: Vec<String> = asked.refusals.iter().map(|r| r.what.to_string()).collect();
        assert!(
            reasons.contains(
                &"row security hides rows of public.readings_rest from this role".to_owned()
            ),
            "{version:?}: {reasons:?}"
        );
        assert_eq!(before.diff(&db.snapshot().await), Vec::<String>::new());
        // Nothing is hidden from a superuser.
        let subject = Subject::connect(&db).await;
        let plan = subject.plan("public.readings").await;
        assert_eq!(plan.refusals, vec![], "{version:?}");
    }
}
