//! Partitions that are foreign tables: adopted where nothing has to be written to them; a DEFAULT over there is refused.

use crate::support;

use partman_core::assess::Code;
use partman_core::run::Outcome;
use partman_testkit::{Partman, TestDb};
use support::{Subject, without_journal};

/// Months up to now, of which the oldest is in another database, here the same one.
async fn archive_elsewhere(db: &TestDb) {
    let cluster = db.cluster();
    let server = format!(
        "CREATE EXTENSION postgres_fdw; CREATE SERVER archive FOREIGN DATA WRAPPER postgres_fdw
             OPTIONS (host '{}', port '{}', dbname '{}');
         CREATE USER MAPPING FOR postgres SERVER archive OPTIONS (user 'postgres')",
        cluster.socket_dir().display(),
        cluster.port(),
        db.name()
    );
    db.execute(&format!(
        "{server}; SET TimeZone = 'UTC'; CREATE SCHEMA there;
         CREATE TABLE there.old (at timestamptz NOT NULL, what text);
         CREATE TABLE there.rest (at timestamptz NOT NULL, what text);
         CREATE TABLE public.t (at timestamptz NOT NULL, what text) PARTITION BY RANGE (at);
         CREATE INDEX ON public.t (at);
         DO $$ DECLARE m timestamptz := date_trunc('month', now()); BEGIN
             EXECUTE format('CREATE FOREIGN TABLE public.t_0 PARTITION OF public.t FOR VALUES FROM (%L) TO (%L)
                 SERVER archive OPTIONS (schema_name ''there'', table_name ''old'')', m - interval '2 months', m - interval '1 month');
             EXECUTE format('CREATE TABLE public.t_1 PARTITION OF public.t FOR VALUES FROM (%L) TO (%L)', m - interval '1 month', m);
         END $$"
    ))
    .await;
    db.execute(
        "SET TimeZone = 'UTC'; INSERT INTO public.t \
         SELECT date_trunc('month', now()) - n * interval '10 days', 'then' FROM generate_series(1, 4) AS n",
    )
    .await;
}

#[tokio::test]
async fn an_archive_on_another_server_stays_there() {
    for version in Partman::ALL {
        let db = TestDb::new(version).await;
        archive_elsewhere(&db).await;
        let subject = Subject::connect(&db).await;
        let rows = "SELECT count(*) || ' ' || (SELECT count(*) FROM there.old) FROM public.t";
        let (before, there) = (db.snapshot().await, db.query_text(rows).await);
        let plan = subject.plan("public.t").await;
        assert_eq!(plan.refusals, vec![], "{version:?}");
        for _ in 0..2 {
            let done = subject.migrate(&plan).await.expect("it begins");
            assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
            let verified = done.verified.expect("it was looked at");
            assert_eq!(verified.problems, Vec::<String>::new(), "{version:?}");
            assert_eq!(db.query_text(rows).await, there, "{version:?}");
            let back = subject.rollback().await.expect("and back");
            assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
            let left = without_journal(before.diff(&db.snapshot().await));
            assert_eq!(left, Vec::<String>::new(), "{version:?}");
        }
        db.execute("ALTER SERVER archive OPTIONS (SET port '1')")
            .await;
        let done = subject.migrate(&subject.plan("public.t").await).await;
        let done = done.expect("nothing is asked of the archive");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
    }
}

#[tokio::test]
async fn a_default_on_another_server_is_refused_before_anything_is_done() {
    for version in Partman::ALL {
        let db = TestDb::new(version).await;
        archive_elsewhere(&db).await;
        db.execute(
            "CREATE FOREIGN TABLE public.t_rest PARTITION OF public.t DEFAULT
                 SERVER archive OPTIONS (schema_name 'there', table_name 'rest')",
        )
        .await;
        let subject = Subject::connect(&db).await;
        let plan = subject.plan("public.t").await;
        let codes: Vec<_> = plan.refusals.iter().map(|reason| reason.code).collect();
        assert_eq!(codes, [Code::DefaultIsForeign], "{version:?}");
        assert!(
            plan.refusals[0]
                .way_out
                .contains("DETACH PARTITION public.t_rest")
        );
    }
}
