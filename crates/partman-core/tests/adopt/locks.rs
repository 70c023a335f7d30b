//! Locks: what a step says it takes is what it takes, and those that a set in use can't give aren't needed.

use crate::support;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use partman_core::Kind;
use partman_core::inspect::{Options, inspect};
use partman_core::run::Outcome;
use partman_core::session::{Limits, Session};
use partman_core::wanted::{Names, WantedSet};
use partman_testkit::{Cluster, Partman, Reader, TestDb, Writer, fixture};
use support::holder::Holder;
use support::scene::{Scene, Shape};
use support::{Subject, dsn, name};

/// The modes that somebody who only reads and writes can feel, or who maintains the table beside us.
const FELT: [&str; 5] = [
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
];

/// The strongest of those that this backend holds on each table of `there`, or on an index of it: `mode on table`.
async fn held(db: &TestDb, pid: i32, there: &str) -> BTreeSet<String> {
    let rows = db
        .query_rows(&format!(
            "SELECT coalesce(x.indrelid, c.oid)::regclass,
                    trim(upper(regexp_replace(replace(mode, 'Lock', ''), '([A-Z])', ' \\1', 'g')))
               FROM pg_locks l JOIN pg_class c ON c.oid = l.relation LEFT JOIN pg_index x ON x.indexrelid = c.oid
              WHERE l.pid = {pid} AND l.granted AND c.oid IN ({there})"
        ))
        .await;
    let mut strongest = BTreeMap::new();
    for row in rows {
        let (Some(relation), Some(mode)) = (row[0].clone(), row[1].clone()) else {
            continue;
        };
        if let Some(strength) = FELT.iter().position(|felt| *felt == mode) {
            let most = strongest.entry(relation).or_insert(strength);
            *most = strength.max(*most);
        }
    }
    strongest
        .into_iter()
        .map(|(relation, strength)| format!("{} on {relation}", FELT[strength]))
        .collect()
}

/// Does every step, and compares what it holds before it commits with what it said.
async fn says_what_it_takes(db: &TestDb, wanted: WantedSet) -> Vec<String> {
    let subject = Subject::connect(db).await;
    let plan = subject.plan_for(wanted).await;
    assert_eq!(plan.refusals, vec![]);
    let mut session = subject.database.session().await.expect("a session");
    let mut wrong = Vec::new();
    for planned in &plan.steps {
        let step = planned.spec.as_step();
        let there = db
            .query_text("SELECT string_agg(oid::text, ',') FROM pg_class WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_')")
            .await;
        session.begin(Limits::NONE).await.expect("a transaction");
        step.precheck(&mut session).await.expect("the plan holds");
        step.prepare(&mut session)
            .await
            .expect("nobody is in the way");
        step.forward(&mut session)
            .await
            .expect("nobody is in the way");
        let holds = held(db, session.backend_pid(), &there).await;
        session.commit().await.expect("a transaction");
        let said: BTreeSet<String> = planned
            .description
            .locks
            .iter()
            .map(|lock| {
                format!(
                    "{} on {}",
                    lock.mode,
                    lock.relation.trim_start_matches("public.")
                )
            })
            .collect();
        // Maintenance may have something to create; here everything is there.
        let may_hold_less =
            planned.description.id.starts_with("maintain:") && holds.is_subset(&said);
        if said != holds && !may_hold_less {
            wrong.push(format!(
                "{} says {said:?} and holds {holds:?}",
                planned.description.id
            ));
        }
    }
    wrong
}

#[tokio::test]
async fn every_step_says_which_locks_it_takes() {
    for version in Partman::ALL {
        let db = TestDb::new(version).await;
        fixture::shop(&db).await;
        fixture::webhook_events_now(&db).await;
        fixture::with_default(&db).await;
        db.execute("DELETE FROM public.readings_default WHERE taken_at > '2025-10-31'")
            .await;
        for set in ["public.webhook_events", "public.readings", "public.orders"] {
            let mut wanted = WantedSet::new(name(set));
            wanted.premake = 1;
            wanted.names = Some(Names::Rename);
            let mut wrong = says_what_it_takes(&db, wanted).await;
            wrong.truncate(8);
            assert!(wrong.is_empty(), "{version:?} {set}\n{}", wrong.join("\n"));
        }
    }
}

const IN_USE: &str = "INSERT INTO public.webhook_events (event_type, payload, created_at)
         SELECT 'late', '{}', at FROM unnest(ARRAY[date_trunc('month', now()) - interval '1 day', now()]) AS at;
     SELECT count(*) FROM (SELECT FROM public.webhook_events FOR UPDATE) AS rows";

#[tokio::test]
async fn an_open_transaction_that_reads_and_writes_the_whole_set_delays_nothing_on_5() {
    for version in [Partman::V5_2_4, Partman::V5_5_0] {
        let scene = Scene::new(version, Shape::Webhook).await;
        let plan = scene.plan().await;
        let user = Holder::of(&scene.db, IN_USE).await;
        let done = scene
            .subject
            .migrate(&plan)
            .await
            .expect("nobody is in the way");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        let waited: f64 = done.steps.iter().map(|step| step.waited_ms).sum();
        // A pause after a lock that wasn't had is 20 ms at least.
        assert!(waited < 1.0, "{version:?}: {:?}", done.steps);
        user.let_go().await;
        assert_eq!(
            scene.db.fingerprint("public.webhook_events").await.rows(),
            102
        );
    }
}

#[tokio::test]
async fn readers_and_writers_go_on_while_a_set_is_adopted() {
    for (version, shape) in [
        (Partman::V4_7_2, Shape::Webhook),
        (Partman::V5_5_0, Shape::Fenced),
    ] {
        let scene = Scene::new(version, shape).await;
        let plan = scene.plan().await;
        let writer = Writer::start(&scene.db, "public.webhook_events", 100).await;
        let reader = Reader::start(&scene.db, "public.webhook_events", 100);
        tokio::time::sleep(Duration::from_millis(200)).await;
        let done = scene
            .subject
            .migrate(&plan)
            .await
            .expect("it finds its moments");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        let back = scene
            .subject
            .rollback()
            .await
            .expect("and the way back too");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
        for report in [writer.stop().await, reader.stop().await] {
            assert_eq!(report.failures, Vec::<String>::new(), "{version:?}");
            assert!(report.transactions > 10, "{version:?}: {report:?}");
        }
    }
}

/// The set beside a DEFAULT, whose rows refer to customers.
async fn orders_with_default(version: Partman) -> TestDb {
    let db = TestDb::new(version).await;
    fixture::shop(&db).await;
    db.execute("CREATE TABLE public.orders_rest PARTITION OF public.orders DEFAULT")
        .await;
    db
}

/// What partman holds on the set while it waits for customers: every lock that a writer of the set would feel.
const HELD_MEANWHILE: &str = "
    SELECT count(*), count(*) FILTER (WHERE EXISTS (
               SELECT FROM pg_locks held
                WHERE held.pid = waits.pid AND held.granted
                  AND held.relation IN ('public.orders'::regclass, 'public.orders_rest'::regclass)
                  AND held.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')))
      FROM pg_locks waits
     WHERE waits.relation = 'public.customers'::regclass AND NOT waits.granted";

#[tokio::test]
async fn waiting_for_the_table_of_a_foreign_key_keeps_no_writer_of_the_set_waiting() {
    for version in Partman::ALL {
        let db = orders_with_default(version).await;
        let mut subject = Subject::connect(&db).await;
        subject.conduct.patience.wait = Duration::from_millis(500);
        let mut wanted = WantedSet::new(name("public.orders"));
        wanted.names = Some(Names::Rename);
        let plan = subject.plan_for(wanted).await;
        let writer = Holder::of(&db, "INSERT INTO public.customers VALUES (7)").await;
        let (done, ()) = tokio::join!(subject.migrate(&plan), async {
            let mut seen = 0;
            while seen < 10 {
                let look = db.query_rows(HELD_MEANWHILE).await;
                let number = |n: usize| look[0][n].as_ref().and_then(|text| text.parse().ok());
                let (waits, holds): (Option<u32>, Option<u32>) = (number(0), number(1));
                assert_eq!(holds, Some(0), "{version:?}");
                seen += waits.unwrap_or_default();
            }
            // An insert looks its customer up and gets on, whatever waits for customers.
            db.execute(
                "INSERT INTO public.orders (placed_at, customer, net) VALUES ('2025-10-11', 1, 5)",
            )
            .await;
            writer.let_go().await;
        });
        let done = done.expect("it waits");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
    }
}

#[tokio::test]
async fn who_may_not_lock_the_table_of_a_foreign_key_adopts_all_the_same() {
    for version in [Partman::V5_2_4, Partman::V5_5_0] {
        let db = TestDb::new(version).await;
        db.execute(
            "CREATE ROLE app LOGIN; GRANT CREATE ON DATABASE test TO app; GRANT ALL ON SCHEMA public TO app;
             CREATE TABLE public.kinds (id int PRIMARY KEY); GRANT SELECT, REFERENCES ON public.kinds TO app;
             SET ROLE app; SET TimeZone = 'UTC';
             CREATE TABLE public.t (at timestamptz NOT NULL, kind int REFERENCES public.kinds) PARTITION BY RANGE (at);
             CREATE TABLE public.t_1 PARTITION OF public.t FOR VALUES FROM ('2026-09-01') TO ('2026-10-01');
             CREATE TABLE public.t_rest PARTITION OF public.t DEFAULT",
        )
        .await;
        let subject = Subject::connect_to(&dsn(&db, "app")).await;
        let plan = subject.plan("public.t").await;
        let done = subject.migrate(&plan).await.expect("nothing is in the way");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
    }
}

/// How often the server has told that it looked through DEFAULT, and that a constraint saved it from that.
fn looks(log: &str) -> (usize, usize) {
    let told = |what: &str| log.matches(what).count();
    (
        told("verifying table \"webhook_events_rest\""),
        told("default partition \"webhook_events_rest\" is implied by existing constraints"),
    )
}

#[tokio::test]
async fn a_fence_saves_the_default_partition_from_being_looked_through_under_a_lock() {
    for version in Partman::ALL {
        let scene = Scene::new(version, Shape::Fenced).await;
        // A fence that is left over from elsewhere, and says nothing of use.
        let left_over = "ALTER TABLE public.webhook_events_rest \
                         ADD CONSTRAINT partman_fence CHECK (created_at IS NOT NULL) NOT VALID";
        scene.db.execute(left_over).await;
        let talk = "ALTER SYSTEM SET log_min_messages = debug1";
        scene.db.execute(talk).await;
        scene.db.execute("SELECT pg_reload_conf()").await;
        let plan = scene.plan().await;
        let done = scene.subject.migrate(&plan).await;
        let done = done.expect("nothing stands in the way");
        assert_eq!(scene.is_adopted(&done).await, Vec::<String>::new());
        let ids = plan.steps.iter().map(|step| &step.description.id);
        let created = ids.filter(|id| id.starts_with("create-partition")).count();
        // Once to validate each fence, while nobody waits.
        let log = scene.db.cluster().log();
        assert_eq!(looks(&log), (created, created), "{version:?}");
    }
}

/// To print an expression or a bound the server locks its table, so that a look at a locked parent would last as long.
#[tokio::test]
async fn a_parent_that_somebody_has_locked_is_waited_for_only_so_long() {
    let db = TestDb::new(Partman::V5_5_0).await;
    fixture::webhook_events(&db, 10).await;
    db.execute("CREATE TABLE public.by_day (at timestamptz) PARTITION BY RANGE (((at AT TIME ZONE 'UTC')::date))")
        .await;
    let subject = Subject::connect(&db).await;
    let lock = "LOCK TABLE public.webhook_events, public.by_day IN ACCESS EXCLUSIVE MODE";
    let holder = Holder::of(&db, lock).await;
    let options = Options {
        lock_wait: Duration::from_millis(100),
        ..Options::new("UTC")
    };
    let mut session = subject.database.session().await.expect("a session");
    let look = inspect(&mut session, &options);
    let looked = tokio::time::timeout(Duration::from_secs(60), look).await;
    if let Err(error) = looked.expect("it ends while the lock is held") {
        assert_eq!(error.kind(), Kind::LockTimeout, "{error:?}");
    }
    holder.let_go().await;
    let seen = inspect(&mut session, &options).await;
    assert_eq!(seen.expect("nobody is in the way now").sets.len(), 2);
}

/// Commits wait for a standby that doesn't answer: ours don't, for it gets steps and journal in the same order as this server.
#[tokio::test]
async fn a_standby_that_is_away_is_not_waited_for() {
    let cluster = Cluster::options(Partman::V5_5_0).start().await;
    let db = TestDb::on(cluster.expect("a test server"), "shop").await;
    fixture::webhook_events_now(&db).await;
    db.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        .await;
    db.execute("SET synchronous_commit = local; SELECT pg_reload_conf()")
        .await;
    let subject = Subject::connect(&db).await;
    let plan = subject.plan("public.webhook_events").await;
    let adopting = tokio::time::timeout(Duration::from_secs(30), subject.migrate(&plan));
    let done = adopting.await.expect("it waits for nobody");
    assert_eq!(done.expect("it begins").outcome, Outcome::Completed);
    let back = tokio::time::timeout(Duration::from_secs(30), subject.rollback());
    let back = back.await.expect("nor on the way back");
    assert_eq!(back.expect("it begins").outcome, Outcome::RolledBack);
}
