//! Runs of partman made in code: one in the journal, and somebody who is at work.

use super::{World, at};
use crate::model::{RunSummary, Standing};
use crate::postgres::Holder;

/// A journal with one run of a minute ago, which stands so.
pub(in crate::check) fn with_run(outcome: Standing) -> World {
    let mut world = at("2025-10-14T12:00:00Z");
    world.seen.runs.history.push(RunSummary {
        id: "20251014T115900Z-1".to_owned(),
        started_at: "2025-10-14T11:59:00Z".parse().expect("an instant"),
        started_by: "admin".to_owned(),
        outcome,
        without_backup: None,
        elsewhere: false,
        may_act: true,
    });
    world
}

impl World {
    /// Somebody has the run lock.
    pub(in crate::check) fn held(mut self) -> Self {
        self.seen.runs.active = Some(Holder {
            pid: Some(4711),
            application_name: Some("partman".to_owned()),
            user: Some("admin".to_owned()),
            client_addr: None,
            since: Some("2025-10-14T11:59:00+00:00".to_owned()),
        });
        self
    }
}
