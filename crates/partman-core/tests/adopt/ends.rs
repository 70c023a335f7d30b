//! Partitions that get other bounds than they had: a DEFAULT that is too large for anything else, and open ends. No row is
//! moved, hidden or refused, and the way back leaves everything as it was.

use crate::support;

use partman_core::assess::{Adoptable, Code};
use partman_core::mend::MendKind;
use partman_core::plan::Plan;
use partman_core::run::Outcome;
use partman_core::session::{Limits, Session, Statement};
use partman_core::wanted::{OnDefault, WantedSet};
use partman_testkit::{Partman, Reader, TestDb, Writer, fixture};
use support::scene::{default_of_now, open_ends};
use support::{Subject, dsn, name, without_journal};

const NOW: &str = "INSERT INTO public.webhook_events (event_type, payload) VALUES ('load', '{}')";

async fn set_of(version: Partman, sql: &str) -> (TestDb, Subject) {
    let db = TestDb::new(version).await;
    fixture::webhook_events_now(&db).await;
    db.execute(sql).await;
    let subject = Subject::connect(&db).await;
    (db, subject)
}

fn steps(plan: &Plan) -> Vec<String> {
    assert_eq!(plan.refusals, vec![]);
    let ids = plan.steps.iter().map(|step| &step.description.id);
    ids.map(|id| {
        id.split_once(':')
            .map_or(id.as_str(), |(verb, _)| verb)
            .to_owned()
    })
    .collect()
}

const AROUND: [&str; 5] = [
    "check-range",
    "validate-range",
    "",
    "keep-way-back",
    "uncheck-range",
];

fn around(step: &str) -> Vec<String> {
    let names = AROUND
        .iter()
        .map(|id| if id.is_empty() { step } else { id });
    names.map(|id| (*id).to_owned()).collect()
}

/// Clones of a row trigger are dropped by DETACH and made anew by ATTACH; all else of them has to be the same.
fn but_for_clones(differences: Vec<String>) -> Vec<String> {
    let mut left = without_journal(differences);
    left.retain(|line| !line.contains(": trigger "));
    left
}

/// There, back, and there again, while others write and read.
async fn there_and_back(version: Partman, sql: &str, verbs: &[&str]) {
    let (db, subject) = set_of(version, sql).await;
    let plan = subject.plan("public.webhook_events").await;
    let planned = steps(&plan);
    for verb in verbs {
        let place = planned.iter().position(|id| id == verb);
        let place = place.unwrap_or_else(|| panic!("{verb} is not in {planned:?}"));
        assert_eq!(planned[place - 2..place + 3], around(verb));
    }
    let before = db.snapshot().await;
    let rows = db.fingerprint("public.webhook_events").await;
    for _ in 0..2 {
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        assert_eq!(db.fingerprint("public.webhook_events").await, rows);
        let left = "SELECT count(*) FROM pg_constraint WHERE conname = 'partman_fence'";
        assert_eq!(db.query_text(left).await, "0");
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        assert!(back.error.is_none(), "{version:?}: {back:?}");
        assert_eq!(db.fingerprint("public.webhook_events").await, rows);
        let left = without_journal(before.diff(&db.snapshot().await));
        assert_eq!(left, Vec::<String>::new(), "{version:?}");
    }
    let writer = Writer::with_sql(&db, NOW, 150);
    let all = "SELECT 1 / (count(*) >= 80)::int FROM public.webhook_events";
    let reader = Reader::with_sql(&db, all, 50);
    let done = subject.migrate(&plan).await.expect("it finds its moments");
    assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
    let back = subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
    let (wrote, read) = (writer.stop().await, reader.stop().await);
    assert_eq!(wrote.failures, Vec::<String>::new(), "{version:?}");
    assert_eq!(read.failures, Vec::<String>::new(), "{version:?}");
    let written = "SELECT count(*) FROM public.webhook_events WHERE event_type = 'load'";
    assert_eq!(db.query_text(written).await, wrote.transactions.to_string());
    let left = without_journal(before.diff(&db.snapshot().await));
    assert_eq!(left, Vec::<String>::new(), "{version:?}");
}

#[tokio::test]
async fn a_large_default_becomes_the_partition_of_its_rows_on_4_7_2() {
    there_and_back(Partman::V4_7_2, &default_of_now(), &["attach-default"]).await;
}

#[tokio::test]
async fn a_large_default_becomes_the_partition_of_its_rows_on_5_2_4() {
    there_and_back(Partman::V5_2_4, &default_of_now(), &["attach-default"]).await;
}

#[tokio::test]
async fn a_large_default_becomes_the_partition_of_its_rows_on_5_5_0() {
    there_and_back(Partman::V5_5_0, &default_of_now(), &["attach-default"]).await;
}

#[tokio::test]
async fn open_ends_are_closed_on_4_7_2() {
    there_and_back(Partman::V4_7_2, &open_ends(), &["rebound"]).await;
}

#[tokio::test]
async fn open_ends_are_closed_on_5_2_4() {
    there_and_back(Partman::V5_2_4, &open_ends(), &["rebound"]).await;
}

#[tokio::test]
async fn open_ends_are_closed_on_5_5_0() {
    there_and_back(Partman::V5_5_0, &open_ends(), &["rebound"]).await;
}

/// Ends that only stand for MINVALUE and MAXVALUE.
fn as_good_as_open(lowest: &str, highest: &str) -> String {
    let quoted = |value| format!("(''{value}'')");
    let sql = open_ends().replace("(MINVALUE)", &quoted(lowest));
    sql.replace("(MAXVALUE)", &quoted(highest))
}

#[tokio::test]
async fn infinities_are_closed() {
    let infinite = as_good_as_open("-infinity", "infinity");
    there_and_back(Partman::V4_7_2, &infinite, &["rebound"]).await;
    there_and_back(Partman::V5_5_0, &infinite, &["rebound"]).await;
}

#[tokio::test]
async fn ends_that_never_come_are_closed() {
    for (version, lowest, highest) in [
        (Partman::V4_7_2, "4713-01-01 BC", "9999-12-31"),
        (Partman::V5_2_4, "-infinity", "2999-01-01"),
        (Partman::V5_5_0, "-infinity", "2099-12-31"),
    ] {
        let endless = as_good_as_open(lowest, highest);
        there_and_back(version, &endless, &["rebound"]).await;
    }
}

/// By dates and by numbers, up to an end that never comes.
const NEVER: [(&str, &str); 2] = [
    (
        "SET TimeZone = 'UTC'; CREATE TABLE public.t (at date NOT NULL) PARTITION BY RANGE (at);
         DO $$ DECLARE m date := date_trunc('month', now()); BEGIN
             EXECUTE format('CREATE TABLE public.t_1 PARTITION OF public.t FOR VALUES FROM (%L) TO (%L)',
                 (m - interval '1 month')::date, m);
             EXECUTE format('CREATE TABLE public.t_rest PARTITION OF public.t FOR VALUES FROM (%L) TO (''9999-12-31'')', m);
         END $$; INSERT INTO public.t VALUES (current_date)",
        "9999-12-31",
    ),
    (
        "CREATE TABLE public.t (at int NOT NULL) PARTITION BY RANGE (at);
         CREATE TABLE public.t_1 PARTITION OF public.t FOR VALUES FROM (0) TO (1000);
         CREATE TABLE public.t_rest PARTITION OF public.t FOR VALUES FROM (1000) TO (2147483647);
         INSERT INTO public.t VALUES (17), (1234)",
        "2147483647",
    ),
];

#[tokio::test]
async fn dates_and_numbers_that_stand_for_no_end_are_closed_and_come_back() {
    for version in Partman::ALL {
        for (sql, end) in NEVER {
            let db = TestDb::new(version).await;
            db.execute(sql).await;
            let subject = Subject::connect(&db).await;
            let before = db.snapshot().await;
            let plan = subject.plan("public.t").await;
            let late = end == "9999-12-31" && !plan.refusals.is_empty();
            if late {
                // In the last hour of a month nothing is closed that rows of the next one are about to need.
                assert!(plan.refusals[0].way_out.contains("about to be written"));
                continue;
            }
            assert!(steps(&plan).contains(&"rebound".to_owned()), "{end}");
            let done = subject.migrate(&plan).await.expect("it begins");
            assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
            let verified = done.verified.expect("it was looked at");
            assert_eq!(verified.problems, Vec::<String>::new());
            let bounds = "SELECT string_agg(pg_get_expr(relpartbound, c.oid), ',') FROM pg_inherits \
                          JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'public.t'::regclass";
            let bounds = db.query_text(bounds).await;
            assert!(!bounds.contains(end), "{version:?}: {bounds}");
            let back = subject.rollback().await.expect("and back");
            assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
            let left = without_journal(before.diff(&db.snapshot().await));
            assert_eq!(left, Vec::<String>::new(), "{version:?}");
        }
    }
}

#[tokio::test]
async fn an_end_that_never_comes_stays_where_rows_lie_beyond_an_interval() {
    let far = "INSERT INTO public.webhook_events (event_type, payload, created_at) VALUES ('far', '{}', '2090-02-02')";
    let (db, subject) = set_of(Partman::V5_5_0, &as_good_as_open("-infinity", "9999-12-31")).await;
    db.execute(far).await;
    let plan = subject.plan("public.webhook_events").await;
    let reason = plan.refusals.first().expect("a reason");
    assert_eq!(reason.code, Code::OpenEndedPartition, "{reason:?}");
    assert!(
        reason.way_out.contains("2090-02-02T00:00:00Z"),
        "{reason:?}"
    );
}

/// How often this transaction has read these tables from one end to the other.
const READ_THROUGH: &str = "SELECT coalesce(sum(seq_scan), 0)::int8 AS n FROM pg_stat_xact_user_tables \
                            WHERE relid IN (SELECT oid FROM pg_class WHERE relname ~ '^webhook_events' AND relkind = 'r')";

#[tokio::test]
async fn nothing_is_read_through_under_a_lock_there_or_back() {
    for (sql, verb) in [
        (default_of_now(), "attach-default"),
        (open_ends(), "rebound"),
    ] {
        let (_db, subject) = set_of(Partman::V5_5_0, &sql).await;
        let plan = subject.plan("public.webhook_events").await;
        let mut session = subject.database.session().await.expect("a session");
        let mut done = Vec::new();
        for planned in &plan.steps {
            let (step, id) = (planned.spec.as_step(), &planned.description.id);
            if id.starts_with("create-extension") || id.starts_with("configure") {
                break;
            }
            session.begin(Limits::NONE).await.expect("a transaction");
            step.prepare(&mut session).await.expect(id);
            let output = step.forward(&mut session).await.expect(id);
            if id.starts_with(verb) {
                let read = session.run(&Statement::query(READ_THROUGH)).await;
                let read = read.expect("a look")[0]["n"].clone();
                // Only the new DEFAULT, which is empty.
                let empty = i64::from(verb == "attach-default");
                assert!(read.as_i64().is_some_and(|n| n <= empty), "{id}: {read}");
            }
            session.commit().await.expect(id);
            done.push((step, id, output));
        }
        for (step, id, output) in done.iter().rev() {
            session.begin(Limits::NONE).await.expect("a transaction");
            step.undo(&mut session, output).await.expect(id);
            if id.starts_with(verb) {
                let read = session.run(&Statement::query(READ_THROUGH)).await;
                let read = read.expect("a look")[0]["n"].clone();
                let empty = i64::from(verb == "attach-default");
                assert!(
                    read.as_i64().is_some_and(|n| n <= empty),
                    "back {id}: {read}"
                );
            }
            session.commit().await.expect(id);
        }
    }
}

#[tokio::test]
async fn what_hangs_on_the_table_is_the_same_afterwards() {
    let hung = "
        CREATE TABLE public.kinds (kind text PRIMARY KEY);
        INSERT INTO public.kinds SELECT DISTINCT event_type FROM public.webhook_events;
        ALTER TABLE public.webhook_events ADD FOREIGN KEY (event_type) REFERENCES public.kinds;
        CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
        CREATE TRIGGER tells BEFORE INSERT ON public.webhook_events FOR EACH ROW EXECUTE FUNCTION public.tell();
        ALTER TABLE public.webhook_events_rest DISABLE TRIGGER tells;
        ALTER TABLE public.webhook_events_rest ADD CONSTRAINT own CHECK (id > 0);
        CREATE UNIQUE INDEX \"Only Here\" ON public.webhook_events_rest (id);
        ALTER TABLE public.webhook_events_rest SET (fillfactor = 70);
        ALTER TABLE public.webhook_events_rest REPLICA IDENTITY FULL;
        CREATE ROLE reader; GRANT SELECT ON public.webhook_events TO reader;
        GRANT INSERT ON public.webhook_events_rest TO reader;
        CREATE PUBLICATION all_of_it FOR TABLE public.webhook_events WITH (publish_via_partition_root);
        COMMENT ON TABLE public.webhook_events_rest IS 'what nobody expected'";
    for (sql, version) in [
        (default_of_now(), Partman::V4_7_2),
        (default_of_now(), Partman::V5_5_0),
        (open_ends(), Partman::V5_5_0),
    ] {
        let (db, subject) = set_of(version, &sql).await;
        db.execute(hung).await;
        let plan = subject.plan("public.webhook_events").await;
        assert_eq!(plan.refusals, vec![]);
        told_as_its_own(&plan);
        let (before, rows) = (
            db.snapshot().await,
            db.fingerprint("public.webhook_events").await,
        );
        let disabled = "SELECT count(*) FROM pg_trigger WHERE tgname = 'tells' AND tgenabled = 'D'";
        assert_eq!(db.query_text(disabled).await, "1");
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        assert_eq!(db.query_text(disabled).await, "1");
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        assert_eq!(db.query_text(disabled).await, "1");
        assert_eq!(db.fingerprint("public.webhook_events").await, rows);
        let left = but_for_clones(before.diff(&db.snapshot().await));
        assert_eq!(left, Vec::<String>::new(), "{version:?}");
    }
}

/// What the new DEFAULT doesn't have is noted before.
fn told_as_its_own(plan: &Plan) {
    let set = &plan.sets[0];
    if !set.mend_kinds.contains(&MendKind::AttachDefault) {
        return;
    }
    let note = set.notes.first().expect("it is noted").to_string();
    for own in [
        "constraint own",
        "unique index \"Only Here\"",
        "(fillfactor=70)",
        "grants to reader",
        "trigger tells as it is switched",
    ] {
        assert!(note.contains(own), "{own}: {note}");
    }
    assert_eq!(note.matches("Only Here").count(), 1, "{note}");
}

/// Where rows are of more than one interval: those of now, and some of the ten days after next.
const AHEAD: &str = "INSERT INTO public.webhook_events (event_type, payload, created_at)
    SELECT 'ahead', '{}', now() + interval '12 days' FROM generate_series(1, 3)";

fn wanted(default: Option<OnDefault>) -> WantedSet {
    let mut wanted = WantedSet::new(name("public.webhook_events"));
    wanted.default = default;
    wanted
}

/// Where rows are not to be spread either.
fn not_spread() -> WantedSet {
    let mut wanted = wanted(None);
    wanted.decline = vec![MendKind::SpreadDefault];
    wanted
}

async fn asks_unless_spread(subject: &Subject, what: &str) {
    asks_of(subject, not_spread(), what).await;
}

async fn asks(subject: &Subject, what: &str) {
    asks_of(subject, wanted(None), what).await;
}

async fn asks_of(subject: &Subject, wanted: WantedSet, what: &str) {
    let plan = subject.plan_for(wanted).await;
    assert_eq!(plan.sets[0].adoptable, Adoptable::NeedsDecision);
    let reason = plan.refusals.first().expect("a reason");
    assert!(reason.way_out.contains(what), "{what}: {reason:?}");
}

#[tokio::test]
async fn a_default_of_several_intervals_becomes_one_partition_where_somebody_says_so() {
    for version in Partman::ALL {
        let (db, subject) = set_of(version, &default_of_now()).await;
        db.execute(AHEAD).await;
        let plan = subject.plan("public.webhook_events").await;
        assert!(steps(&plan).contains(&"exchange-default".to_owned()));
        asks_unless_spread(&subject, "default = \"attach\"").await;
        let (before, rows) = (
            db.snapshot().await,
            db.fingerprint("public.webhook_events").await,
        );
        let plan = subject.plan_for(wanted(Some(OnDefault::Attach))).await;
        assert!(steps(&plan).contains(&"attach-default".to_owned()));
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        assert_eq!(db.fingerprint("public.webhook_events").await, rows);
        pg_partman_goes_on(&db).await;
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        assert_eq!(db.fingerprint("public.webhook_events").await, rows);
        let left = without_journal(before.diff(&db.snapshot().await));
        assert_eq!(left, Vec::<String>::new(), "{version:?}");
    }
}

/// Asked for more, it makes as many more, each where the one before ends.
async fn pg_partman_goes_on(db: &TestDb) {
    let count =
        "SELECT count(*) FROM pg_inherits WHERE inhparent = 'public.webhook_events'::regclass";
    let before: u32 = db.query_text(count).await.parse().expect("a number");
    let maintain = "DO $$ BEGIN PERFORM partman.run_maintenance(p_analyze := false, p_jobmon := false); END $$";
    let more = format!(
        "BEGIN; SET LOCAL TimeZone = 'UTC'; UPDATE partman.part_config SET premake = premake + 2; {maintain}; {count}; ROLLBACK"
    );
    assert_eq!(db.query_text(&more).await, (before + 2).to_string());
}

#[tokio::test]
async fn rows_that_keep_a_default_from_becoming_a_partition_are_named() {
    let (db, subject) = set_of(Partman::V5_5_0, &default_of_now()).await;
    let old = "INSERT INTO public.webhook_events (event_type, payload, created_at) VALUES ('old', '{}', '2020-02-02')";
    db.execute(old).await;
    asks_unless_spread(
        &subject,
        "DELETE FROM ONLY public.webhook_events_rest WHERE created_at < ",
    )
    .await;
    let plan = subject.plan_for(not_spread()).await;
    let what = &plan.refusals[0].what;
    assert!(what.contains("between 2020-02-02T00:00:00Z and"), "{what}");

    let (db, subject) = set_of(Partman::V5_5_0, &default_of_now()).await;
    let code = "CREATE FUNCTION public.look() RETURNS bigint LANGUAGE plpgsql AS
                $$ BEGIN RETURN (SELECT count(*) FROM public.webhook_events_rest); END $$";
    db.execute(code).await;
    asks(&subject, "function public.look()").await;
    let plan = subject.plan_for(wanted(Some(OnDefault::Attach))).await;
    assert_eq!(plan.refusals, vec![]);
}

#[tokio::test]
async fn rows_without_a_place_that_come_meanwhile_go_back_with_the_others() {
    let (db, subject) = set_of(Partman::V5_5_0, &default_of_now()).await;
    let before = db.snapshot().await;
    let plan = subject.plan("public.webhook_events").await;
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    let beside = "INSERT INTO public.webhook_events (event_type, payload, created_at)
                  SELECT 'beside', '{}', at FROM unnest(ARRAY['2020-02-02', '2090-02-02']::timestamptz[]) AS at";
    db.execute(beside).await;
    let back = subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    let there = "SELECT count(*) FROM public.webhook_events_rest WHERE event_type = 'beside'";
    assert_eq!(db.query_text(there).await, "2");
    let left = without_journal(before.diff(&db.snapshot().await));
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test]
async fn an_end_stays_open_where_rows_lie_beyond_an_interval() {
    let far = "INSERT INTO public.webhook_events (event_type, payload, created_at) VALUES ('far', '{}', '2090-02-02')";
    let (db, subject) = set_of(Partman::V5_5_0, &open_ends()).await;
    db.execute(far).await;
    let plan = subject.plan("public.webhook_events").await;
    assert_eq!(plan.sets[0].adoptable, Adoptable::No);
    let reason = plan.refusals.first().expect("a reason");
    assert!(
        reason.what.contains("webhook_events_rest has an open end"),
        "{reason:?}"
    );
    assert!(
        reason.way_out.contains("2090-02-02T00:00:00Z"),
        "{reason:?}"
    );
}

/// Rows that have come since, as they do: the end is open again afterwards, and takes all that it took before.
#[tokio::test]
async fn an_end_is_opened_again_and_takes_the_rows_beyond() {
    for version in Partman::ALL {
        let (db, subject) = set_of(version, &open_ends()).await;
        let plan = subject.plan("public.webhook_events").await;
        let before = db.snapshot().await;
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
        db.execute(AHEAD).await;
        let rows = db.fingerprint("public.webhook_events").await;
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        assert!(back.error.is_none(), "{version:?}: {back:?}");
        assert_eq!(db.fingerprint("public.webhook_events").await, rows);
        let left = without_journal(before.diff(&db.snapshot().await));
        assert_eq!(left, Vec::<String>::new(), "{version:?}");
        db.execute("INSERT INTO public.webhook_events (event_type, payload, created_at) VALUES ('far', '{}', '2090-02-02')")
            .await;
    }
}

#[tokio::test]
async fn a_closed_end_stays_closed_where_partitions_beyond_hold_many_rows() {
    let (db, subject) = set_of(Partman::V5_5_0, &open_ends()).await;
    let plan = subject.plan("public.webhook_events").await;
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    let rows = "SELECT count(*) FROM public.webhook_events";
    for _ in 0..15 {
        db.execute(&format!("{AHEAD}, generate_series(1, 1000) AS more"))
            .await;
    }
    let before = db.query_text(rows).await;
    let back = subject.rollback().await.expect("as far as it goes");
    assert_eq!(db.query_text(rows).await, before, "no row is lost");
    let kept: Vec<_> = back
        .steps
        .iter()
        .filter_map(|step| step.kept.as_ref())
        .collect();
    assert!(
        kept.iter().any(|why| why.contains("keeps its bounds")),
        "{back:?}"
    );
}

/// By numbers, with more rows in DEFAULT than can be brought along.
const NUMBERS: &str = "
    CREATE TABLE public.numbers (n int, what text) PARTITION BY RANGE (n);
    CREATE INDEX ON public.numbers (n);
    CREATE TABLE public.numbers_0 PARTITION OF public.numbers FOR VALUES FROM (0) TO (1000000);
    CREATE TABLE public.numbers_1 PARTITION OF public.numbers FOR VALUES FROM (1000000) TO (2000000);
    CREATE TABLE public.numbers_rest PARTITION OF public.numbers DEFAULT;
    INSERT INTO public.numbers SELECT n FROM generate_series(1999000, 2020000) AS n";

#[tokio::test]
async fn numbers_go_on_from_what_the_default_holds() {
    for version in [Partman::V4_7_2, Partman::V5_5_0] {
        let db = TestDb::new(version).await;
        db.execute(NUMBERS).await;
        let subject = Subject::connect(&db).await;
        let (before, rows) = (db.snapshot().await, db.fingerprint("public.numbers").await);
        let plan = subject.plan("public.numbers").await;
        assert!(steps(&plan).contains(&"attach-default".to_owned()));
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        assert_eq!(db.fingerprint("public.numbers").await, rows);
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        let left = without_journal(before.diff(&db.snapshot().await));
        assert_eq!(left, Vec::<String>::new(), "{version:?}");
    }
}

#[tokio::test]
async fn rows_without_a_key_and_numbers_that_go_on_beyond_are_a_question() {
    for (more, what) in [
        ("(NULL)", "OR n IS NULL"),
        ("(2990000)", "default = \"attach\""),
        ("(2000000000)", "n >= "),
    ] {
        let db = TestDb::new(Partman::V5_5_0).await;
        db.execute(&format!(
            "{NUMBERS}; INSERT INTO public.numbers VALUES {more}"
        ))
        .await;
        let subject = Subject::connect(&db).await;
        let plan = subject.plan("public.numbers").await;
        let reason = plan.refusals.first();
        let reason = reason.unwrap_or_else(|| panic!("{more}: {:?}", plan.sets[0]));
        assert!(reason.way_out.contains(what), "{more}: {reason:?}");
    }
}

#[tokio::test]
async fn hostile_names_and_an_owner_that_is_no_superuser_make_no_difference() {
    let rest = format!("\"Rest \"\"of\"\" it é{}\"", "é".repeat(23));
    let hostile = format!(
        "CREATE ROLE \"the App\" LOGIN; GRANT CREATE ON DATABASE test TO \"the App\";
         CREATE SCHEMA \"My App\" AUTHORIZATION \"the App\"; CREATE SCHEMA \"else\" AUTHORIZATION \"the App\";
         SET ROLE \"the App\"; SET search_path = \"else\";
         CREATE TABLE \"My App\".\"Select\" (\"Order \"\"By\"\"\" bigint NOT NULL, PRIMARY KEY (\"Order \"\"By\"\"\"))
             PARTITION BY RANGE (\"Order \"\"By\"\"\");
         CREATE TABLE \"My App\".\"a b\" PARTITION OF \"My App\".\"Select\" FOR VALUES FROM (0) TO (1000000);
         CREATE TABLE \"My App\".\"from\" PARTITION OF \"My App\".\"Select\" FOR VALUES FROM (1000000) TO (2000000);
         CREATE TABLE {rest} PARTITION OF \"My App\".\"Select\" DEFAULT;
         INSERT INTO \"My App\".\"Select\" SELECT generate_series(2000000, 2020000)"
    );
    let parent = "\"My App\".\"Select\"";
    let db = TestDb::new(Partman::V5_5_0).await;
    db.execute(&hostile).await;
    let subject = Subject::connect_to(&dsn(&db, "'the App'")).await;
    let (before, rows) = (db.snapshot().await, db.fingerprint(parent).await);
    let plan = subject.plan(parent).await;
    assert!(steps(&plan).contains(&"attach-default".to_owned()));
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    assert_eq!(db.fingerprint(parent).await, rows);
    let back = subject.rollback().await.expect("and back");
    assert_eq!(back.outcome, Outcome::RolledBack, "{back:?}");
    let left = without_journal(before.diff(&db.snapshot().await));
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test]
async fn two_indexes_alike_are_not_exchanged() {
    let alike = "
        CREATE INDEX older ON public.numbers_rest (what); CREATE INDEX newer ON public.numbers_rest (what);
        CREATE INDEX whole ON ONLY public.numbers (what);
        ALTER INDEX public.whole ATTACH PARTITION public.newer";
    let db = TestDb::new(Partman::V5_5_0).await;
    db.execute(&format!("{NUMBERS}; {alike}")).await;
    let subject = Subject::connect(&db).await;
    let before = db.snapshot().await;
    let plan = subject.plan("public.numbers").await;
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Unwound, "{done:?}");
    let why = format!("{:?}", done.error.expect("a reason"));
    assert!(why.contains("two indexes alike"), "{why}");
    let left = without_journal(before.diff(&db.snapshot().await));
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_declined_is_left_to_a_person() {
    for (sql, kind) in [
        (default_of_now(), MendKind::AttachDefault),
        (open_ends(), MendKind::Rebound),
    ] {
        let (_db, subject) = set_of(Partman::V5_5_0, &sql).await;
        let mut wanted = wanted(None);
        wanted.decline = vec![kind, MendKind::SpreadDefault];
        let plan = subject.plan_for(wanted).await;
        assert!(plan.is_empty(), "{kind}");
        let reason = plan.refusals.first().expect("a reason");
        let way_out = format!("don't decline {kind}");
        assert!(reason.way_out.contains(way_out.as_str()), "{reason:?}");
    }
}

/// By months of a date; the first partition is open below and empty, and this month's rows are in a small DEFAULT.
const DAYS: &str = "
    CREATE TABLE public.days (day date NOT NULL, what text) PARTITION BY RANGE (day);
    DO $$
    DECLARE month constant date := date_trunc('month', now() AT TIME ZONE 'UTC');
    BEGIN
        EXECUTE format('CREATE TABLE public.days_old PARTITION OF public.days FOR VALUES FROM (MINVALUE) TO (%L)',
                       (month - interval '2 months')::date);
        EXECUTE format('CREATE TABLE public.days_1 PARTITION OF public.days FOR VALUES FROM (%L) TO (%L)',
                       (month - interval '2 months')::date, (month - interval '1 month')::date);
        EXECUTE format('CREATE TABLE public.days_2 PARTITION OF public.days FOR VALUES FROM (%L) TO (%L)',
                       (month - interval '1 month')::date, month);
        CREATE TABLE public.days_rest PARTITION OF public.days DEFAULT;
        INSERT INTO public.days SELECT month - 1 + n FROM generate_series(0, 5) AS n;
    END $$";

#[tokio::test]
async fn an_empty_open_end_is_closed_beside_a_default_whose_rows_come_along() {
    for version in Partman::ALL {
        let db = TestDb::new(version).await;
        db.execute(DAYS).await;
        let subject = Subject::connect(&db).await;
        let (before, rows) = (db.snapshot().await, db.fingerprint("public.days").await);
        let plan = subject.plan("public.days").await;
        assert!(steps(&plan).contains(&"rebound".to_owned()));
        let kinds = &plan.sets[0].mend_kinds;
        assert_eq!(*kinds, [MendKind::Rebound, MendKind::RescueDefault]);
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        assert_eq!(db.fingerprint("public.days").await, rows);
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        assert_eq!(db.fingerprint("public.days").await, rows);
        let left = without_journal(before.diff(&db.snapshot().await));
        assert_eq!(left, Vec::<String>::new(), "{version:?}");
    }
}
