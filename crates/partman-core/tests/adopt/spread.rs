//! A DEFAULT with so many rows of several ranges, and of none, that they can neither be brought along in a moment nor stay
//! in one partition: they are spread over partitions of their own while others write and read.

use crate::support;

use std::time::Duration;

use partman_core::Kind;
use partman_core::assess::Adoptable;
use partman_core::mend::MendKind;
use partman_core::plan::Plan;
use partman_core::run::Outcome;
use partman_core::step::DatabaseStep;
use partman_core::wanted::{OnDefault, WantedSet};
use partman_testkit::{Partman, Reader, TestDb, Writer, fixture};
use support::faulty::{Cue, Fault, Faulty};
use support::holder::Holder;
use support::scene::default_of_many;
use support::{Subject, without_journal};

const EVENTS: &str = "public.webhook_events";

async fn set_of(version: Partman, sql: &str) -> (TestDb, Subject) {
    let db = TestDb::new(version).await;
    fixture::webhook_events_now(&db).await;
    db.execute(sql).await;
    let subject = Subject::connect(&db).await;
    (db, subject)
}

/// Runs the plan up to this call, from which on nobody hears of it, and waits until its backend has noticed.
async fn stop_at(db: &TestDb, subject: &Subject, plan: &Plan, call: usize) {
    let fault = Fault::Dropped;
    let faulty = Faulty::new(&subject.database, db, Cue { call, fault });
    tokio::select! {
        done = subject.migrate_through(&faulty, plan) => panic!("it wasn't stopped: {done:?}"),
        () = faulty.struck() => {}
    }
    let alone = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
    while db.query_text(alone).await != "0" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// How many rows are where they can't stay: in DEFAULT, though a partition takes them.
const IN_DEFAULT: &str =
    "SELECT count(*) FROM public.webhook_events_rest WHERE created_at > '2021-01-01'";

async fn there_and_back(version: Partman) {
    let (db, subject) = set_of(version, &default_of_many()).await;
    let plan = subject.plan(EVENTS).await;
    assert_eq!(plan.refusals, vec![]);
    assert_eq!(plan.sets[0].adoptable, Adoptable::YesWithMend);
    assert!(plan.sets[0].mend_kinds.contains(&MendKind::SpreadDefault));
    let before = db.snapshot().await;
    let rows = db.fingerprint(EVENTS).await;
    for _ in 0..2 {
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        assert_eq!(db.fingerprint(EVENTS).await, rows);
        assert_eq!(db.query_text(IN_DEFAULT).await, "0");
        let kept = db
            .fingerprint("public.webhook_events_rest_partman_before")
            .await;
        assert!(kept.rows() > 1_000, "the old one keeps its rows");
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        assert!(back.error.is_none(), "{version:?}: {back:?}");
        assert_eq!(db.fingerprint(EVENTS).await, rows);
        let different = without_journal(before.diff(&db.snapshot().await));
        assert_eq!(different, Vec::<String>::new(), "{version:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_several_ranges_are_spread_and_return_on_4_7_2() {
    there_and_back(Partman::V4_7_2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_several_ranges_are_spread_and_return_on_5_2_4() {
    there_and_back(Partman::V5_2_4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_several_ranges_are_spread_and_return_on_5_5_0() {
    there_and_back(Partman::V5_5_0).await;
}

/// What the set holds, kept beside it by whoever changes it, in the same transaction.
const WITNESS: &str = "
    CREATE TABLE public.witness AS SELECT id, created_at, event_type FROM public.webhook_events;
    CREATE INDEX ON public.witness (id)";

/// Every kind of change, each to rows of its own.
const CHANGES: [&str; 4] = [
    "WITH n AS (INSERT INTO public.webhook_events (event_type, payload, created_at)
                VALUES ('more', '{}', now() - random() * interval '40 days') RETURNING id, created_at, event_type)
     INSERT INTO public.witness SELECT * FROM n",
    "WITH u AS (UPDATE public.webhook_events SET event_type = 'changed by ' || :n WHERE id =
                (SELECT id FROM public.webhook_events WHERE event_type <> 'more' AND id % 3 = 0 ORDER BY id DESC
                 OFFSET :n % 150 LIMIT 1) RETURNING id, event_type)
     UPDATE public.witness w SET event_type = u.event_type FROM u WHERE u.id = w.id",
    "WITH u AS (UPDATE public.webhook_events SET created_at = created_at - interval '11 days' WHERE id =
                (SELECT id FROM public.webhook_events WHERE event_type <> 'more' AND id % 3 = 1 ORDER BY id DESC
                 OFFSET :n % 150 LIMIT 1) RETURNING id, created_at)
     UPDATE public.witness w SET created_at = u.created_at FROM u WHERE u.id = w.id",
    "WITH d AS (DELETE FROM public.webhook_events WHERE id =
                (SELECT id FROM public.webhook_events WHERE event_type <> 'more' AND id % 3 = 2 ORDER BY id DESC
                 OFFSET :n % 50 LIMIT 1) RETURNING id)
     DELETE FROM public.witness w USING d WHERE d.id = w.id",
];

/// Rows that only one of the two has.
const DIFFERENT: &str = "
    SELECT count(*) FROM (
        (SELECT id, created_at, event_type FROM public.webhook_events EXCEPT ALL SELECT * FROM public.witness)
        UNION ALL
        (SELECT * FROM public.witness EXCEPT ALL SELECT id, created_at, event_type FROM public.webhook_events)) AS rows";

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_written_meanwhile_is_there_afterwards() {
    let (db, subject) = set_of(Partman::V5_5_0, &default_of_many()).await;
    db.execute(WITNESS).await;
    let plan = subject.plan(EVENTS).await;
    let writers: Vec<Writer> = CHANGES
        .iter()
        .map(|sql| Writer::with_sql(&db, sql, 25))
        .collect();
    let reader = Reader::start(&db, EVENTS, 50);
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let back = subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    assert!(back.error.is_none(), "{back:?}");
    for writer in writers {
        let load = writer.stop().await;
        assert_eq!(load.failures, Vec::<String>::new());
        assert!(load.transactions > 20, "{load:?}");
    }
    assert_eq!(reader.stop().await.failures, Vec::<String>::new());
    assert_eq!(db.query_text(DIFFERENT).await, "0");
    let changed =
        "SELECT count(*) FROM public.webhook_events_rest WHERE event_type LIKE 'changed%'";
    assert_ne!(
        db.query_text(changed).await,
        "0",
        "the old DEFAULT has what was changed"
    );
}

/// A set with everything that a table can have, under names that nobody should give.
const ODD: &str = r#"
    CREATE SCHEMA "my Schema";
    CREATE TABLE "my Schema"."De""vices" (id int PRIMARY KEY);
    INSERT INTO "my Schema"."De""vices" SELECT generate_series(1, 10);
    CREATE ROLE odd_reader;
    CREATE TABLE "my Schema"."Odd ""Events""; drop" (
        "Time" timestamptz NOT NULL,
        "n'o" bigint GENERATED ALWAYS AS IDENTITY,
        device int NOT NULL REFERENCES "my Schema"."De""vices",
        "va lue" numeric(30, 10),
        twice numeric GENERATED ALWAYS AS ("va lue" * 2) STORED,
        tags text[],
        gone int,
        PRIMARY KEY ("n'o", "Time")
    ) PARTITION BY RANGE ("Time");
    ALTER TABLE "my Schema"."Odd ""Events""; drop" DROP COLUMN gone;
    GRANT SELECT ON "my Schema"."Odd ""Events""; drop" TO odd_reader;
    ALTER TABLE "my Schema"."Odd ""Events""; drop" ENABLE ROW LEVEL SECURITY;
    CREATE INDEX ON "my Schema"."Odd ""Events""; drop" ("Time" DESC) INCLUDE (device);
    CREATE FUNCTION "my Schema".loudly() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO "my Schema".heard VALUES (TG_OP); RETURN NULL; END';
    CREATE TABLE "my Schema".heard (what text);
    CREATE TRIGGER "lo ud" AFTER INSERT OR UPDATE OR DELETE ON "my Schema"."Odd ""Events""; drop"
        FOR EACH ROW EXECUTE FUNCTION "my Schema".loudly();
    CREATE TABLE "my Schema"."Rest of ""it""" PARTITION OF "my Schema"."Odd ""Events""; drop" DEFAULT;
    ALTER TABLE "my Schema"."Rest of ""it""" DISABLE TRIGGER "lo ud";
    DO $$ BEGIN
        FOR n IN 4..5 LOOP
            EXECUTE format('CREATE TABLE "my Schema"."Odd %s" PARTITION OF "my Schema"."Odd ""Events""; drop" FOR VALUES FROM (%L) TO (%L)',
                n, date_trunc('month', now()) - n * interval '1 month', date_trunc('month', now()) - (n - 1) * interval '1 month');
        END LOOP;
    END $$;
    INSERT INTO "my Schema"."Odd ""Events""; drop" ("Time", device, "va lue", tags)
    SELECT now() - n * interval '8 minutes', 1 + n % 10, n / 7.0, ARRAY['a"b', NULL, n::text] FROM generate_series(1, 11000) AS n;
    TRUNCATE "my Schema".heard"#;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_table_can_have_is_there_before_and_after() {
    for version in [Partman::V4_7_2, Partman::V5_5_0] {
        let db = TestDb::new(version).await;
        db.execute("SET TIME ZONE 'UTC'").await;
        db.execute(ODD).await;
        let parent = r#""my Schema"."Odd ""Events""; drop""#;
        let subject = Subject::connect(&db).await;
        let plan = subject.plan(parent).await;
        assert_eq!(plan.refusals, vec![], "{version:?}");
        assert!(plan.sets[0].mend_kinds.contains(&MendKind::SpreadDefault));
        let (before, rows) = (db.snapshot().await, db.fingerprint(parent).await);
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        assert_eq!(db.fingerprint(parent).await, rows, "{version:?}");
        let heard = r#"SELECT count(*) FROM "my Schema".heard"#;
        assert_eq!(db.query_text(heard).await, "0", "triggers are quiet");
        let left = r#"SELECT count(*) FROM pg_constraint WHERE conname = 'partman_fence'"#;
        assert_eq!(db.query_text(left).await, "0");
        let unlike = format!(
            "SELECT count(*) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE inhparent = '{}'::regclass
             AND ((SELECT count(*) FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conparentid <> 0) <> 1
                  OR NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgparentid <> 0)
                  OR NOT has_table_privilege('odd_reader', c.oid, 'SELECT'))",
            parent.replace('\'', "''")
        );
        assert_eq!(
            db.query_text(&unlike).await,
            "2",
            "only the two old ones have no grants"
        );
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        assert_eq!(db.fingerprint(parent).await, rows, "{version:?}");
        let mut different = without_journal(before.diff(&db.snapshot().await));
        // Clones of a row trigger are made anew, in the state that they had.
        different.retain(|line| !line.contains(": trigger "));
        assert_eq!(different, Vec::<String>::new(), "{version:?}");
        let state = r#"SELECT tgenabled FROM pg_trigger WHERE tgrelid = '"my Schema"."Rest of ""it"""'::regclass AND tgname = 'lo ud'"#;
        assert_eq!(db.query_text(state).await, "D");
    }
}

/// A set of which rows can't be spread, and why.
async fn is_a_question(change: &str, why: &str) {
    let (_db, subject) = set_of(Partman::V5_5_0, &format!("{}; {change}", default_of_many())).await;
    let plan = subject.plan(EVENTS).await;
    assert_eq!(plan.sets[0].adoptable, Adoptable::NeedsDecision, "{change}");
    assert!(plan.steps.is_empty());
    let refusal = &plan.refusals[0];
    assert!(
        refusal.way_out.contains(why),
        "{change}: {}",
        refusal.way_out
    );
}

#[tokio::test]
async fn where_rows_cannot_be_copied_unseen_somebody_is_asked() {
    is_a_question(
        "ALTER TABLE public.webhook_events DROP CONSTRAINT webhook_events_pkey",
        "a primary key",
    )
    .await;
    is_a_question(
        "CREATE PUBLICATION everything FOR ALL TABLES",
        "publication",
    )
    .await;
    is_a_question(
        "CREATE PUBLICATION here FOR TABLES IN SCHEMA public WITH (publish_via_partition_root = true)",
        "publication",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_default_that_is_declined_to_be_spread_is_a_question() {
    let (_db, subject) = set_of(Partman::V5_5_0, &default_of_many()).await;
    let mut wanted = WantedSet::new(support::name(EVENTS));
    wanted.decline = vec![MendKind::SpreadDefault];
    let plan = subject.plan_for(wanted).await;
    assert_eq!(plan.sets[0].adoptable, Adoptable::NeedsDecision);
    assert!(plan.refusals[0].way_out.contains("spread-default"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_default_is_told_until_it_is_dropped_and_then_partitions_stay() {
    let (db, subject) = set_of(Partman::V5_5_0, &default_of_many()).await;
    let plan = subject.plan(EVENTS).await;
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    let notes = done.verified.expect("a comparison").notes;
    assert!(notes[0].contains("DROP TABLE public.webhook_events_rest_partman_before"));
    let seen = subject.inspect().await;
    assert_eq!(
        seen.runs.replaced,
        [support::name("public.webhook_events_rest_partman_before")]
    );
    subject.rollback().await.expect("all of it");
    let again = subject.plan(EVENTS).await;
    subject.migrate(&again).await.expect("it begins once more");
    assert_eq!(
        subject.inspect().await.runs.replaced,
        [support::name("public.webhook_events_rest_partman_before")],
        "two runs took it out, and it is one table"
    );
    let rows = db.fingerprint(EVENTS).await;
    db.execute("DROP TABLE public.webhook_events_rest_partman_before")
        .await;
    assert!(subject.inspect().await.runs.replaced.is_empty());
    let back = subject.rollback().await.expect("as far as it goes");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    let kept: Vec<&str> = back
        .steps
        .iter()
        .filter_map(|step| step.kept.as_deref())
        .collect();
    assert!(
        kept.iter().any(|why| why.contains("dropped or exchanged")),
        "{kept:?}"
    );
    assert_eq!(db.fingerprint(EVENTS).await, rows);
    assert_eq!(
        db.query_text("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'partman%'")
            .await,
        "0"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_default_that_is_truncated_meanwhile_is_told_and_left_as_it_is() {
    let (db, subject) = set_of(Partman::V5_5_0, &default_of_many()).await;
    let plan = subject.plan(EVENTS).await;
    let before = db.snapshot().await;
    let calls = {
        let counting = Faulty::new(&subject.database, &db, None);
        let done = subject.migrate_through(&counting, &plan).await;
        assert_eq!(done.expect("it begins").outcome, Outcome::Completed);
        subject.rollback().await.expect("and back");
        db.execute("SET client_min_messages = warning; DROP SCHEMA partman_journal CASCADE")
            .await;
        counting.heard()
    };
    let piece = calls.iter().position(|sql| sql.contains(": advanced "));
    let call = piece.expect("it works in pieces") + 2;
    stop_at(&db, &subject, &plan, call).await;
    db.execute("TRUNCATE public.webhook_events_rest").await;
    let stuck = subject.resume().await.expect("an answer");
    assert_eq!(stuck.outcome, Outcome::Stuck, "{stuck:?}");
    assert!(format!("{:?}", stuck.error).contains("truncated"));
    let back = subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    let different = without_journal(before.diff(&db.snapshot().await));
    let other: Vec<&String> = different
        .iter()
        .filter(|line| !line.contains("webhook_events_rest"))
        .collect();
    assert_eq!(other, Vec::<&String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_superuser_spreads_rows_of_a_table_with_triggers() {
    let (db, _) = set_of(Partman::V5_5_0, &default_of_many()).await;
    db.execute(
        "CREATE ROLE app LOGIN; GRANT CREATE ON DATABASE test TO app; GRANT ALL ON SCHEMA public TO app;
         CREATE TABLE public.heard (what text); GRANT ALL ON public.heard TO app;
         DO $$ DECLARE one regclass; BEGIN
             FOR one IN SELECT relid FROM pg_partition_tree('public.webhook_events') LOOP
                 EXECUTE format('ALTER TABLE %s OWNER TO app', one);
             END LOOP;
         END $$;
         CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN INSERT INTO public.heard VALUES (TG_OP); RETURN NULL; END $$;
         CREATE TRIGGER tells AFTER INSERT OR DELETE ON public.webhook_events FOR EACH ROW EXECUTE FUNCTION public.tell()",
    )
    .await;
    let subject = Subject::connect_to(&support::dsn(&db, "app")).await;
    let plan = subject.plan(EVENTS).await;
    assert!(plan.sets[0].mend_kinds.contains(&MendKind::SpreadDefault));
    let rows = db.fingerprint(EVENTS).await;
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    let back = subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    assert_eq!(db.fingerprint(EVENTS).await, rows);
    assert_eq!(
        db.query_text("SELECT count(*) FROM public.heard").await,
        "0"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_table_is_looked_through_while_everybody_waits() {
    for version in Partman::ALL {
        let (db, subject) = set_of(version, &default_of_many()).await;
        let plan = subject.plan(EVENTS).await;
        db.execute("ALTER SYSTEM SET log_min_messages = debug1")
            .await;
        db.execute("SELECT pg_reload_conf()").await;
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
        // Each once, where its CHECK is made while nobody sees it; none when it is attached.
        let log = db.cluster().log();
        for table in spread_tables(&plan) {
            let looked = log.matches(&format!("verifying table \"{table}\"")).count();
            assert_eq!(looked, 1, "{version:?}: {table}");
        }
    }
}

/// The tables that rows are spread over, and the one that they come from.
fn spread_tables(plan: &Plan) -> Vec<String> {
    let spread = plan.steps.iter().find_map(|step| match &step.spec {
        DatabaseStep::StageDefault(stage) => Some(&stage.spread),
        _ => None,
    });
    let spread = spread.expect("rows are spread");
    let targets = spread
        .targets
        .iter()
        .map(|target| target.partition.name.clone());
    let others = [spread.before.name.clone(), "partman_new_default".to_owned()];
    targets.chain(others).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_the_database_as_it_was_before_is_waited_for() {
    let (db, mut subject) = set_of(Partman::V5_5_0, &default_of_many()).await;
    subject.conduct.patience.total = Duration::from_millis(800);
    let plan = subject.plan(EVENTS).await;
    let before = db.snapshot().await;
    let old = db.client().await;
    old.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class")
        .await
        .expect("a snapshot");
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Unwound, "{done:?}");
    let error = done.error.expect("a reason");
    assert_eq!(error.kind(), Kind::LockTimeout);
    let told = format!("{error:?}");
    assert!(told.contains("as it was before rows were copied"), "{told}");
    let different = without_journal(before.diff(&db.snapshot().await));
    assert_eq!(different, Vec::<String>::new());

    // One that comes to the set only after the exchange sees every row.
    let all = db
        .query_text("SELECT count(*) FROM public.webhook_events")
        .await;
    let seen = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let count = "SELECT count(*)::text FROM public.webhook_events";
        let seen = old.query_one(count, &[]).await.expect("a count");
        old.batch_execute("COMMIT").await.expect("an end");
        seen.get::<_, String>(0)
    };
    subject.conduct.patience.total = Duration::from_secs(30);
    let (done, seen) = tokio::join!(subject.migrate(&plan), seen);
    assert_eq!(done.expect("it begins").outcome, Outcome::Completed);
    assert_eq!(seen, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_that_was_detached_since_keeps_its_rows_on_the_way_back() {
    let (db, subject) = set_of(Partman::V5_5_0, &default_of_many()).await;
    let plan = subject.plan(EVENTS).await;
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    let DatabaseStep::StageDefault(stage) = plan
        .steps
        .iter()
        .find(|step| step.description.id.starts_with("stage-default"))
        .map(|step| &step.spec)
        .expect("rows are spread")
    else {
        panic!("it is another step");
    };
    let one = &stage.spread.targets[0].partition;
    db.execute(&format!("ALTER TABLE {EVENTS} DETACH PARTITION {one}"))
        .await;
    let (rest, of_one) = (
        db.fingerprint(EVENTS).await,
        db.fingerprint(&one.to_string()).await,
    );
    let back = subject.rollback().await.expect("as far as it goes");
    assert!(
        back.steps.iter().any(|step| step.kept.is_some()),
        "{back:?}"
    );
    assert_eq!(db.fingerprint(EVENTS).await, rest);
    assert_eq!(db.fingerprint(&one.to_string()).await, of_one);
}

/// By days, the last of which was 130 days ago; since then everything is in DEFAULT.
const DAYS: &str = "
    SET TIME ZONE 'UTC';
    CREATE TABLE public.days (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, PRIMARY KEY (id, at))
        PARTITION BY RANGE (at);
    DO $$ BEGIN
        FOR n IN 130..133 LOOP
            EXECUTE format('CREATE TABLE public.days_%s PARTITION OF public.days FOR VALUES FROM (%L) TO (%L)',
                n, date_trunc('day', now()) - n * interval '1 day', date_trunc('day', now()) - (n - 1) * interval '1 day');
        END LOOP;
    END $$;
    CREATE TABLE public.days_rest PARTITION OF public.days DEFAULT;
    INSERT INTO public.days (at) SELECT now() - n * interval '14 minutes' FROM generate_series(0, 13300) AS n;
    CREATE FUNCTION public.left_over() RETURNS bigint LANGUAGE plpgsql AS
        $$ BEGIN RETURN (SELECT count(*) FROM public.days_rest); END $$";

#[tokio::test(flavor = "multi_thread")]
async fn many_partitions_and_what_knows_a_default_by_its_name_are_for_somebody_to_want() {
    let db = TestDb::new(Partman::V5_5_0).await;
    db.execute(DAYS).await;
    let subject = Subject::connect(&db).await;
    let mut wanted = WantedSet::new(support::name("public.days"));
    let plan = subject.plan_for(wanted.clone()).await;
    assert_eq!(plan.sets[0].adoptable, Adoptable::NeedsDecision);
    let way_out = plan.refusals[0].way_out.to_string();
    assert!(way_out.contains("function public.left_over()"), "{way_out}");
    db.execute("DROP FUNCTION public.left_over()").await;
    let plan = subject.plan_for(wanted.clone()).await;
    let way_out = plan.refusals[0].way_out.to_string();
    assert!(way_out.contains("default = \"spread\""), "{way_out}");
    wanted.default = Some(OnDefault::Spread);
    let plan = subject.plan_for(wanted).await;
    assert_eq!(plan.refusals, vec![]);
    let rows = db.fingerprint("public.days").await;
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    assert_eq!(
        db.query_text("SELECT count(*) FROM public.days_rest").await,
        "0"
    );
    let back = subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    assert_eq!(db.fingerprint("public.days").await, rows);
}

/// Stopped right after the exchange: what is written until the way back is taken goes the same way back.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_after_a_stop_in_the_exchange_is_there_after_the_way_back() {
    let (db, subject) = set_of(Partman::V5_5_0, &default_of_many()).await;
    let plan = subject.plan(EVENTS).await;
    let exchange = plan
        .steps
        .iter()
        .position(|step| step.description.id.starts_with("exchange"));
    let done = format!("COMMIT: done {}", exchange.expect("a step"));
    let calls = {
        let counting = Faulty::new(&subject.database, &db, None);
        let done = subject.migrate_through(&counting, &plan).await;
        assert_eq!(done.expect("it begins").outcome, Outcome::Completed);
        subject.rollback().await.expect("and back");
        db.execute("SET client_min_messages = warning; DROP SCHEMA partman_journal CASCADE")
            .await;
        counting.heard()
    };
    let committed = calls
        .iter()
        .position(|sql| *sql == done)
        .expect("it is written down");
    for after in 1..=3 {
        stop_at(&db, &subject, &plan, committed + after).await;
        db.execute(
            "INSERT INTO public.webhook_events (event_type, payload, created_at)
                 SELECT 'since', '{}', now() - n * interval '1 hour' FROM generate_series(1, 100) AS n;
             UPDATE public.webhook_events SET event_type = 'changed since' WHERE id % 7 = 0;
             DELETE FROM public.webhook_events WHERE id % 11 = 0",
        )
        .await;
        let rows = db.fingerprint(EVENTS).await;
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
        assert!(
            back.steps.iter().all(|step| step.kept.is_none()),
            "{back:?}"
        );
        assert_eq!(
            db.fingerprint(EVENTS).await,
            rows,
            "stopped {after} calls later"
        );
        db.execute("SET client_min_messages = warning; DROP SCHEMA partman_journal CASCADE")
            .await;
    }
}

/// A set that changed since, so that the old DEFAULT can't take its rows: they stay where they are.
#[tokio::test(flavor = "multi_thread")]
async fn rows_that_the_old_default_cannot_take_stay_in_their_partitions() {
    for change in [
        "ALTER TABLE public.webhook_events ADD COLUMN more int",
        "ALTER TABLE public.webhook_events RENAME COLUMN payload TO body",
        "ALTER TABLE public.webhook_events ADD CONSTRAINT sane CHECK (created_at > '1900-01-01')",
        "CREATE INDEX ON public.webhook_events (event_type)",
        "CREATE UNIQUE INDEX ON public.webhook_events_rest_partman_before (event_type, created_at);
         INSERT INTO public.webhook_events (event_type, payload, created_at)
             SELECT 'twice', '{}', now() - interval '1 day' FROM generate_series(1, 2)",
    ] {
        let (db, subject) = set_of(Partman::V5_5_0, &default_of_many()).await;
        let plan = subject.plan(EVENTS).await;
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
        db.execute(change).await;
        let rows = db.fingerprint(EVENTS).await;
        let back = subject.rollback().await.expect("as far as it goes");
        assert_eq!(back.outcome, Outcome::RolledBack, "{change}: {back:?}");
        assert_eq!(db.fingerprint(EVENTS).await, rows, "{change}");
        let kept: Vec<&str> = back
            .steps
            .iter()
            .filter_map(|step| step.kept.as_deref())
            .collect();
        let returned = kept.is_empty();
        assert!(
            returned || kept.iter().any(|why| why.contains(", and stay")),
            "{change}: {kept:?}"
        );
        let noting = "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'partman%'";
        assert_eq!(db.query_text(noting).await, "0", "{change}");
    }
}

/// What is far ahead stays in DEFAULT where nothing leads there, and is led up to where something does.
#[tokio::test(flavor = "multi_thread")]
async fn rows_ahead_are_led_up_to_unless_they_are_a_slip() {
    let one = "INSERT INTO public.webhook_events (event_type, payload, created_at) VALUES ('far', '{}', '2090-05-05')";
    let many = "INSERT INTO public.webhook_events (event_type, payload, created_at)
                SELECT 'ahead', '{}', now() + n * interval '1 day' FROM generate_series(1, 200) AS n";
    let never = "INSERT INTO public.webhook_events (event_type, payload, created_at)
                 VALUES ('never', '{}', 'infinity'), ('ever', '{}', '-infinity')";
    let sentinels = "INSERT INTO public.webhook_events (event_type, payload, created_at)
                     VALUES ('never', '{}', '9999-12-31'), ('ever', '{}', '4713-01-01 BC')";
    for version in [Partman::V4_7_2, Partman::V5_5_0] {
        for (sql, left) in [(one, "1"), (many, "0"), (never, "1"), (sentinels, "1")] {
            let (db, subject) = set_of(version, &format!("{}; {sql}", default_of_many())).await;
            let plan = subject.plan(EVENTS).await;
            assert_eq!(plan.refusals, vec![], "{version:?} {sql}");
            let rows = db.fingerprint(EVENTS).await;
            let done = subject.migrate(&plan).await.expect("it begins");
            assert_eq!(
                done.outcome,
                Outcome::Completed,
                "{version:?} {sql}: {done:?}"
            );
            let beside = "SELECT count(*) FROM public.webhook_events_rest WHERE created_at > now()";
            assert_eq!(db.query_text(beside).await, left, "{version:?} {sql}");
            let back = subject.rollback().await.expect("and back");
            assert_eq!(
                back.outcome,
                Outcome::RolledBack,
                "{version:?} {sql}: {back:?}"
            );
            assert_eq!(db.fingerprint(EVENTS).await, rows);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_ahead_of_the_last_partition_are_led_up_to() {
    for version in Partman::ALL {
        let db = TestDb::new(version).await;
        db.execute(
            "CREATE TABLE public.numbered (n bigint PRIMARY KEY, what text) PARTITION BY RANGE (n);
             CREATE TABLE public.numbered_0 PARTITION OF public.numbered FOR VALUES FROM (0) TO (10000);
             CREATE TABLE public.numbered_1 PARTITION OF public.numbered FOR VALUES FROM (10000) TO (20000);
             CREATE TABLE public.numbered_rest PARTITION OF public.numbered DEFAULT;
             INSERT INTO public.numbered SELECT n * 3, 'x' FROM generate_series(0, 30000) AS n;
             INSERT INTO public.numbered VALUES (-7, 'below')",
        )
        .await;
        let subject = Subject::connect(&db).await;
        let plan = subject.plan("public.numbered").await;
        assert_eq!(plan.refusals, vec![], "{version:?}");
        let rows = db.fingerprint("public.numbered").await;
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        assert_eq!(
            db.query_text("SELECT count(*) FROM public.numbered_rest")
                .await,
            "1"
        );
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        assert_eq!(db.fingerprint("public.numbered").await, rows);
    }
}

/// Stopped when all is copied, before the exchange.
async fn stop_behind_the_copy(db: &TestDb, subject: &Subject, plan: &Plan) {
    let mut steps = plan.steps.iter();
    let copied = steps.position(|step| step.description.id.starts_with("copy-default"));
    let done = format!("COMMIT: done {}", copied.expect("a step"));
    let counting = Faulty::new(&subject.database, db, None);
    let counted = subject.migrate_through(&counting, plan).await;
    counted.expect("it begins");
    subject.rollback().await.expect("and back");
    let mut calls = counting.heard().into_iter();
    let call = calls.position(|sql| sql == done);
    stop_at(db, subject, plan, call.expect("it is written down") + 1).await;
}

/// How many tables there are of those that a spread makes and no set has.
const FREE: &str = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND NOT relispartition AND relnamespace = 'public'::regnamespace \
                    AND (relname LIKE 'webhook_events_p2%' OR relname LIKE 'partman%')";

/// The copies are known by what they are, whatever DEFAULT and the parent are called by now.
#[tokio::test(flavor = "multi_thread")]
async fn copies_are_dropped_wherever_default_has_gone_to() {
    for (moved, default) in [
        (
            "ALTER TABLE public.webhook_events_rest RENAME TO elsewhere",
            "public.elsewhere",
        ),
        (
            "CREATE SCHEMA other; ALTER TABLE public.webhook_events_rest SET SCHEMA other",
            "other.webhook_events_rest",
        ),
        (
            "ALTER TABLE public.webhook_events DETACH PARTITION public.webhook_events_rest",
            "public.webhook_events_rest",
        ),
        (
            "ALTER TABLE public.webhook_events RENAME TO called_so",
            "public.webhook_events_rest",
        ),
    ] {
        let (db, subject) = set_of(Partman::V5_5_0, &default_of_many()).await;
        let plan = subject.plan(EVENTS).await;
        stop_behind_the_copy(&db, &subject, &plan).await;
        assert_ne!(db.query_text(FREE).await, "0", "there are copies");
        db.execute(moved).await;
        let rows = db.fingerprint(default).await;
        let back = subject.rollback().await.expect("a way back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{moved}: {back:?}");
        assert_eq!(db.query_text(FREE).await, "0", "{moved}");
        assert_eq!(db.fingerprint(default).await, rows, "{moved}");
    }
}

/// Then somebody writes so that it isn't noted.
#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_does_not_rely_on_what_somebody_switched_off() {
    for unnoticed in [
        "ALTER TABLE public.webhook_events_rest DISABLE TRIGGER ALL;
         INSERT INTO public.webhook_events (event_type, payload, created_at) VALUES ('unnoticed', '{}', now());
         ALTER TABLE public.webhook_events_rest ENABLE TRIGGER ALL",
        "ALTER TABLE public.webhook_events DROP CONSTRAINT webhook_events_pkey;
         INSERT INTO public.webhook_events OVERRIDING SYSTEM VALUE SELECT * FROM public.webhook_events_rest WHERE id % 5 = 0",
    ] {
        let (db, subject) = set_of(Partman::V5_5_0, &default_of_many()).await;
        let plan = subject.plan(EVENTS).await;
        stop_behind_the_copy(&db, &subject, &plan).await;
        db.execute(unnoticed).await;
        let rows = db.fingerprint(EVENTS).await;
        let stuck = subject.resume().await.expect("an answer");
        assert_eq!(stuck.outcome, Outcome::Stuck, "{unnoticed}: {stuck:?}");
        assert!(format!("{:?}", stuck.error).contains("switched its triggers off"));
        assert_eq!(db.fingerprint(EVENTS).await, rows);
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{unnoticed}: {back:?}");
        assert_eq!(db.fingerprint(EVENTS).await, rows, "{unnoticed}");
    }
}

/// An index that the copies lack would be made by ATTACH, while everybody waits.
#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_does_not_make_an_index_that_came_meanwhile() {
    let (db, subject) = set_of(Partman::V5_5_0, &default_of_many()).await;
    let plan = subject.plan(EVENTS).await;
    stop_behind_the_copy(&db, &subject, &plan).await;
    db.execute("CREATE INDEX came_meanwhile ON public.webhook_events (event_type)")
        .await;
    let rows = db.fingerprint(EVENTS).await;
    let stuck = subject.resume().await.expect("an answer");
    assert_eq!(stuck.outcome, Outcome::Stuck, "{stuck:?}");
    assert!(format!("{:?}", stuck.error).contains("other columns or indexes"));
    let back = subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    assert_eq!(db.query_text(FREE).await, "0");
    assert_eq!(db.fingerprint(EVENTS).await, rows);
}

/// Whatever holds the set when all is copied: the budget for its locks begins once, not with each look at what changed.
#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_that_gets_no_lock_gives_up_in_time() {
    let (db, mut subject) = set_of(Partman::V5_5_0, &default_of_many()).await;
    let plan = subject.plan(EVENTS).await;
    stop_behind_the_copy(&db, &subject, &plan).await;
    let rows = db.fingerprint(EVENTS).await;
    let before = "SELECT count(*) FROM public.webhook_events";
    let reader = Holder::of(&db, before).await;
    subject.conduct.patience.total = Duration::from_secs(2);
    let began = std::time::Instant::now();
    let done = subject.resume().await.expect("an answer");
    let took = began.elapsed();
    reader.let_go().await;
    let kind = done.error.as_ref().map(partman_core::Error::kind);
    assert_eq!(kind, Some(Kind::LockTimeout), "{done:?}");
    assert!(took < Duration::from_secs(30), "{took:?}");
    subject.conduct.patience = partman_core::run::Patience::default();
    let back = subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    assert_eq!(db.query_text(FREE).await, "0");
    assert_eq!(db.fingerprint(EVENTS).await, rows);
}

/// They have names and grants of partitions to come, and are compared with DEFAULT before they take its place.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_writes_into_the_copies() {
    let (db, subject) = set_of(Partman::V5_5_0, &default_of_many()).await;
    let plan = subject.plan(EVENTS).await;
    stop_behind_the_copy(&db, &subject, &plan).await;
    let rows = db.fingerprint(EVENTS).await;
    let copy = format!(
        "SELECT max(oid::regclass::text) {}",
        &FREE[FREE.find("FROM").expect("it has one")..]
    );
    let copy = db.query_text(&copy).await;
    for write in [
        format!("DELETE FROM {copy}"),
        format!("TRUNCATE {copy}"),
        format!("UPDATE {copy} SET event_type = event_type"),
        format!("INSERT INTO {copy} SELECT * FROM {copy}"),
        format!("SET session_replication_role = replica; DELETE FROM {copy}"),
        "TRUNCATE partman_journal.changes".to_owned(),
        "DELETE FROM partman_journal.changes".to_owned(),
    ] {
        let refused = db.client().await.batch_execute(&write).await;
        let refused = refused.expect_err(&write);
        let message = refused
            .as_db_error()
            .map(|error| error.message().to_owned());
        assert!(
            message.is_some_and(|m| m.contains("written by partman only")),
            "{write}: {refused}"
        );
    }
    let strays = subject.inspect().await.strays;
    assert!(strays.is_empty(), "copies are in nobody's way: {strays:?}");
    let done = subject.resume().await.expect("it goes on");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    assert_eq!(db.fingerprint(EVENTS).await, rows);
    db.execute(&format!("DELETE FROM {copy} WHERE id % 2 = 0"))
        .await;
    let left = "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'partman%'";
    assert_eq!(db.query_text(left).await, "0");
}
