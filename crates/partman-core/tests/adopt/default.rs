//! Sets with a DEFAULT partition that is in use: no row is lost, hidden or refused, on the way there and on the way back.

use crate::support;

use std::time::Duration;

use partman_core::Kind;
use partman_core::assess::Adoptable;
use partman_core::mend::MendKind;
use partman_core::plan::Plan;
use partman_core::run::Outcome;
use partman_testkit::{LoadReport, Partman, Reader, TestDb, Writer, fixture};
use support::holder::Holder;
use support::meanwhile::Meanwhile;
use support::scene::{LARGE_DEFAULT, NOBODY_MADE_THIS_MONTH};
use support::{Subject, dsn, without_journal};

const NOW: &str = "INSERT INTO public.webhook_events (event_type, payload) VALUES ('load', '{}')";
/// Into the months to come, while their partitions are being made.
const LATER: &str = "INSERT INTO public.webhook_events (event_type, payload, created_at) \
                     VALUES ('later', '{}', now() + interval '1 month' * (:n % 3))";
const ALL: &str = "SELECT 1 / (count(*) >= 80)::int FROM public.webhook_events";

async fn in_use(version: Partman) -> (TestDb, Subject) {
    let db = TestDb::new(version).await;
    fixture::webhook_events_now(&db).await;
    db.execute(NOBODY_MADE_THIS_MONTH).await;
    let subject = Subject::connect(&db).await;
    (db, subject)
}

fn mends(plan: &Plan) -> Vec<String> {
    assert_eq!(plan.refusals, vec![]);
    let mends = plan.sets[0].mends.iter();
    mends.map(ToString::to_string).collect()
}

async fn ended(writers: Vec<Writer>, readers: Vec<Reader>) -> Vec<LoadReport> {
    let mut reports = Vec::new();
    for writer in writers {
        reports.push(writer.stop().await);
    }
    for reader in readers {
        reports.push(reader.stop().await);
    }
    reports
}

/// In DEFAULT, of the months that are made.
const LEFT: &str = "SELECT count(*) FROM public.webhook_events_rest \
                    WHERE created_at BETWEEN date_trunc('month', now(), 'UTC') AND now() + interval '3 months'";

#[tokio::test]
async fn rows_come_along_and_go_back_while_the_application_reads_and_writes() {
    for version in Partman::ALL {
        let (db, subject) = in_use(version).await;
        let plan = subject.plan("public.webhook_events").await;
        let said = mends(&plan);
        assert!(said[0].starts_with("rescue-default"), "{said:?}");
        let writers = vec![
            Writer::with_sql(&db, NOW, 150),
            Writer::with_sql(&db, LATER, 150),
        ];
        let readers = vec![Reader::with_sql(&db, ALL, 100)];
        tokio::time::sleep(Duration::from_millis(200)).await;
        let done = subject.migrate(&plan).await.expect("it finds its moments");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        assert_eq!(db.query_text(LEFT).await, "0", "{version:?}");
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        let reports = ended(writers, readers).await;
        let written: usize = reports[..2].iter().map(|report| report.transactions).sum();
        for report in reports {
            assert_eq!(report.failures, Vec::<String>::new(), "{version:?}");
            assert!(report.transactions > 10, "{version:?}: {report:?}");
        }
        let count =
            "SELECT count(*) FROM public.webhook_events WHERE event_type IN ('load', 'later')";
        assert_eq!(
            db.query_text(count).await,
            written.to_string(),
            "{version:?}"
        );
    }
}

#[tokio::test]
async fn rows_that_came_along_go_back_where_they_were() {
    for version in [Partman::V4_7_2, Partman::V5_5_0] {
        let (db, subject) = in_use(version).await;
        let trouble = "CREATE TABLE public.told (what text);
             CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN INSERT INTO public.told VALUES (TG_OP); RETURN NULL; END $$;
             CREATE TRIGGER tells AFTER INSERT OR DELETE ON public.webhook_events FOR EACH ROW EXECUTE FUNCTION public.tell()";
        db.execute(trouble).await;
        let (before, rows) = (
            db.snapshot().await,
            db.fingerprint("public.webhook_events").await,
        );
        for _ in 0..2 {
            let plan = subject.plan("public.webhook_events").await;
            let done = subject.migrate(&plan).await.expect("it begins");
            assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
            assert_eq!(db.fingerprint("public.webhook_events").await, rows);
            assert_eq!(db.query_text(LEFT).await, "0");
            let back = subject.rollback().await.expect("and back");
            assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
            assert_eq!(db.query_text(LEFT).await, "80");
            assert_eq!(db.fingerprint("public.webhook_events").await, rows);
            let left = without_journal(before.diff(&db.snapshot().await));
            assert_eq!(left, Vec::<String>::new(), "{version:?}");
        }
        let told = "SELECT count(*) FROM public.told";
        assert_eq!(
            db.query_text(told).await,
            "0",
            "the triggers were kept quiet"
        );
    }
}

#[tokio::test]
async fn a_large_default_is_fenced_while_the_application_writes_what_is_due() {
    let db = TestDb::new(Partman::V5_5_0).await;
    fixture::webhook_events_now(&db).await;
    db.execute(LARGE_DEFAULT).await;
    let subject = Subject::connect(&db).await;
    let plan = subject.plan("public.webhook_events").await;
    assert_eq!(mends(&plan), Vec::<String>::new());
    let writers = vec![Writer::with_sql(&db, NOW, 200)];
    let done = subject.migrate(&plan).await.expect("it finds its moments");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    let reports = ended(writers, Vec::new()).await;
    assert_eq!(reports[0].failures, Vec::<String>::new());
}

async fn asks(subject: &Subject, what: &str) {
    let plan = subject.plan("public.webhook_events").await;
    assert_eq!(plan.sets[0].adoptable, Adoptable::NeedsDecision);
    let reason = plan.refusals.first().expect("a reason");
    assert!(reason.what.contains("webhook_events_rest"), "{reason:?}");
    assert!(reason.way_out.contains(what), "{what}: {reason:?}");
}

/// Rows that can be found again could be spread.
const WITHOUT_KEY: &str = "ALTER TABLE public.webhook_events DROP CONSTRAINT webhook_events_pkey";

#[tokio::test]
async fn rows_that_cannot_come_along_are_a_question() {
    let (db, subject) = in_use(Partman::V5_5_0).await;
    let many = "INSERT INTO public.webhook_events (event_type, payload) SELECT '', '{}' FROM generate_series(1, 10000)";
    db.execute(many).await;
    db.execute(WITHOUT_KEY).await;
    asks(&subject, "too many").await;

    let (db, subject) = in_use(Partman::V5_5_0).await;
    db.execute(LARGE_DEFAULT.split_once(';').expect("two statements").1)
        .await;
    db.execute(WITHOUT_KEY).await;
    asks(&subject, "too many").await;

    let (db, subject) = in_use(Partman::V5_5_0).await;
    let referred = "CREATE TABLE public.replies (id bigint, at timestamptz,
                        FOREIGN KEY (id, at) REFERENCES public.webhook_events (id, created_at))";
    db.execute(referred).await;
    asks(&subject, "foreign keys").await;

    let (db, _) = in_use(Partman::V5_5_0).await;
    let owned = "CREATE ROLE app LOGIN; GRANT CREATE ON DATABASE test TO app; GRANT ALL ON SCHEMA public TO app;
         DO $$ DECLARE one regclass; BEGIN
             FOR one IN SELECT relid FROM pg_partition_tree('public.webhook_events') LOOP
                 EXECUTE format('ALTER TABLE %s OWNER TO app', one);
             END LOOP;
         END $$;
         CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
         CREATE TRIGGER tells AFTER DELETE ON public.webhook_events FOR EACH ROW EXECUTE FUNCTION public.tell()";
    db.execute(owned).await;
    db.execute(WITHOUT_KEY).await;
    let subject = Subject::connect_to(&dsn(&db, "app")).await;
    asks(&subject, "superuser").await;
}

/// A set by number with rows of twenty partitions to come in DEFAULT.
const NUMBERS: &str = "
    CREATE TABLE public.numbers (id bigint NOT NULL, note text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
    CREATE TABLE public.numbers_p0 PARTITION OF public.numbers FOR VALUES FROM (0) TO (100);
    CREATE TABLE public.numbers_p100 PARTITION OF public.numbers FOR VALUES FROM (100) TO (200);
    CREATE TABLE public.numbers_rest PARTITION OF public.numbers DEFAULT;
    INSERT INTO public.numbers SELECT n FROM generate_series(0, 2199) AS n";

/// One that has read which partitions there are, and then waits for DEFAULT, must not look for the rows only there.
#[tokio::test]
async fn whoever_reads_while_rows_are_brought_along_sees_all_of_them() {
    let db = TestDb::new(Partman::V5_5_0).await;
    db.execute(NUMBERS).await;
    let subject = Subject::connect(&db).await;
    let plan = subject.plan("public.numbers").await;
    assert_eq!(plan.refusals, vec![]);
    let all = "SELECT 1 / (count(*) = 2200)::int FROM public.numbers";
    for _ in 0..2 {
        let readers = (0..4).map(|_| Reader::with_sql(&db, all, 1_000)).collect();
        let done = subject.migrate(&plan).await.expect("it finds its moments");
        assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
        let left = "SELECT count(*) FROM public.numbers_rest";
        assert_eq!(db.query_text(left).await, "0");
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
        for report in ended(Vec::new(), readers).await {
            assert_eq!(report.failures, Vec::<String>::new());
        }
    }
}

/// Between the look at DEFAULT and its lock: they are in the way of the partition, and come along a moment later.
#[tokio::test]
async fn rows_that_are_written_at_the_last_moment_come_along() {
    let db = TestDb::new(Partman::V5_5_0).await;
    fixture::webhook_events_now(&db).await;
    db.execute(
        "CREATE TABLE public.webhook_events_rest PARTITION OF public.webhook_events DEFAULT",
    )
    .await;
    let subject = Subject::connect(&db).await;
    let plan = subject.plan("public.webhook_events").await;
    let lock = "LOCK TABLE ONLY public.webhook_events IN SHARE ROW EXCLUSIVE MODE";
    let rows = "INSERT INTO public.webhook_events (event_type, payload, created_at)
                SELECT 'late', '{}', now() + n * interval '1 month' FROM generate_series(1, 3) AS n";
    let meanwhile = Meanwhile::new(&subject.database, &db, lock, rows);
    let done = subject.migrate_through(&meanwhile, &plan).await;
    let done = done.expect("it begins");
    assert!(meanwhile.has_happened(), "{lock}");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    for (table, there) in [("webhook_events_rest", "0"), ("webhook_events", "3")] {
        let late = format!("SELECT count(*) FROM public.{table} WHERE event_type = 'late'");
        assert_eq!(db.query_text(&late).await, there, "{table}");
    }
    let back = subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    assert!(back.error.is_none(), "{back:?}");
    let late = "SELECT count(*) FROM public.webhook_events_rest WHERE event_type = 'late'";
    assert_eq!(db.query_text(late).await, "3");
}

/// The way out is followed to its end: what refers to rows of DEFAULT is there afterwards.
#[tokio::test]
async fn the_way_out_beside_a_foreign_key_that_cascades_loses_nothing() {
    for version in Partman::ALL {
        let (db, subject) = in_use(version).await;
        let key = "FOREIGN KEY (id, at) REFERENCES public.webhook_events (id, created_at) ON DELETE CASCADE";
        db.execute(&format!(
            "CREATE TABLE public.replies (id bigint, at timestamptz, CONSTRAINT \"of event\" {key});
             INSERT INTO public.replies SELECT id, created_at FROM public.webhook_events_rest"
        ))
        .await;
        let replies = db.fingerprint("public.replies").await;
        let plan = subject.plan("public.webhook_events").await;
        let way_out = plan.refusals[0].way_out.to_string();
        let drop = "ALTER TABLE public.replies DROP CONSTRAINT \"of event\"";
        assert!(
            way_out.contains(&format!(": {drop}; then run this again")),
            "{way_out}"
        );
        db.execute(drop).await;
        let plan = subject.plan("public.webhook_events").await;
        assert_eq!(plan.refusals, vec![]);
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        db.execute(&format!(
            "ALTER TABLE public.replies ADD CONSTRAINT \"of event\" {key} NOT VALID;
             ALTER TABLE public.replies VALIDATE CONSTRAINT \"of event\""
        ))
        .await;
        assert_eq!(db.fingerprint("public.replies").await, replies);
    }
}

/// How many months ahead of this one its partitions reach.
const REACH: &str = "
    SELECT count(*) FROM pg_class JOIN pg_inherits ON inhrelid = oid
     WHERE inhparent = 'public.webhook_events'::regclass
       AND substring(pg_get_expr(relpartbound, oid) FROM 'FROM \\(''([^'']+)') > to_char(now(), 'YYYY-MM-DD')";

#[tokio::test]
async fn rows_ahead_of_everything_are_noted_with_when_maintenance_stops_at_them() {
    for version in Partman::ALL {
        let db = TestDb::new(version).await;
        fixture::webhook_events_now(&db).await;
        db.execute(
            "SET TimeZone = 'UTC';
             CREATE TABLE public.webhook_events_rest PARTITION OF public.webhook_events DEFAULT;
             INSERT INTO public.webhook_events (event_type, payload, created_at)
             SELECT 'ahead', '{}', date_trunc('month', now()) + interval '8 months 3 days'",
        )
        .await;
        let subject = Subject::connect(&db).await;
        let plan = subject.plan("public.webhook_events").await;
        assert_eq!(plan.refusals, vec![]);
        let note = plan.sets[0].notes.first().expect("it is noted").to_string();
        let stops =
            "SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '4 months',
                                    '\"stops at them by \"YYYY-MM-DD')";
        let stops = db.query_text(stops).await;
        assert!(note.contains(&stops), "{version:?}: {note}");
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        // Four months from now, eight ahead are what four ahead are then. It may round up by one.
        for (premake, stops) in [("6", false), ("8", true)] {
            let sql = format!("UPDATE partman.part_config SET premake = {premake}");
            db.execute(&sql).await;
            let call = "SET TimeZone = 'UTC'; SELECT partman.run_maintenance('public.webhook_events', p_jobmon := false)";
            let went_well = db.client().await.batch_execute(call).await.is_ok();
            let says_so = stops && version != Partman::V5_5_0;
            assert_eq!(went_well, !says_so, "{version:?} {premake}");
            let reached: u32 = db.query_text(REACH).await.parse().expect("a number");
            assert!(
                (6..8).contains(&reached),
                "{version:?} {premake}: {reached}"
            );
        }
    }
}

/// Rows that come along are the newest from then on, and pg_partman counts on from them.
#[tokio::test]
async fn what_comes_along_is_led_on_from_as_far_as_rows_follow_each_other() {
    let near =
        "SELECT 'ahead', '{}', now() + n * interval '10 days' FROM generate_series(1, 20) AS n";
    let sparse =
        "SELECT 'ahead', '{}', now() + n * interval '4 months' FROM generate_series(1, 3) AS n";
    let slip = "SELECT 'ahead', '{}', now() + at FROM unnest(ARRAY['40 days', '60 years']::interval[]) AS at";
    for (version, rows, left) in [
        (Partman::V5_5_0, near, "0"),
        (Partman::V5_5_0, sparse, "0"),
        (Partman::V5_5_0, slip, "1"),
        (Partman::V5_2_4, sparse, "0"),
    ] {
        let db = TestDb::new(version).await;
        fixture::webhook_events_now(&db).await;
        db.execute(&format!(
            "CREATE TABLE public.webhook_events_rest PARTITION OF public.webhook_events DEFAULT;
             INSERT INTO public.webhook_events (event_type, payload, created_at) {rows}"
        ))
        .await;
        let subject = Subject::connect(&db).await;
        let plan = subject.plan("public.webhook_events").await;
        assert_eq!(plan.refusals, vec![]);
        let before = db.fingerprint("public.webhook_events").await;
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(
            done.outcome,
            Outcome::Completed,
            "{version:?} {rows}: {done:?}"
        );
        let beside = "SELECT count(*) FROM public.webhook_events_rest";
        assert_eq!(db.query_text(beside).await, left, "{version:?} {rows}");
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
        assert_eq!(db.fingerprint("public.webhook_events").await, before);
    }
}

/// What fires whoever moves rows can't be kept quiet: it would change them, or write down what never happened.
#[tokio::test]
async fn rows_that_something_fires_for_are_a_question() {
    let function = "CREATE FUNCTION public.noted() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN RAISE EXCEPTION 'it fired'; END $$;";
    for (fires, named) in [
        (
            "CREATE TRIGGER tells BEFORE DELETE ON public.webhook_events FOR EACH ROW EXECUTE FUNCTION public.noted();
             ALTER TABLE public.webhook_events ENABLE ALWAYS TRIGGER tells;
             ALTER TABLE public.webhook_events_rest ENABLE ALWAYS TRIGGER tells",
            "trigger tells",
        ),
        (
            "CREATE TRIGGER tells AFTER DELETE ON public.webhook_events_rest EXECUTE FUNCTION public.noted();
             ALTER TABLE public.webhook_events_rest ENABLE REPLICA TRIGGER tells",
            "trigger tells",
        ),
        (
            "CREATE RULE refuses AS ON DELETE TO public.webhook_events_rest DO INSTEAD NOTHING;
             ALTER TABLE public.webhook_events_rest ENABLE ALWAYS RULE refuses",
            "rule refuses",
        ),
    ] {
        let (db, subject) = in_use(Partman::V5_5_0).await;
        db.execute(&format!("{function} {fires}")).await;
        let plan = subject.plan("public.webhook_events").await;
        let mut mends = plan.sets[0].mend_kinds.iter();
        assert!(!mends.any(|kind| *kind == MendKind::RescueDefault), "{fires}");
        db.execute(WITHOUT_KEY).await;
        let plan = subject.plan("public.webhook_events").await;
        let refusal = plan.refusals.first().expect("a question");
        assert!(refusal.way_out.to_string().contains(named), "{refusal:?}");
        let quiet = "ALTER TABLE public.webhook_events_rest ENABLE TRIGGER ALL;
                     DROP RULE IF EXISTS refuses ON public.webhook_events_rest";
        db.execute(quiet).await;
        let plan = subject.plan("public.webhook_events").await;
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{fires}: {done:?}");
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{fires}: {back:?}");
    }
}

/// Has looked at something, and will look at the set as it was then.
const LOOKS_BACK: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1";

#[tokio::test]
async fn rows_are_not_moved_from_under_those_who_look_back() {
    let (db, mut subject) = in_use(Partman::V5_5_0).await;
    let plan = subject.plan("public.webhook_events").await;
    let before = db.snapshot().await;
    let patience = subject.conduct.patience.total;
    let short = Duration::from_millis(700);
    subject.conduct.patience.total = short;
    let holder = Holder::of(&db, LOOKS_BACK).await;
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Unwound, "{done:?}");
    let error = done.error.expect("it says why");
    assert_eq!(error.kind(), Kind::LockTimeout);
    assert!(
        format!("{error:?}").contains("looks at the database"),
        "{error:?}"
    );
    let changed = without_journal(before.diff(&db.snapshot().await));
    assert_eq!(changed, Vec::<String>::new());
    holder.let_go().await;

    subject.conduct.patience.total = patience;
    let done = subject.migrate(&plan).await.expect("nobody looks back");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    subject.conduct.patience.total = short;
    let holder = Holder::of(&db, LOOKS_BACK).await;
    let back = subject.rollback().await;
    let stuck = back.as_ref().map(|back| back.outcome).ok();
    assert!(stuck != Some(Outcome::RolledBack), "{back:?}");
    holder.let_go().await;
    subject.conduct.patience.total = patience;
    let back = subject.rollback().await.expect("nobody looks back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    let changed = without_journal(before.diff(&db.snapshot().await));
    assert_eq!(changed, Vec::<String>::new());
}

/// Fails where the row isn't seen, or not once.
fn counting_up(id: u32) -> String {
    format!(
        "WITH done AS (UPDATE public.webhook_events SET payload = to_jsonb(:n)
                        WHERE id = {id} AND created_at = (SELECT created_at FROM public.counted WHERE id = {id}) RETURNING 1)
         SELECT 1 / (count(*) = 1)::int FROM done"
    )
}

/// Clients whose transactions are all at repeatable read, as the database has it: each has its snapshot before it comes to wait for
/// us, so rows are copied before, and nothing is moved.
#[tokio::test]
async fn no_update_is_lost_where_every_transaction_looks_back() {
    for version in [Partman::V4_7_2, Partman::V5_5_0] {
        let (db, subject) = in_use(version).await;
        db.execute(
            "CREATE TABLE public.counted AS
                 SELECT id, created_at FROM public.webhook_events_rest WHERE created_at <= now() ORDER BY id LIMIT 4;
             DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = ''repeatable read''',
                                        current_database()); END $$",
        )
        .await;
        let ids = db
            .query_text("SELECT string_agg(id::text, ' ') FROM public.counted")
            .await;
        let ids: Vec<u32> = ids
            .split(' ')
            .map(|id| id.parse().expect("an id"))
            .collect();
        let plan = subject.plan("public.webhook_events").await;
        let writers = ids
            .iter()
            .map(|id| Writer::with_sql(&db, &counting_up(*id), 30));
        let writers: Vec<Writer> = writers.collect();
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        for report in ended(writers, Vec::new()).await {
            // What was written in the very last moment may be one that such a transaction has to try again.
            let lost = report.failures.iter();
            let lost: Vec<&String> = lost.filter(|said| !said.contains(" 40001 ")).collect();
            assert!(lost.is_empty(), "{version:?}: {lost:?}");
            assert!(report.transactions > 10, "{report:?}");
        }
    }
}
