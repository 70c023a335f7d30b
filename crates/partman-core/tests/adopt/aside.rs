//! Tables that have the name of a new partition: moved aside where nobody misses their name, asked about where somebody may.

use crate::support;

use partman_core::Kind;
use partman_core::assess::{Adoptable, Code};
use partman_core::mend::MendKind;
use partman_core::run::{Became, Outcome};
use partman_core::session::{Limits, Session};
use partman_core::step::DatabaseStep;
use partman_core::wanted::WantedSet;
use partman_testkit::{Partman, TestDb};
use support::{Subject, dsn, name, without_journal};

/// Days of a set with names that need quoting; `:names` are made into tables that have the names of the days to come.
const SET: &str = r#"
    SET TimeZone = 'UTC';
    CREATE SCHEMA "A b";
    CREATE TABLE "A b"."Da""ys" ("At" timestamptz NOT NULL, what text) PARTITION BY RANGE ("At");
    DO $$
    DECLARE
        day constant timestamptz := date_trunc('day', now());
    BEGIN
        FOR n IN -2..0 LOOP
            EXECUTE format('CREATE TABLE "A b".%I PARTITION OF "A b"."Da""ys" FOR VALUES FROM (%L) TO (%L)',
                'day' || n, day + interval '1 day' * n, day + interval '1 day' * (n + 1));
        END LOOP;
    END $$;
    INSERT INTO "A b"."Da""ys" VALUES (now(), 'now')"#;

const PARENT: &str = r#""A b"."Da""ys""#;

/// The name of the partition that begins so many days from now.
async fn named(db: &TestDb, version: Partman, days: u32) -> String {
    let format = match version {
        Partman::V4_7_2 => "YYYY_MM_DD",
        _ => "YYYYMMDD",
    };
    let day = format!("SELECT to_char((now() AT TIME ZONE 'UTC')::date + {days}, '{format}')");
    format!(r#""A b"."Da""ys_p{}""#, db.query_text(&day).await)
}

async fn set(version: Partman) -> (TestDb, Subject) {
    let db = TestDb::new(version).await;
    db.execute(SET).await;
    let subject = Subject::connect(&db).await;
    (db, subject)
}

fn wanted() -> WantedSet {
    let mut wanted = WantedSet::new(name(PARENT));
    wanted.premake = 3;
    wanted
}

#[tokio::test]
async fn tables_that_nobody_uses_make_room_and_come_back() {
    for version in Partman::ALL {
        let (db, subject) = set(version).await;
        let (first, second) = (named(&db, version, 1).await, named(&db, version, 3).await);
        db.execute(&format!(
            "CREATE TABLE {first} (note text PRIMARY KEY CHECK (note <> '')); INSERT INTO {first} VALUES ('kept');
             CREATE TABLE {second} (LIKE {PARENT})"
        ))
        .await;
        let (before, rows) = (db.snapshot().await, db.fingerprint(&first).await);
        for _ in 0..2 {
            let plan = subject.plan_for(wanted()).await;
            assert_eq!(plan.refusals, vec![], "{version:?}");
            assert_eq!(
                plan.sets[0].mend_kinds,
                [MendKind::MoveAside; 2],
                "{version:?}"
            );
            let done = subject.migrate(&plan).await.expect("nothing is in the way");
            assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
            let aside = first.trim_end_matches('"').to_owned() + "_aside\"";
            assert_eq!(db.fingerprint(&aside).await, rows, "{version:?}");
            let children = format!(
                "SELECT count(*) FROM pg_inherits WHERE inhrelid IN ('{first}'::regclass, '{second}'::regclass)"
            );
            assert_eq!(db.query_text(&children).await, "2", "{version:?}");
            let back = subject.rollback().await.expect("there is a way back");
            assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
            let left = without_journal(before.diff(&db.snapshot().await));
            assert_eq!(left, Vec::<String>::new(), "{version:?}");
            assert_eq!(db.fingerprint(&first).await, rows, "{version:?}");
        }
    }
}

/// What is made under the name of the next partition, and what is said of it.
const ASKED: &[(&str, &str)] = &[
    (
        r#"CREATE TABLE :name (LIKE "A b"."Da""ys"); INSERT INTO :name VALUES (now(), 'old')"#,
        "may hold the rows of that range",
    ),
    ("CREATE VIEW :name AS SELECT 1 AS n", "a view"),
    ("CREATE SEQUENCE :name", "a sequence"),
    ("CREATE TYPE :name AS ENUM ('n')", "a type"),
    ("CREATE TYPE :name AS (n int)", "a type"),
    (
        "CREATE TABLE public.other (n int); CREATE INDEX :bare ON public.other (n); ALTER TABLE public.other SET SCHEMA \"A b\"",
        "an index",
    ),
    (
        "CREATE TABLE :name (n int); CREATE VIEW public.sees AS SELECT * FROM :name",
        "depends on it",
    ),
    (
        "CREATE TABLE :name (n int); CREATE FUNCTION public.takes(:name) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "depends on it",
    ),
    (
        "CREATE TABLE :name (n int PRIMARY KEY); CREATE TABLE public.refers (n int REFERENCES :name)",
        "depends on it",
    ),
    (
        "CREATE TABLE :name (n int); CREATE TABLE public.heir () INHERITS (:name)",
        "depends on it",
    ),
    (
        "CREATE TABLE :name (n int); CREATE PUBLICATION tells FOR TABLE :name",
        "depends on it",
    ),
    (
        "CREATE TABLE :name (n int); CREATE FUNCTION public.reads() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM :name); END $$",
        "public.reads() knows it",
    ),
];

#[tokio::test]
async fn what_somebody_may_use_is_a_question_with_both_ways_out() {
    for version in [Partman::V4_7_2, Partman::V5_5_0] {
        let (first, _) = set(version).await;
        for (n, (make, why)) in ASKED.iter().enumerate() {
            let db = first.sibling(&format!("asked_{n}")).await;
            db.execute(SET).await;
            // In the text of a function its name stands as a word only where it needs no quotes.
            let known = make.contains("plpgsql");
            let subject = Subject::connect(&db).await;
            let (parent, next) = if known {
                db.execute(
                    r#"ALTER TABLE "A b"."Da""ys" RENAME TO days; ALTER SCHEMA "A b" RENAME TO a"#,
                )
                .await;
                let next = named(&db, version, 1).await;
                (
                    "a.days",
                    next.replace(r#""A b"."Da""ys"#, "a.days").replace('"', ""),
                )
            } else {
                (PARENT, named(&db, version, 1).await)
            };
            let bare = next.split_once('.').expect("a schema").1;
            db.execute(&make.replace(":name", &next).replace(":bare", bare))
                .await;
            let before = db.snapshot().await;
            let mut wanted = wanted();
            wanted.parent = name(parent);
            let plan = subject.plan_for(wanted).await;
            assert_eq!(
                plan.sets[0].adoptable,
                Adoptable::NeedsDecision,
                "{why}: {:?}",
                plan.sets[0]
            );
            let codes: Vec<Code> = plan.refusals.iter().map(|reason| reason.code).collect();
            assert!(
                codes.contains(&Code::PartitionNameTaken),
                "{why}: {codes:?}"
            );
            let reason = plan
                .refusals
                .iter()
                .find(|reason| reason.code == Code::PartitionNameTaken);
            let reason = reason.expect("it was there");
            assert!(reason.what.contains(why), "{version:?} {why}: {reason:?}");
            assert!(reason.what.contains(&next), "{next}: {reason:?}");
            if make.starts_with("CREATE TABLE :name") {
                assert!(reason.way_out.contains("ATTACH PARTITION"), "{reason:?}");
                assert!(reason.way_out.contains("RENAME TO"), "{reason:?}");
            }
            assert_eq!(before.diff(&db.snapshot().await), Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn the_ways_out_that_are_shown_are_ways_out() {
    for way in [0, 1] {
        let (db, subject) = set(Partman::V5_5_0).await;
        let next = named(&db, Partman::V5_5_0, 1).await;
        db.execute(&format!(
            "CREATE TABLE {next} (LIKE {PARENT}); INSERT INTO {next} VALUES (now() + interval '1 day', 'there')"
        ))
        .await;
        let plan = subject.plan_for(wanted()).await;
        let way_out = plan.refusals[0].way_out.to_string();
        let statements = way_out.split("ALTER TABLE ").skip(1);
        let statements: Vec<&str> = statements
            .filter_map(|rest| rest.split(';').next())
            .collect();
        db.execute(&format!(
            "SET TimeZone = 'UTC'; ALTER TABLE {}",
            statements[way]
        ))
        .await;
        let done = subject.migrate(&subject.plan_for(wanted()).await).await;
        let done = done.expect("nothing is in the way any more");
        assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
        let rows = ["1", "2"][way];
        let count = format!("SELECT count(*) FROM {PARENT}");
        assert_eq!(db.query_text(&count).await, rows);
    }
}

#[tokio::test]
async fn all_that_is_in_the_way_is_named_and_a_mend_that_is_declined_with_it() {
    let (db, subject) = set(Partman::V5_5_0).await;
    let (first, second) = (
        named(&db, Partman::V5_5_0, 1).await,
        named(&db, Partman::V5_5_0, 2).await,
    );
    db.execute(&format!(
        "CREATE VIEW {first} AS SELECT 1 AS n; CREATE TABLE {second} (n int)"
    ))
    .await;
    let mut declined = wanted();
    declined.decline = vec![MendKind::MoveAside];
    let plan = subject.plan_for(declined).await;
    let what = plan.refusals[0].what.to_string();
    for part in [&first, &second, "a view", "move-aside is declined"] {
        assert!(what.contains(part), "{part}: {what}");
    }
    let plan = subject.plan_for(wanted()).await;
    let what = plan.refusals[0].what.to_string();
    assert!(what.contains(&first) && !what.contains(&second), "{what}");
}

#[tokio::test]
async fn a_table_of_somebody_else_is_a_question() {
    let (db, _) = set(Partman::V5_5_0).await;
    let next = named(&db, Partman::V5_5_0, 1).await;
    db.execute(&format!(
        r#"CREATE ROLE app LOGIN; GRANT CREATE ON DATABASE test TO app; GRANT ALL ON SCHEMA "A b" TO app;
           CREATE TABLE {next} (n int); ALTER TABLE {PARENT} OWNER TO app;
           ALTER TABLE "A b"."day-2" OWNER TO app; ALTER TABLE "A b"."day-1" OWNER TO app; ALTER TABLE "A b".day0 OWNER TO app"#
    ))
    .await;
    let app = Subject::connect_to(&dsn(&db, "app")).await;
    let plan = app.plan_for(wanted()).await;
    let what = plan.refusals[0].what.to_string();
    assert!(what.contains("belongs to somebody else"), "{what}");
}

#[tokio::test]
async fn a_table_that_was_empty_and_gets_rows_is_not_moved() {
    let (db, subject) = set(Partman::V5_5_0).await;
    let next = named(&db, Partman::V5_5_0, 1).await;
    db.execute(&format!("CREATE TABLE {next} (LIKE {PARENT})"))
        .await;
    let plan = subject.plan_for(wanted()).await;
    let is_aside = |step: &DatabaseStep| matches!(step, DatabaseStep::MoveAside(_));
    let aside = plan.steps.iter().find(|step| is_aside(&step.spec));
    let aside = aside.expect("it is moved aside").spec.as_step();
    db.execute(&format!("INSERT INTO {next} VALUES (now(), 'late')"))
        .await;
    let before = db.snapshot().await;

    let changed = subject
        .migrate(&plan)
        .await
        .expect_err("it is a question by now");
    assert_eq!(changed.kind(), Kind::Changed, "{changed}");
    // In the moment between looking and moving too.
    let mut session = subject.database.session().await.expect("a session");
    session.begin(Limits::NONE).await.expect("a transaction");
    aside.precheck(&mut session).await.expect("it is there");
    let changed = aside.forward(&mut session).await.expect_err("it has rows");
    assert_eq!(changed.kind(), Kind::Changed, "{changed}");
    session.rollback().await.expect("nothing has happened");
    assert_eq!(before.diff(&db.snapshot().await), Vec::<String>::new());
}

#[tokio::test]
async fn a_table_whose_name_is_needed_for_good_stays_aside_on_the_way_back() {
    let (db, subject) = set(Partman::V5_5_0).await;
    let next = named(&db, Partman::V5_5_0, 1).await;
    db.execute(&format!(
        "CREATE TABLE {next} (note text); INSERT INTO {next} VALUES ('kept')"
    ))
    .await;
    let plan = subject.plan_for(wanted()).await;
    let done = subject.migrate(&plan).await.expect("nothing is in the way");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    db.execute(&format!(
        "INSERT INTO {PARENT} VALUES (now() + interval '1 day', 'new')"
    ))
    .await;
    let back = subject.rollback().await.expect("there is a way back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    let kept = back.steps.iter().filter(|step| step.became == Became::Kept);
    let kept: Vec<&str> = kept
        .map(|step| step.id.split(':').next().unwrap_or_default())
        .collect();
    assert_eq!(kept, ["create-partition", "move-aside"], "{back:?}");
    let aside = next.trim_end_matches('"').to_owned() + "_aside\"";
    assert_eq!(
        db.query_text(&format!("SELECT note FROM {aside}")).await,
        "kept"
    );
}
