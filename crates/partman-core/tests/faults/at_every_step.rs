//! Faults that are too slow, or too much alike, to be tried at every call: the user's own plan unwinds from each of its
//! steps, a server may crash in the middle of one, and doing or undoing a step twice is as good as once.

use crate::support;

use partman_core::run::Outcome;
use partman_testkit::Partman;
use support::faulty::{Cue, Fault, Faulty};
use support::scene::{Scene, Shape, commits};
use support::twice;

/// The last moment of each step: everything is done and its commit fails.
async fn unwinds_from_every_step(version: Partman) {
    let scene = Scene::new(version, Shape::Report).await;
    let plan = scene.plan().await;
    let calls = scene.calls(&plan).await;
    let commits = calls.iter().enumerate().filter(|(_, sql)| commits(sql));
    // Those of the run lock and of the journal's making come first.
    let of_steps: Vec<usize> = commits.map(|(call, _)| call).skip(2).collect();
    assert_eq!(of_steps.len(), plan.steps.len());
    for (step, call) in plan.steps.iter().zip(of_steps) {
        let fault = Fault::Refused;
        let faulty = Faulty::new(&scene.subject.database, &scene.db, Cue { call, fault });
        let done = scene.subject.migrate_through(&faulty, &plan).await;
        let id = &step.description.id;
        assert!(faulty.has_struck(), "{id}");
        let done = done.unwrap_or_else(|error| panic!("{id}: {error:?}"));
        assert_eq!(
            done.outcome,
            Outcome::Unwound,
            "{id}: {:?}",
            done.undo_error
        );
        assert_eq!(scene.differences().await, Vec::<String>::new(), "{id}");
    }
}

#[tokio::test]
async fn the_users_own_plan_unwinds_from_every_step_on_4_7_2() {
    unwinds_from_every_step(Partman::V4_7_2).await;
}

#[tokio::test]
async fn the_users_own_plan_unwinds_from_every_step_on_5_2_4() {
    unwinds_from_every_step(Partman::V5_2_4).await;
}

#[tokio::test]
async fn the_users_own_plan_unwinds_from_every_step_on_5_5_0() {
    unwinds_from_every_step(Partman::V5_5_0).await;
}

async fn outlives_crashes(version: Partman, shape: Shape) {
    let mut scene = Scene::new(version, shape).await;
    let plan = scene.plan().await;
    let calls = scene.calls(&plan).await;
    let place = |begins: &str| calls.iter().position(|sql| sql.starts_with(begins));
    // Beside a DEFAULT it goes to the server together with its locks.
    let attach = place("ALTER TABLE public.webhook_events ATTACH")
        .or_else(|| place("LOCK TABLE ONLY public.webhook_events IN SHARE ROW EXCLUSIVE"))
        .expect("a new partition");
    let maintain = place("SELECT partman.run_maintenance").expect("maintenance");
    let commit = |after: usize| {
        after
            + calls[after..]
                .iter()
                .position(|sql| commits(sql))
                .unwrap_or(0)
    };
    let crashes = [
        (attach, Fault::CrashBefore),
        (attach, Fault::CrashAfter),
        (commit(attach), Fault::CrashBefore),
        (commit(attach), Fault::CrashAfter),
        (commit(attach) + 1, Fault::CrashBefore),
        (maintain, Fault::CrashAfter),
        (calls.len() - 5, Fault::CrashBefore),
    ];
    for (call, fault) in crashes {
        let faulty = Faulty::new(&scene.subject.database, &scene.db, Cue { call, fault });
        let done = scene.subject.migrate_through(&faulty, &plan).await;
        let what = format!("{version:?}, {fault:?} at {}", calls[call]);
        assert!(faulty.has_struck(), "{what}");
        let done = done.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        scene.look_again().await;
        assert_eq!(
            scene.is_adopted(&done).await,
            Vec::<String>::new(),
            "{what}"
        );
        assert_eq!(scene.taken_back().await, Vec::<String>::new(), "{what}");
    }
}

#[tokio::test]
async fn a_run_outlives_a_server_that_crashes_and_comes_back_on_4_7_2() {
    outlives_crashes(Partman::V4_7_2, Shape::Webhook).await;
}

#[tokio::test]
async fn a_run_outlives_a_server_that_crashes_and_comes_back_on_5_5_0_with_a_fence() {
    outlives_crashes(Partman::V5_5_0, Shape::Fenced).await;
}

/// A lost acknowledgement makes a step look again, and some be done again.
async fn twice_is_as_good_as_once(version: Partman, shape: Shape) {
    let scene = Scene::new(version, shape).await;
    assert_eq!(twice::as_good_as_once(&scene).await, Vec::<String>::new());
}

#[tokio::test]
async fn every_step_done_and_undone_twice_is_as_good_as_once_on_4_7_2() {
    twice_is_as_good_as_once(Partman::V4_7_2, Shape::Webhook).await;
    twice_is_as_good_as_once(Partman::V4_7_2, Shape::Fenced).await;
}

#[tokio::test]
async fn every_step_done_and_undone_twice_is_as_good_as_once_on_5_2_4() {
    twice_is_as_good_as_once(Partman::V5_2_4, Shape::Renamed).await;
    twice_is_as_good_as_once(Partman::V5_2_4, Shape::Open).await;
    twice_is_as_good_as_once(Partman::V5_2_4, Shape::Nullable).await;
}

#[tokio::test]
async fn every_step_done_and_undone_twice_is_as_good_as_once_on_5_5_0() {
    twice_is_as_good_as_once(Partman::V5_5_0, Shape::Fenced).await;
    twice_is_as_good_as_once(Partman::V5_5_0, Shape::Attached).await;
    twice_is_as_good_as_once(Partman::V5_5_0, Shape::Spread).await;
}
