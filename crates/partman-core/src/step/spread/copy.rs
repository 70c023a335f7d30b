//! Copies the rows of DEFAULT into the tables that are made for them: a megabyte at a time, each in a transaction of its own,
//! with a pause after each. In the end it catches up with what changed meanwhile, and proves that both sides are the same.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::lanes::{Lane, Lanes, Work};
use super::{Spread, run};
use crate::Error;
use crate::name::RelationName;
use crate::session::Session;
use crate::step::{Description, Lock, Pace, Ready, Step, Undone};

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CopyDefault {
    /// What is spread.
    #[serde(flatten)]
    pub spread: Spread,
}

/// From DEFAULT to each of the tables, until they are exchanged.
pub(super) fn lanes(spread: &Spread) -> Vec<Lane> {
    let lane = |to: RelationName, target| Lane {
        from: spread.default.clone(),
        to,
        target,
    };
    let targets = spread.targets.iter();
    let targets = targets.map(|target| lane(target.partition.clone(), Some(target.clone())));
    targets.chain([lane(spread.aside(), None)]).collect()
}

impl CopyDefault {
    fn lanes(&self) -> Lanes<'_> {
        Lanes {
            spread: &self.spread,
            lanes: lanes(&self.spread),
        }
    }
}

#[async_trait]
impl Step<dyn Session> for CopyDefault {
    fn describe(&self) -> Description {
        let Spread { default, .. } = &self.spread;
        let lanes = lanes(&self.spread);
        Description {
            id: format!("copy-default:{default}"),
            title: format!(
                "copy the rows of {default} into these tables, a megabyte at a time, and compare (reads it; nobody waits)"
            ),
            sql: lanes
                .iter()
                .map(|lane| lane.copy(&self.spread, None))
                .collect(),
            locks: vec![Lock::new(default, "ACCESS SHARE")],
            transaction: false,
            undo: Vec::new(),
        }
    }

    fn is_long(&self) -> bool {
        true
    }

    fn works_in_pieces(&self) -> bool {
        true
    }

    async fn precheck(&self, _session: &mut (dyn Session + 'static)) -> Result<Ready, Error> {
        Ok(Ready::Ready)
    }

    async fn advance(
        &self,
        session: &mut (dyn Session + 'static),
        so_far: &Value,
    ) -> Result<Pace, Error> {
        let lanes = self.lanes();
        match lanes.piece(session, Work::Copy, so_far).await? {
            Pace::Through => lanes.rest(session, so_far).await,
            more => Ok(more),
        }
    }

    async fn forward(&self, session: &mut (dyn Session + 'static)) -> Result<Value, Error> {
        let lanes = self.lanes();
        let rows = lanes.prove(session).await?;
        // Nobody has planned with these tables yet.
        let tables = lanes
            .lanes
            .iter()
            .map(|lane| format!("ANALYZE {}", lane.to));
        let tables: Vec<String> = tables.collect();
        run(session, tables).await?;
        Ok(json!({ "copied": rows }))
    }

    async fn undo(
        &self,
        _session: &mut (dyn Session + 'static),
        _done: &Value,
    ) -> Result<Undone, Error> {
        Ok(Undone::Undone)
    }
}
