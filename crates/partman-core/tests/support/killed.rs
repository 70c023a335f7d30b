//! A process that carries out a plan and is killed with SIGKILL at one call of it.

use std::os::unix::process::ExitStatusExt;

use partman_core::wanted::WantedSet;
use partman_testkit::again;
use serde::{Deserialize, Serialize};

use super::faulty::{Cue, Fault, Faulty};
use super::scene::Scene;
use super::{Subject, dsn};

/// Tells a test that it is the process to be killed, and when.
const ORDER: &str = "PARTMAN_TEST_TO_BE_KILLED";
const SIGKILL: i32 = 9;

/// What the process that is to be killed has to do.
#[derive(Serialize, Deserialize)]
pub(crate) struct Order {
    dsn: String,
    wanted: WantedSet,
    call: usize,
    fault: Fault,
}

impl Order {
    /// In the child: what it has been told.
    pub(crate) fn received() -> Option<Self> {
        let text = std::env::var(ORDER).ok()?;
        Some(serde_json::from_str(&text).expect("the parent writes orders"))
    }

    /// In the child: runs until it is killed.
    pub(crate) async fn obey(self) {
        let subject = Subject::connect_to(&self.dsn).await;
        let plan = subject.plan_for(self.wanted).await;
        let (call, fault) = (self.call, self.fault);
        let faulty = Faulty::without_server(&subject.database, Cue { call, fault });
        let outcome = subject.migrate_through(&faulty, &plan).await;
        println!("not killed: {outcome:?}");
    }
}

/// Lets a process of its own carry out the plan and be killed at this call.
pub(crate) async fn kill(test: &str, scene: &Scene, call: usize, fault: Fault) {
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
