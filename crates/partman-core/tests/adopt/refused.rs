//! Sets that can't be adopted: the plan says why and the way out, running it changes nothing, not even for a journal.

use crate::support;

use partman_core::assess::{Adoptable, Code};
use partman_core::run::Outcome;
use partman_core::wanted::{Names, WantedSet};
use partman_core::{Error, Kind};
use partman_testkit::{Partman, TestDb, fixture};
use support::{Subject, dsn, name};

const MONTHS: &str = "CREATE TABLE public.t_09 PARTITION OF public.t FOR VALUES FROM ('2025-09-01') TO ('2025-10-01');
     CREATE TABLE public.t_10 PARTITION OF public.t FOR VALUES FROM ('2025-10-01') TO ('2025-11-01')";

/// What is in the database, which of it is asked for, and a part of the reason.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "CREATE TABLE public.t (at timestamptz) PARTITION BY RANGE ((at AT TIME ZONE 'UTC'));",
        "public.t",
        "expression",
    ),
    (
        "CREATE TABLE public.t (at timestamptz, id int) PARTITION BY RANGE (at, id);
         CREATE TABLE public.t_1 PARTITION OF public.t FOR VALUES FROM ('2025-09-01', 0) TO ('2025-10-01', 0)",
        "public.t",
        "2 columns",
    ),
    (
        "CREATE TABLE public.t (at timestamptz) PARTITION BY RANGE (at); MONTHS;
         CREATE TABLE public.t_old PARTITION OF public.t FOR VALUES FROM (MINVALUE) TO ('2025-09-01');
         INSERT INTO public.t VALUES ('-infinity'), ('2025-08-31')",
        "public.t",
        "open end",
    ),
    (
        "CREATE TABLE public.t (at timestamptz) PARTITION BY RANGE (at); MONTHS;
         CREATE TABLE public.t_rest PARTITION OF public.t FOR VALUES FROM ('2025-11-01') TO (MAXVALUE)",
        "public.t",
        "open end",
    ),
    (
        "CREATE TABLE public.t (at timestamptz) PARTITION BY RANGE (at); MONTHS;
         CREATE TABLE public.t_rest PARTITION OF public.t FOR VALUES FROM ('2025-11-01') TO ('infinity');
         INSERT INTO public.t VALUES ('2025-11-02'), ('2026-02-02')",
        "public.t",
        "open end",
    ),
    (
        "CREATE TABLE public.t (at timestamptz) PARTITION BY RANGE (at); MONTHS;
         CREATE TABLE public.t_2026 PARTITION OF public.t FOR VALUES FROM ('2025-11-01') TO ('2026-11-01')",
        "public.t",
        "not all",
    ),
    (
        "CREATE TABLE public.t (at timestamptz) PARTITION BY RANGE (at);
         CREATE TABLE public.t_1 PARTITION OF public.t FOR VALUES FROM ('2025-09-01') TO ('2025-09-08');
         CREATE TABLE public.t_2 PARTITION OF public.t FOR VALUES FROM ('2025-09-08') TO ('2025-09-30 11:00')",
        "public.t",
        "no common width",
    ),
    (
        "CREATE TABLE public.t (at timestamptz) PARTITION BY RANGE (at); MONTHS;
         CREATE TABLE public.t_p2025_11 AS SELECT now() AS at; CREATE TABLE public.t_p20251101 AS SELECT now() AS at",
        "public.t",
        "in the way",
    ),
    (
        "CREATE TABLE public.t (at timestamptz) PARTITION BY RANGE (at); MONTHS;
         CREATE VIEW public.t_p2025_11 AS SELECT 1; CREATE TYPE public.t_p20251101 AS ENUM ()",
        "public.t",
        "in the way",
    ),
    (
        "CREATE TABLE public.t (at timestamptz, kind text) PARTITION BY RANGE (at); MONTHS;
         CREATE TABLE public.t_11 PARTITION OF public.t FOR VALUES FROM ('2025-11-01') TO ('2025-12-01') PARTITION BY LIST (kind)",
        "public.t",
        "partitioned themselves",
    ),
    (
        "CREATE TABLE public.t (at timestamptz) PARTITION BY RANGE (at)",
        "public.t",
        "no partitions",
    ),
    (
        "CREATE TABLE public.t (at timestamptz) PARTITION BY RANGE (at);
         CREATE TABLE public.t_default PARTITION OF public.t DEFAULT",
        "public.t",
        "only a DEFAULT",
    ),
    (
        "CREATE TABLE public.t (at uuid) PARTITION BY RANGE (at);
         CREATE TABLE public.t_1 PARTITION OF public.t
             FOR VALUES FROM ('00000000-0000-0000-0000-000000000000') TO ('10000000-0000-0000-0000-000000000000')",
        "public.t",
        "uuid",
    ),
    (
        "CREATE TABLE public.\"t.s\" (at timestamptz) PARTITION BY RANGE (at);
         CREATE TABLE public.t_09 PARTITION OF public.\"t.s\" FOR VALUES FROM ('2025-09-01') TO ('2025-10-01')",
        "public.\"t.s\"",
        "period",
    ),
    (
        "CREATE TABLE public.t (at smallint) PARTITION BY RANGE (at);
         CREATE TABLE public.t_1 PARTITION OF public.t FOR VALUES FROM (0) TO (16000);
         CREATE TABLE public.t_2 PARTITION OF public.t FOR VALUES FROM (16000) TO (32000)",
        "public.t",
        "beyond what its key can hold",
    ),
    (
        "CREATE TABLE public.t (at int) PARTITION BY RANGE (at);
         CREATE TABLE public.t_09 PARTITION OF public.t FOR VALUES FROM (202509) TO (202510);
         CREATE TABLE public.t_10 PARTITION OF public.t FOR VALUES FROM (202510) TO (202511)",
        "public.t",
        "dates in digits (YYYYMM)",
    ),
    (
        "CREATE DOMAIN public.moment AS timestamptz; CREATE TABLE public.t (at public.moment) PARTITION BY RANGE (at); MONTHS",
        "public.t",
        "of the domain moment",
    ),
    ("CREATE TABLE public.plain (id int)", "public.plain", "public.plain is a table, not a table with partitions"),
    ("CREATE VIEW public.\"A view\" AS SELECT 1", "public.\"A view\"", "is a view, not"),
    ("CREATE MATERIALIZED VIEW public.m AS SELECT 1", "public.m", "is a materialized view, not"),
    (
        "CREATE TABLE public.t (at timestamptz) PARTITION BY RANGE (at); MONTHS",
        "public.t_09",
        "public.t_09 is a partition of public.t, not",
    ),
    ("CREATE TABLE public.plain (id int)", "public.nowhere", "no partitioned table"),
];

/// The plan has this among its reasons, each with a way out; running it is refused and leaves no trace.
async fn is_refused(db: &TestDb, subject: &Subject, wanted: WantedSet, why: &str) {
    let before = db.snapshot().await;
    let plan = subject.plan_for(wanted).await;
    assert!(plan.is_empty(), "{why}: {:?}", plan.steps);
    let reasons: Vec<_> = plan
        .refusals
        .iter()
        .map(|reason| reason.what.as_str())
        .collect();
    assert!(
        reasons.iter().any(|what| what.contains(why)),
        "{why}: {reasons:?}"
    );
    assert!(
        plan.refusals
            .iter()
            .all(|reason| !reason.way_out.is_empty())
    );
    assert!(
        plan.refusals
            .iter()
            .all(|reason| reason.verdict >= Adoptable::NeedsDecision)
    );
    let refused = subject.migrate(&plan).await.map(|done| done.outcome);
    assert_eq!(
        refused.map_err(|error: Error| error.kind()),
        Err(Kind::Refused),
        "{why}"
    );
    assert_eq!(
        before.diff(&db.snapshot().await),
        Vec::<String>::new(),
        "{why}"
    );
}

async fn layouts(version: Partman) {
    let first = TestDb::new(version).await;
    for (n, (make, parent, why)) in REFUSED.iter().enumerate() {
        let db = first.sibling(&format!("refused_{n}")).await;
        db.execute(&format!(
            "SET TimeZone = 'UTC'; {}",
            make.replace("MONTHS", MONTHS)
        ))
        .await;
        let subject = Subject::connect(&db).await;
        is_refused(&db, &subject, WantedSet::new(name(parent)), why).await;
    }
}

#[tokio::test]
async fn layouts_that_cannot_be_adopted_are_refused_on_4_7_2() {
    layouts(Partman::V4_7_2).await;
}

#[tokio::test]
async fn layouts_that_cannot_be_adopted_are_refused_on_5_5_0() {
    layouts(Partman::V5_5_0).await;
}

#[tokio::test]
async fn the_fixtures_that_cannot_be_adopted_are_refused() {
    for version in [Partman::V4_7_2, Partman::V5_5_0] {
        let db = TestDb::new(version).await;
        fixture::list(&db).await;
        fixture::hash(&db).await;
        fixture::nested(&db).await;
        fixture::inherits(&db).await;
        fixture::with_default(&db).await;
        let subject = Subject::connect(&db).await;
        for (parent, why) in [
            ("public.accounts", "LIST"),
            ("public.sessions", "HASH"),
            ("public.metrics", "each of which is a set of its own"),
            ("public.measurements", "inheritance"),
        ] {
            is_refused(&db, &subject, WantedSet::new(name(parent)), why).await;
        }
    }
}

#[tokio::test]
async fn wishes_that_do_not_fit_the_set_are_refused() {
    let db = TestDb::new(Partman::V4_7_2).await;
    fixture::webhook_events(&db, 10).await;
    let subject = Subject::connect(&db).await;
    let wish = || WantedSet::new(name("public.webhook_events"));
    let wishes = [
        (
            WantedSet {
                control: Some("id".to_owned()),
                ..wish()
            },
            "not by id",
        ),
        (
            WantedSet {
                interval: "1 week".parse().ok(),
                ..wish()
            },
            "1 month wide",
        ),
        (
            WantedSet {
                time_zone: Some("Mars/Olympus".to_owned()),
                ..wish()
            },
            "no time zone",
        ),
        (
            WantedSet {
                time_zone: Some("America/New_York".to_owned()),
                ..wish()
            },
            "aren't aligned",
        ),
        (
            WantedSet {
                names: Some(Names::Keep),
                ..wish()
            },
            "finds its way by names",
        ),
    ];
    for (wanted, why) in wishes {
        is_refused(&db, &subject, wanted, why).await;
    }
}

#[tokio::test]
async fn a_role_without_the_rights_is_refused() {
    for version in [Partman::V4_7_2, Partman::V5_5_0] {
        let db = TestDb::new(version).await;
        fixture::webhook_events(&db, 10).await;
        db.execute(
            "CREATE ROLE guest LOGIN; CREATE ROLE app LOGIN; GRANT CREATE ON SCHEMA public TO app",
        )
        .await;
        let guest = Subject::connect_to(&dsn(&db, "guest")).await;
        let wanted = || WantedSet::new(name("public.webhook_events"));
        is_refused(&db, &guest, wanted(), "belongs to postgres").await;
        for table in [
            "webhook_events",
            "webhook_events_2025_09",
            "webhook_events_2025_10",
        ] {
            db.execute(&format!("ALTER TABLE public.{table} OWNER TO app"))
                .await;
        }
        let owner = Subject::connect_to(&dsn(&db, "app")).await;
        let why = if version == Partman::V4_7_2 {
            "only a superuser"
        } else {
            "may not create schemas"
        };
        is_refused(&db, &owner, wanted(), why).await;
    }
}

/// Months of a role that may install pg_partman, but for one partition that is somebody else's.
const NOT_ALL_HERS: &str = "
    CREATE ROLE app LOGIN; GRANT CREATE ON DATABASE test TO app; GRANT ALL ON SCHEMA public TO app;
    SET TimeZone = 'UTC'; SET ROLE app;
    CREATE TABLE public.t (at timestamptz NOT NULL) PARTITION BY RANGE (at);
    CREATE TABLE public.t_09 PARTITION OF public.t FOR VALUES FROM ('2026-09-01') TO ('2026-10-01');
    CREATE TABLE public.t_10 PARTITION OF public.t FOR VALUES FROM ('2026-10-01') TO ('2026-11-01');
    RESET ROLE; ALTER TABLE public.t_10 OWNER TO postgres";

#[tokio::test]
async fn partitions_of_somebody_else_are_a_question_where_they_matter() {
    for version in [Partman::V5_2_4, Partman::V5_5_0] {
        let db = TestDb::new(version).await;
        db.execute(NOT_ALL_HERS).await;
        let app = Subject::connect_to(&dsn(&db, "app")).await;
        let wish = || WantedSet::new(name("public.t"));
        is_refused(&db, &app, wish(), "belong to others").await;
        db.execute("GRANT SELECT ON public.t_10 TO app").await;
        let renamed = WantedSet {
            names: Some(Names::Rename),
            ..wish()
        };
        is_refused(&db, &app, renamed, "public.t_10").await;
        let done = app.migrate(&app.plan_for(wish()).await).await;
        let done = done.expect("reading is all that it takes");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        app.rollback().await.expect("there is a way back");
        db.execute("CREATE TABLE public.t_rest PARTITION OF public.t DEFAULT")
            .await;
        is_refused(&db, &app, wish(), "public.t_rest").await;
    }
}

#[tokio::test]
async fn a_server_without_pg_partman_is_refused() {
    let db = TestDb::new(Partman::None).await;
    fixture::webhook_events(&db, 10).await;
    let subject = Subject::connect(&db).await;
    is_refused(
        &db,
        &subject,
        WantedSet::new(name("public.webhook_events")),
        "no pg_partman",
    )
    .await;
}

#[tokio::test]
async fn a_standby_is_refused() {
    let db = TestDb::new(Partman::V5_5_0).await;
    fixture::webhook_events(&db, 10).await;
    let plan = Subject::connect(&db)
        .await
        .plan("public.webhook_events")
        .await;
    let cluster = db.cluster().standby().await.expect("a standby");
    let copy = TestDb::existing(cluster, db.name());
    let standby = Subject::connect(&copy).await;
    let refused = standby
        .migrate(&plan)
        .await
        .expect_err("nothing can be changed there");
    assert_eq!(refused.kind(), Kind::Unreachable, "{refused}");
}

#[tokio::test]
async fn version_4_wants_the_first_numbers_in_the_parents_schema() {
    let db = TestDb::new(Partman::V4_7_2).await;
    db.execute(
        "CREATE SCHEMA kept;
         CREATE TABLE public.t (id bigint) PARTITION BY RANGE (id);
         CREATE TABLE kept.t_0 PARTITION OF public.t FOR VALUES FROM (0) TO (10);
         CREATE TABLE public.t_10 PARTITION OF public.t FOR VALUES FROM (10) TO (20);
         INSERT INTO public.t VALUES (5)",
    )
    .await;
    let subject = Subject::connect(&db).await;
    let plan = subject.plan("public.t").await;
    let codes: Vec<_> = plan.refusals.iter().map(|reason| reason.code).collect();
    assert_eq!(codes, [Code::FirstPartitionElsewhere]);
    assert!(subject.migrate(&plan).await.is_err());
    db.execute("ALTER TABLE kept.t_0 SET SCHEMA public").await;
    let plan = subject.plan("public.t").await;
    assert_eq!(plan.refusals, vec![]);
    let done = subject.migrate(&plan).await.expect("it can be begun");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
}
