//! A run in which one call goes wrong, for every call that it makes and every way in which one can: whatever happens,
//! the set is adopted or as it was before, or the next command makes it so.

use crate::support;

use partman_core::migrate::Done;
use partman_core::plan::Plan;
use partman_core::run::Outcome;
use partman_core::{Error, Kind};
use partman_testkit::Partman;
use support::faulty::{Cue, Fault, Faulty};
use support::scene::{Scene, Shape, commits, first_and_last, firsts, lasting};

/// Between them they have every kind of step.
const SCENES: [(Partman, Shape); 7] = [
    (Partman::V4_7_2, Shape::Webhook),
    (Partman::V5_2_4, Shape::Renamed),
    (Partman::V5_5_0, Shape::Fenced),
    (Partman::V5_5_0, Shape::Attached),
    (Partman::V4_7_2, Shape::Open),
    (Partman::V5_5_0, Shape::Spread),
    (Partman::V5_2_4, Shape::Nullable),
];

/// One fault in one run.
struct Attempt<'a> {
    scene: &'a Scene,
    plan: &'a Plan,
    outcome: Option<Result<Done, Error>>,
    /// The call at which it happens, the one that writes down that a run begins, and that it is complete.
    call: usize,
    first: usize,
    last: usize,
}

/// Runs the plan once for each call, lets that call go wrong, and asks `judge` what is wrong with what came of it.
async fn at_every_call(
    (version, shape): (Partman, Shape),
    fault: Fault,
    concerns: impl Fn(&str) -> bool,
    judge: impl AsyncFn(Attempt<'_>) -> Vec<String>,
) {
    let mut scene = Scene::new(version, shape).await;
    let mut plan = scene.plan().await;
    let calls = scene.calls(&plan).await;
    let (first, last) = first_and_last(&calls);
    let mut wrong = Vec::new();
    for (call, sql) in calls.iter().enumerate().filter(|(_, sql)| concerns(sql)) {
        let faulty = Faulty::new(&scene.subject.database, &scene.db, Cue { call, fault });
        let outcome = tokio::select! {
            outcome = scene.subject.migrate_through(&faulty, &plan) => Some(outcome),
            () = faulty.struck() => None,
        };
        assert!(faulty.has_struck(), "call {call}, {sql}");
        let problems = judge(Attempt {
            scene: &scene,
            plan: &plan,
            outcome,
            call,
            first,
            last,
        })
        .await;
        if problems.is_empty() {
            scene.forget().await;
        } else {
            wrong.push(format!(
                "{version:?} {shape:?}, call {call}, {sql}: {}",
                problems.join("; ")
            ));
            scene = scene.anew().await;
            plan = scene.plan().await;
        }
    }
    assert!(wrong.is_empty(), "{fault:?}\n{}", wrong.join("\n"));
}

/// A rollback can't be refused.
fn refusable(sql: &str) -> bool {
    sql != "ROLLBACK"
}

/// Refused before it began, or taken back altogether.
async fn nothing_happened(attempt: Attempt<'_>) -> Vec<String> {
    match attempt.outcome {
        Some(Err(error)) if attempt.call <= attempt.first && error.kind() == Kind::Server => {}
        Some(Ok(done)) if attempt.call > attempt.last => {
            let mut wrong = attempt.scene.is_adopted(&done).await;
            wrong.extend(attempt.scene.taken_back().await);
            return wrong;
        }
        Some(Ok(done)) if done.outcome == Outcome::Unwound && done.error.is_some() => {}
        other => return vec![format!("{other:?}")],
    }
    attempt.scene.differences().await
}

/// Refused before it began, or adopted all the same.
async fn it_is_adopted(attempt: Attempt<'_>) -> Vec<String> {
    match attempt.outcome {
        Some(Err(error)) if attempt.call < attempt.first && error.is_connection_lost() => {
            attempt.scene.differences().await
        }
        Some(Ok(done)) => {
            let mut wrong = attempt.scene.is_adopted(&done).await;
            wrong.extend(attempt.scene.taken_back().await);
            wrong
        }
        other => vec![format!("{other:?}")],
    }
}

/// Nobody heard how it went on. Before the run is written down nothing has happened; afterwards the journal knows.
async fn it_can_be_ended(attempt: Attempt<'_>) -> Vec<String> {
    let scene = attempt.scene;
    scene.is_left_alone().await;
    // The two calls that make the difference may have reached the server or not.
    let unfinished = match scene.journal().await.as_str() {
        "nothing" if attempt.call <= attempt.first => false,
        "complete" if attempt.call >= attempt.last => return scene.taken_back().await,
        "stopped" if (attempt.first..=attempt.last).contains(&attempt.call) => true,
        other => return vec![format!("the journal has {other}")],
    };
    if unfinished {
        scene
            .can_be_ended(attempt.plan, attempt.call.is_multiple_of(2))
            .await
    } else {
        scene.differences().await
    }
}

/// What there is nowhere else but in these; of the others `make faults` tries the rest.
fn is_one_of_the_first(scene: (Partman, Shape)) -> bool {
    SCENES[..3].contains(&scene)
}

/// The ends of steps: on the first ones also the entries that are written before.
fn ends_of_steps(scene: (Partman, Shape)) -> impl Fn(&str) -> bool {
    move |sql| commits(sql) || is_one_of_the_first(scene) && lasting(sql)
}

async fn refused(scene: (Partman, Shape)) {
    let first = firsts();
    let concerns = |sql: &str| refusable(sql) && (first(sql) || ends_of_steps(scene)(sql));
    at_every_call(scene, Fault::Refused, concerns, nothing_happened).await;
}

async fn lost_before(scene: (Partman, Shape)) {
    // On others nothing is different that a connection could feel: there the ends of steps are enough.
    if [SCENES[0], SCENES[2]].contains(&scene) {
        let first = firsts();
        let concerns = |sql: &str| lasting(sql) || first(sql);
        at_every_call(scene, Fault::LostBefore, concerns, it_is_adopted).await;
    } else {
        at_every_call(
            scene,
            Fault::LostBefore,
            ends_of_steps(scene),
            it_is_adopted,
        )
        .await;
    }
}

async fn lost_after(scene: (Partman, Shape)) {
    at_every_call(scene, Fault::LostAfter, ends_of_steps(scene), it_is_adopted).await;
}

async fn dropped(scene: (Partman, Shape)) {
    // What isn't done is rolled back by every server in the same way: the ends of steps are enough on most of them.
    if scene == SCENES[2] {
        let first = firsts();
        let concerns = |sql: &str| lasting(sql) || first(sql);
        at_every_call(scene, Fault::Dropped, concerns, it_can_be_ended).await;
    } else {
        at_every_call(scene, Fault::Dropped, ends_of_steps(scene), it_can_be_ended).await;
    }
}

macro_rules! on_every_scene {
    ($($name:ident: $what:ident;)*) => {$(
        mod $name {
            #[tokio::test]
            async fn on_4_7_2() {
                super::$what(super::SCENES[0]).await;
            }

            #[tokio::test]
            async fn on_5_2_4_with_renames() {
                super::$what(super::SCENES[1]).await;
            }

            #[tokio::test]
            async fn on_5_5_0_with_a_fenced_default() {
                super::$what(super::SCENES[2]).await;
            }

            #[tokio::test]
            async fn on_5_5_0_with_a_default_that_is_attached() {
                super::$what(super::SCENES[3]).await;
            }

            #[tokio::test]
            async fn on_4_7_2_with_open_ends() {
                super::$what(super::SCENES[4]).await;
            }

            #[tokio::test]
            async fn on_5_5_0_with_a_default_that_is_spread() {
                super::$what(super::SCENES[5]).await;
            }

            #[tokio::test]
            async fn on_5_2_4_with_a_control_column_that_may_be_null() {
                super::$what(super::SCENES[6]).await;
            }
        }
    )*};
}

on_every_scene! {
    a_statement_that_the_server_refuses_leaves_no_trace: refused;
    a_connection_that_is_lost_before_a_call_does_not_stop_a_run: lost_before;
    a_connection_that_is_lost_after_a_call_does_not_do_it_twice: lost_after;
    a_future_that_is_dropped_at_a_call_leaves_a_journal_that_knows: dropped;
}
