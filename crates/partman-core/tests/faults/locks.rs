//! Others who hold what a run needs: it waits in short turns, gives up when its time is over, and stops when it is told.

use crate::support;

use std::time::{Duration, Instant};

use partman_core::migrate::{Done, migrate};
use partman_core::run::{Event, Observer, Outcome};
use partman_core::{Error, Kind};
use partman_testkit::{Cluster, Partman, TestDb, fixture};
use support::Subject;
use support::faulty::{Cue, Fault, Faulty};
use support::holder::Holder;
use support::scene::{Scene, Shape};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

const READ: &str = "SELECT count(*) FROM public.webhook_events";
const READ_DEFAULT: &str = "SELECT count(*) FROM public.webhook_events_rest";
const VACUUM: &str = "LOCK TABLE ONLY public.webhook_events IN SHARE UPDATE EXCLUSIVE MODE";

/// Whom each set has to wait for, and at which of its steps first.
const CONFLICTS: [(Partman, Shape, &str, &str); 4] = [
    (Partman::V4_7_2, Shape::Webhook, READ, "rename-partition"),
    (Partman::V5_2_4, Shape::Renamed, READ, "rename-partition"),
    (
        Partman::V5_5_0,
        Shape::Fenced,
        READ_DEFAULT,
        "fence-default",
    ),
    (Partman::V5_5_0, Shape::Webhook, VACUUM, "create-partition"),
];

async fn impatient(version: Partman, shape: Shape, total: Duration) -> Scene {
    let mut scene = Scene::new(version, shape).await;
    scene.subject.conduct.patience.total = total;
    scene
}

/// Hears which step finds its lock busy.
struct Busy(UnboundedSender<String>);

impl Observer for Busy {
    fn on(&mut self, event: &Event<'_>) {
        if let Event::LockBusy { id, .. } = event {
            // Nobody listens any more once the first is known.
            let _ = self.0.send((*id).to_owned());
        }
    }
}

#[tokio::test]
async fn a_lock_that_is_held_for_a_moment_is_waited_for() {
    for (version, shape, sql, step) in CONFLICTS {
        let scene = impatient(version, shape, Duration::from_secs(10)).await;
        let plan = scene.plan().await;
        let held = Holder::of(&scene.db, sql).await;
        let (tell, mut told) = unbounded_channel();
        let mut busy = Busy(tell);
        let Subject { database, conduct } = &scene.subject;
        let (done, waited) = tokio::join!(migrate(database, &plan, conduct, &mut busy), async {
            let waited = told.recv().await.expect("somebody is in the way");
            held.let_go().await;
            waited
        });
        let done = done.expect("it waits");
        assert_eq!(scene.is_adopted(&done).await, Vec::<String>::new());
        assert!(waited.starts_with(step), "{version:?}: {waited}");
        let report = done.steps.iter().find(|report| report.id == waited);
        let report = report.unwrap_or_else(|| panic!("{version:?}: {:?}", done.steps));
        assert!(report.waited_ms > 0.0, "{version:?}: {report:?}");
    }
}

#[tokio::test]
async fn who_is_in_the_way_is_told_and_not_what_they_run() {
    for (version, shape, sql, _) in CONFLICTS {
        let mut scene = impatient(version, shape, Duration::from_secs(3)).await;
        scene.subject.conduct.patience.wait = Duration::from_millis(500);
        let plan = scene.plan().await;
        let reading = format!("SET application_name = 'nightly report'; {sql}; SELECT 'a secret'");
        let held = Holder::of(&scene.db, &reading).await;
        let done = scene.subject.migrate(&plan).await.expect("it begins");
        let error = chain(done.error.as_ref().expect("a cause"));
        let pid = "SELECT pid FROM pg_stat_activity WHERE application_name = 'nightly report'";
        let backend = format!("backend {}", scene.db.query_text(pid).await);
        for part in [
            &backend,
            "postgres",
            "nightly report",
            "idle in transaction",
            " since ",
        ] {
            assert!(
                error.contains(part),
                "{version:?}: {part} is missing: {error}"
            );
        }
        let report = serde_json::to_string(&done.steps).expect("plain data");
        assert!(report.contains("nightly report"), "{version:?}: {report}");
        assert!(
            !error.contains("secret") && !report.contains("secret"),
            "{error} {report}"
        );
        held.let_go().await;
    }
}

#[tokio::test]
async fn a_lock_that_is_held_for_longer_than_the_budget_is_given_up_and_nothing_has_changed() {
    for (version, shape, sql, step) in CONFLICTS {
        let scene = impatient(version, shape, Duration::from_millis(400)).await;
        let plan = scene.plan().await;
        let held = Holder::of(&scene.db, sql).await;
        let began = Instant::now();
        let done = scene.subject.migrate(&plan).await.expect("it begins");
        let took = began.elapsed();
        let error = done.error.as_ref().expect("a cause");
        let told = (done.outcome, error.kind());
        assert_eq!(
            told,
            (Outcome::Unwound, Kind::LockTimeout),
            "{version:?} {shape:?}: {done:?}"
        );
        assert!(chain(error).contains(step), "{}", chain(error));
        assert!(took < Duration::from_secs(3), "{version:?}: {took:?}");
        assert_eq!(
            scene.differences().await,
            Vec::<String>::new(),
            "{version:?}"
        );
        held.let_go().await;
    }
}

fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text += &format!(": {cause}");
        next = cause.source();
    }
    text
}

#[tokio::test]
async fn a_rollback_that_gets_no_lock_is_stuck_until_it_is_tried_again() {
    for version in [Partman::V4_7_2, Partman::V5_5_0] {
        let scene = impatient(version, Shape::Webhook, Duration::from_millis(300)).await;
        let plan = scene.plan().await;
        scene.subject.migrate(&plan).await.expect("it is adopted");
        let held = Holder::of(&scene.db, READ).await;
        let back = scene.subject.rollback().await.expect("it begins");
        let told = back.undo_error.as_ref().map(Error::kind);
        assert_eq!(
            (back.outcome, told),
            (Outcome::Stuck, Some(Kind::LockTimeout))
        );
        let refused = scene
            .subject
            .migrate(&plan)
            .await
            .expect_err("a run is open");
        assert_eq!(refused.kind(), Kind::Unfinished);
        held.let_go().await;
        let resumed = scene
            .subject
            .resume()
            .await
            .expect("it goes on with going back");
        assert_eq!(resumed.outcome, Outcome::RolledBack, "{resumed:?}");
        assert_eq!(scene.differences().await, Vec::<String>::new());
    }
}

/// Runs `during` while a run waits for a lock; then the lock is let go.
async fn while_it_waits(scene: &Scene, during: impl Future<Output = ()>) -> Result<Done, Error> {
    let plan = scene.plan().await;
    let held = Holder::of(&scene.db, VACUUM).await;
    let run = scene.subject.migrate(&plan);
    let (done, ()) = tokio::join!(run, async {
        let waits = "SELECT EXISTS (SELECT FROM partman_journal.entry WHERE step = 1)";
        while scene
            .db
            .query_text("SELECT to_regclass('partman_journal.entry') IS NULL")
            .await
            == "t"
            || scene.db.query_text(waits).await == "f"
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        during.await;
        held.let_go().await;
    });
    done
}

#[tokio::test]
async fn a_second_run_is_told_who_is_at_work_and_since_when() {
    let scene = Scene::new(Partman::V5_5_0, Shape::Webhook).await;
    let second = scene.plan().await;
    let done = while_it_waits(&scene, async {
        let refusals = [
            scene.subject.migrate(&second).await.expect_err("busy"),
            scene.subject.resume().await.expect_err("busy"),
            scene.subject.rollback().await.expect_err("busy"),
        ];
        for refused in refusals {
            assert_eq!(refused.kind(), Kind::Busy);
            let text = refused.to_string();
            let today = scene.db.query_text("SELECT current_date").await;
            for part in ["partman", "postgres", "since", &today, "backend"] {
                assert!(text.contains(part), "{part} is missing: {text}");
            }
        }
    })
    .await;
    let done = done.expect("the first run is not disturbed");
    assert_eq!(scene.is_adopted(&done).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_run_that_is_cancelled_while_it_waits_stops_at_once_and_can_be_ended() {
    for finish in [true, false] {
        let mut scene = Scene::new(Partman::V5_5_0, Shape::Webhook).await;
        let cancel = scene.subject.conduct.cancel.clone();
        let stopped = Instant::now();
        let done = while_it_waits(&scene, async { cancel.cancel() }).await;
        let done = done.expect("it began");
        let told = done.error.as_ref().map(Error::kind);
        assert_eq!(
            (done.outcome, told),
            (Outcome::Interrupted, Some(Kind::Cancelled))
        );
        assert!(
            stopped.elapsed() < Duration::from_secs(3),
            "{:?}",
            stopped.elapsed()
        );
        scene.subject.conduct.cancel = CancellationToken::new();
        let plan = scene.plan().await;
        assert_eq!(
            scene.can_be_ended(&plan, finish).await,
            Vec::<String>::new()
        );
    }
}

#[tokio::test]
async fn a_run_that_is_cancelled_in_a_long_statement_does_not_wait_for_its_end() {
    let mut scene = Scene::new(Partman::V5_5_0, Shape::Fenced).await;
    let plan = scene.plan().await;
    let calls = scene.calls(&plan).await;
    let validate = calls
        .iter()
        .position(|sql| sql.contains("VALIDATE CONSTRAINT"));
    let cue = Cue {
        call: validate.expect("the fence is validated"),
        fault: Fault::Slow,
    };
    let faulty = Faulty::new(&scene.subject.database, &scene.db, cue);
    let run = scene.subject.migrate_through(&faulty, &plan);
    let began = Instant::now();
    let (done, ()) = tokio::join!(run, async {
        faulty.struck().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        scene.subject.conduct.cancel.cancel();
    });
    assert_eq!(done.expect("it began").outcome, Outcome::Interrupted);
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    scene.is_left_alone().await;
    scene.subject.conduct.cancel = CancellationToken::new();
    assert_eq!(scene.can_be_ended(&plan, true).await, Vec::<String>::new());
}

/// Slow enough to be at work for as long as the test takes.
const VACUUMED: &str = "
    ALTER TABLE public.webhook_events_2025_10 SET (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0,
        autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);
    UPDATE public.webhook_events SET event_type = 'dead'";

#[tokio::test]
async fn an_autovacuum_gives_way() {
    let cluster = Cluster::options(Partman::V4_7_2)
        .setting("autovacuum", "on")
        .setting("autovacuum_naptime", "1s");
    let cluster = cluster.start().await.expect("a test server");
    let db = TestDb::on(cluster, "vacuumed").await;
    fixture::webhook_events(&db, 5_000).await;
    db.execute(VACUUMED).await;
    let at_work = "SELECT count(*) FROM pg_stat_progress_vacuum \
                   WHERE relid = 'public.webhook_events_2025_10'::regclass";
    let began = Instant::now();
    while db.query_text(at_work).await == "0" {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "no autovacuum comes"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut subject = Subject::connect(&db).await;
    subject.conduct.patience.total = Duration::from_secs(2);
    let plan = subject.plan("public.webhook_events").await;
    let done = subject.migrate(&plan).await.expect("it begins");
    assert_eq!(done.outcome, Outcome::Completed, "{done:?}");
    let waited: f64 = done.steps.iter().map(|step| step.waited_ms).sum();
    assert!(waited > 0.0, "it was in the way: {:?}", done.steps);
}
