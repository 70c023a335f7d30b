//! A rollback in which one call goes wrong, for every call that it makes: it says so, and the next one ends it.

use crate::support;

use std::time::Duration;

use partman_core::migrate::{Done, migrate};
use partman_core::model::Standing;
use partman_core::run::{Event, Observer, Outcome};
use partman_core::{Error, Kind};
use partman_testkit::{Partman, TestDb};
use support::faulty::{Cue, Fault, Faulty};
use support::holder::Holder;
use support::scene::{Scene, Shape, commits, firsts, lasting};
use support::without_journal;
use tokio::runtime::Handle;

/// Between them they have every kind of step.
const WITH_RENAMES: (Partman, Shape) = (Partman::V4_7_2, Shape::Webhook);
const WITH_A_FENCE: (Partman, Shape) = (Partman::V5_5_0, Shape::Fenced);
const SPREAD: (Partman, Shape) = (Partman::V5_2_4, Shape::Spread);

type Answer = Option<Result<Done, Error>>;

/// Adopts, takes back with a fault at one call, and asks `judge` what is wrong; then all is taken back.
async fn at_every_call(
    (version, shape): (Partman, Shape),
    fault: Fault,
    concerns: impl Fn(&str) -> bool,
    judge: impl Fn(usize, &[String], &Answer) -> Vec<String>,
) {
    let mut scene = Scene::new(version, shape).await;
    let mut plan = scene.plan().await;
    let calls = {
        scene.subject.migrate(&plan).await.expect("it is adopted");
        let counting = Faulty::new(&scene.subject.database, &scene.db, None);
        let back = scene.subject.rollback_through(&counting).await;
        assert_eq!(back.expect("a way back").outcome, Outcome::RolledBack);
        scene.forget().await;
        counting.heard()
    };
    let mut wrong = Vec::new();
    for (call, sql) in calls.iter().enumerate().filter(|(_, sql)| concerns(sql)) {
        scene.subject.migrate(&plan).await.expect("it is adopted");
        let faulty = Faulty::new(&scene.subject.database, &scene.db, Cue { call, fault });
        let answer = tokio::select! {
            answer = scene.subject.rollback_through(&faulty) => Some(answer),
            () = faulty.struck() => None,
        };
        assert!(faulty.has_struck(), "call {call}, {sql}");
        scene.is_left_alone().await;
        let mut problems = judge(call, &calls, &answer);
        let journal = scene.journal().await;
        if journal == "stopped" && call.is_multiple_of(2) {
            let resumed = scene.subject.resume().await;
            if !matches!(&resumed, Ok(done) if done.outcome == Outcome::RolledBack) {
                problems.push(format!("resume: {resumed:?}"));
            }
        }
        problems.extend(scene.taken_back().await);
        if problems.is_empty() {
            scene.forget().await;
        } else {
            let problems = problems.join("; ");
            wrong.push(format!(
                "{version:?} {shape:?}, call {call}, {sql}: {problems}"
            ));
            scene = scene.anew().await;
            plan = scene.plan().await;
        }
    }
    assert!(wrong.is_empty(), "{fault:?}\n{}", wrong.join("\n"));
}

/// The first call that changes something: it writes down that the run is being taken back.
fn first_write(calls: &[String]) -> usize {
    let write = |sql: &String| sql.starts_with("INSERT INTO partman_journal.entry");
    calls.iter().position(write).expect("a journal is kept")
}

/// The last call that changes something: it writes down that the run has been taken back.
fn last_write(calls: &[String]) -> usize {
    let write = |sql: &String| sql.starts_with("INSERT INTO partman_journal.entry");
    calls.iter().rposition(write).expect("a journal is kept")
}

/// Told before anything was done, or with a report of how far it got.
fn it_says_so(call: usize, calls: &[String], answer: &Answer) -> Vec<String> {
    let told = match answer {
        Some(Err(_)) => call < first_write(calls),
        Some(Ok(done)) if call > last_write(calls) => done.outcome == Outcome::RolledBack,
        Some(Ok(done)) => done.outcome == Outcome::Stuck && done.undo_error.is_some(),
        None => false,
    };
    if told {
        Vec::new()
    } else {
        vec![format!("{answer:?}")]
    }
}

/// Told before anything was done, or no matter.
fn it_goes_on(call: usize, calls: &[String], answer: &Answer) -> Vec<String> {
    let went_on = match answer {
        Some(Err(error)) => call < first_write(calls) && error.is_connection_lost(),
        Some(Ok(done)) => done.outcome == Outcome::RolledBack && done.error.is_none(),
        None => false,
    };
    if went_on {
        Vec::new()
    } else {
        vec![format!("{answer:?}")]
    }
}

fn nobody_hears(_: usize, _: &[String], answer: &Answer) -> Vec<String> {
    answer.iter().map(|answer| format!("{answer:?}")).collect()
}

/// The first of each kind, and where each step ends.
fn of_each_kind() -> impl Fn(&str) -> bool {
    let first = firsts();
    move |sql| first(sql) || commits(sql)
}

/// A rollback of a transaction can't be refused.
fn refusable(sql: &str) -> bool {
    sql != "ROLLBACK" && !sql.contains("pg_advisory_unlock")
}

#[tokio::test]
async fn a_refused_statement_on_the_way_back_is_told_and_the_next_rollback_ends_it() {
    let each = of_each_kind();
    let concerns = |sql: &str| each(sql) && refusable(sql);
    at_every_call(WITH_A_FENCE, Fault::Refused, concerns, it_says_so).await;
}

#[tokio::test]
async fn a_connection_that_is_lost_before_a_call_does_not_stop_a_rollback() {
    at_every_call(WITH_RENAMES, Fault::LostBefore, of_each_kind(), it_goes_on).await;
}

#[tokio::test]
async fn a_connection_that_is_lost_after_a_call_does_not_take_a_step_back_twice() {
    at_every_call(WITH_A_FENCE, Fault::LostAfter, lasting, it_goes_on).await;
}

#[tokio::test]
async fn a_rollback_that_is_dropped_at_a_call_is_ended_by_the_next() {
    at_every_call(WITH_RENAMES, Fault::Dropped, of_each_kind(), nobody_hears).await;
}

#[tokio::test]
async fn a_connection_that_is_lost_does_not_stop_rows_from_returning_into_a_default() {
    at_every_call(SPREAD, Fault::LostBefore, commits, it_goes_on).await;
}

#[tokio::test]
async fn a_rollback_that_is_dropped_while_rows_return_into_a_default_is_ended_by_the_next() {
    at_every_call(SPREAD, Fault::Dropped, commits, nobody_hears).await;
}

/// Writes a row far ahead just before pg_partman maintains the set, so that it has something to create.
struct FarAhead<'a>(&'a TestDb);

impl Observer for FarAhead<'_> {
    fn on(&mut self, event: &Event<'_>) {
        let Event::StepStarted { id, .. } = event else {
            return;
        };
        if id.starts_with("maintain:") {
            let sql = "INSERT INTO public.webhook_events (event_type, payload, created_at)
                       SELECT 'ahead', '{}', max((regexp_match(pg_get_expr(relpartbound, oid), 'FROM \\(''([^'']+)'))[1]::timestamptz)
                         FROM pg_inherits JOIN pg_class ON oid = inhrelid
                        WHERE inhparent = 'public.webhook_events'::regclass";
            tokio::task::block_in_place(|| Handle::current().block_on(self.0.execute(sql)));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_that_does_not_get_its_first_lock_leaves_the_run_complete() {
    let mut scene = Scene::new(Partman::V5_5_0, Shape::Webhook).await;
    scene.subject.conduct.patience.total = Duration::from_millis(300);
    let plan = scene.plan().await;
    let mut writer = FarAhead(&scene.db);
    let (database, conduct) = (&scene.subject.database, &scene.subject.conduct);
    let done = migrate(database, &plan, conduct, &mut writer).await;
    assert_eq!(done.expect("it begins").outcome, Outcome::Completed);
    let complete = scene.db.snapshot().await;

    let reader = Holder::of(&scene.db, "SELECT count(*) FROM public.webhook_events").await;
    for _ in 0..2 {
        let refused = scene.subject.rollback().await.expect_err("it is in use");
        assert_eq!(refused.kind(), Kind::LockTimeout, "{refused:?}");
        let left = without_journal(complete.diff(&scene.db.snapshot().await));
        assert_eq!(left, Vec::<String>::new());
        let runs = scene.subject.inspect().await.runs;
        assert_eq!(runs.history[0].outcome, Standing::Completed);
    }
    reader.let_go().await;
    scene
        .db
        .execute("DELETE FROM public.webhook_events WHERE event_type = 'ahead'")
        .await;
    assert_eq!(scene.taken_back().await, Vec::<String>::new());
}
