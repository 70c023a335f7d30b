//! A process that runs a plan and is killed with SIGKILL, at every call that it makes. The next one is told that a run
//! stopped, and finishes it, or takes it back.

use crate::support;

use partman_testkit::Partman;
use support::faulty::Fault;
use support::killed::{Order, kill};
use support::scene::{Scene, Shape, commits, first_and_last, firsts};

/// How the process dies at a call, and whether the run is finished then or taken back. What lasts as soon as the server
/// has done it gets both.
fn deaths(
    (version, shape): (Partman, Shape),
    call: usize,
    sql: &str,
    is_first: bool,
) -> Vec<(Fault, bool)> {
    let is_plain = [Shape::Webhook, Shape::Renamed, Shape::Fenced].contains(&shape);
    if commits(sql) || is_plain && sql.starts_with("INSERT INTO partman_journal") {
        vec![(Fault::KilledAfter, true), (Fault::KilledBefore, false)]
    } else if !is_first || (version, shape) != (Partman::V5_5_0, Shape::Fenced) {
        // What isn't done is rolled back by every server in the same way: the ends of steps are enough on most of them.
        Vec::new()
    } else {
        vec![(Fault::KilledMeanwhile, call.is_multiple_of(2))]
    }
}

async fn killed_at_every_call(test: &str, version: Partman, shape: Shape) {
    if let Some(order) = Order::received() {
        return order.obey().await;
    }
    let mut scene = Scene::new(version, shape).await;
    let mut plan = scene.plan().await;
    let calls = scene.calls(&plan).await;
    let (first, last) = first_and_last(&calls);
    let mut wrong = Vec::new();
    let is_first = firsts();
    for (call, sql) in calls.iter().enumerate() {
        for (fault, finish) in deaths((version, shape), call, sql, is_first(sql)) {
            kill(&format!("killed::{test}"), &scene, call, fault).await;
            let problems = match scene.journal().await.as_str() {
                "nothing" if call <= first => scene.differences().await,
                "stopped" if (first..=last).contains(&call) => {
                    scene.can_be_ended(&plan, finish).await
                }
                "complete" if call >= last => scene.taken_back().await,
                other => vec![format!("the journal has {other}")],
            };
            if problems.is_empty() {
                scene.forget().await;
            } else {
                let problems = problems.join("; ");
                wrong.push(format!("{fault:?} at call {call}, {sql}: {problems}"));
                scene = scene.anew().await;
                plan = scene.plan().await;
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{version:?} {shape:?}\n{}",
        wrong.join("\n")
    );
}

#[tokio::test]
async fn a_process_killed_at_any_call_leaves_a_run_that_can_be_ended_on_4_7_2() {
    let test = "a_process_killed_at_any_call_leaves_a_run_that_can_be_ended_on_4_7_2";
    killed_at_every_call(test, Partman::V4_7_2, Shape::Webhook).await;
}

#[tokio::test]
async fn a_process_killed_at_any_call_leaves_a_run_that_can_be_ended_on_5_2_4_with_renames() {
    let test = "a_process_killed_at_any_call_leaves_a_run_that_can_be_ended_on_5_2_4_with_renames";
    killed_at_every_call(test, Partman::V5_2_4, Shape::Renamed).await;
}

#[tokio::test]
async fn a_process_killed_at_any_call_leaves_a_run_that_can_be_ended_on_5_5_0_with_a_fence() {
    let test = "a_process_killed_at_any_call_leaves_a_run_that_can_be_ended_on_5_5_0_with_a_fence";
    killed_at_every_call(test, Partman::V5_5_0, Shape::Fenced).await;
}

#[tokio::test]
async fn a_process_killed_at_any_call_leaves_a_run_that_can_be_ended_on_5_5_0_with_a_default_that_is_attached()
 {
    let test = "a_process_killed_at_any_call_leaves_a_run_that_can_be_ended_on_5_5_0_with_a_default_that_is_attached";
    killed_at_every_call(test, Partman::V5_5_0, Shape::Attached).await;
}

#[tokio::test]
async fn a_process_killed_at_any_call_leaves_a_run_that_can_be_ended_on_5_5_0_with_a_default_that_is_spread()
 {
    let test = "a_process_killed_at_any_call_leaves_a_run_that_can_be_ended_on_5_5_0_with_a_default_that_is_spread";
    killed_at_every_call(test, Partman::V5_5_0, Shape::Spread).await;
}

#[tokio::test]
async fn a_process_killed_at_any_call_leaves_a_run_that_can_be_ended_on_5_2_4_with_open_ends() {
    let test =
        "a_process_killed_at_any_call_leaves_a_run_that_can_be_ended_on_5_2_4_with_open_ends";
    killed_at_every_call(test, Partman::V5_2_4, Shape::Open).await;
}
