//! A process that runs a plan and is killed with SIGKILL, at every call that it makes. The next one is told that a run
//! stopped, and finishes it, or takes it back.

mod support;

use std::os::unix::process::ExitStatusExt;

use partman_core::wanted::WantedSet;
use partman_testkit::{Partman, again};
use serde::{Deserialize, Serialize};
use support::faulty::{Cue, Fault, Faulty};
use support::scene::{Scene, Shape, first_and_last};
use support::{Subject, dsn};

/// Tells a test that it is the process to be killed, and when.
const ORDER: &str = "PARTMAN_TEST_TO_BE_KILLED";
const SIGKILL: i32 = 9;

#[derive(Serialize, Deserialize)]
struct Order {
    dsn: String,
    wanted: WantedSet,
    call: usize,
    fault: Fault,
}

impl Order {
    fn received() -> Option<Self> {
        let text = std::env::var(ORDER).ok()?;
        Some(serde_json::from_str(&text).expect("the parent writes orders"))
    }

    /// In the child: runs until it is killed.
    async fn obey(self) {
        let subject = Subject::connect_to(&self.dsn).await;
        let plan = subject.plan_for(self.wanted).await;
        let (call, fault) = (self.call, self.fault);
        let faulty = Faulty::without_server(&subject.database, Cue { call, fault });
        let outcome = subject.migrate_through(&faulty, &plan).await;
        println!("not killed: {outcome:?}");
    }
}

async fn kill(test: &str, scene: &Scene, call: usize, fault: Fault) {
    let order = Order {
        dsn: dsn(&scene.db, "postgres"),
        wanted: scene.wanted.clone(),
        call,
        fault,
    };
    let order = serde_json::to_string(&order).expect("plain data");
    let ended = again(test, ORDER, &order).await.expect("a child");
    let said = String::from_utf8_lossy(&ended.stdout);
    assert_eq!(ended.status.signal(), Some(SIGKILL), "call {call}: {said}");
    scene.is_left_alone().await;
}

/// How the process dies at a call, and whether the run is finished then or taken back. What lasts as soon as the server
/// has done it gets both.
fn deaths(version: Partman, call: usize, sql: &str) -> Vec<(Fault, bool)> {
    if sql == "COMMIT" || sql.starts_with("INSERT INTO partman_journal") {
        vec![(Fault::KilledAfter, true), (Fault::KilledBefore, false)]
    } else if version != Partman::V5_5_0 {
        // What isn't done is rolled back by every server in the same way: the ends of steps are enough on two of them.
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
    for (call, sql) in calls.iter().enumerate() {
        for (fault, finish) in deaths(version, call, sql) {
            kill(test, &scene, call, fault).await;
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
