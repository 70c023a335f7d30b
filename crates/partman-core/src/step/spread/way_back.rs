//! Nothing on the way there. On the way back it brings the old DEFAULT up to date while everybody works in the partitions
//! that took its place: they note what changes, rows that are no longer the same are deleted from it, those that it lacks
//! are copied, and a CHECK is added so that it can be attached without being read.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::lanes::{Lane, Lanes, Work};
use super::{Spread, changes, check, run};
use crate::Error;
use crate::bound::{Bound, Datum};
use crate::name::RelationName;
use crate::session::{Session, Statement, rows};
use crate::step::{Description, Pace, Ready, Step, Undone};

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeepWayBack {
    /// What is spread.
    #[serde(flatten)]
    pub spread: Spread,
}

/// How far it has got.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Stage {
    /// So many tables note their changes.
    #[default]
    Noting,
    /// Rows that are no longer the same are deleted.
    Sweeping(Value),
    /// Rows that are missing are copied.
    Copying(Value),
}

#[derive(Deserialize)]
struct Oid {
    oid: Option<u64>,
}

#[derive(Deserialize)]
struct PartitionBound {
    bound: String,
}

/// The oids of these tables, where they are there.
pub(super) async fn oids<const N: usize>(
    session: &mut (dyn Session + 'static),
    tables: [&RelationName; N],
) -> Result<[Option<u64>; N], Error> {
    let mut oids = [None; N];
    for (oid, table) in oids.iter_mut().zip(tables) {
        let sql = "SELECT to_regclass($1::text)::oid::int8 AS oid";
        let found: Vec<Oid> = rows(session, &Statement::query(sql).bind(table.to_string())).await?;
        *oid = found.into_iter().next().and_then(|found| found.oid);
    }
    Ok(oids)
}

/// From the partitions to the old DEFAULT, once they were exchanged.
pub(super) fn lanes(spread: &Spread) -> Vec<Lane> {
    let lane = |from: RelationName, target| Lane {
        from,
        to: spread.before.clone(),
        target,
    };
    let targets = spread.targets.iter();
    let targets = targets.map(|target| lane(target.partition.clone(), Some(target.clone())));
    targets
        .chain([lane(spread.default.clone(), None)])
        .collect()
}

impl KeepWayBack {
    fn lanes(&self) -> Lanes<'_> {
        Lanes {
            spread: &self.spread,
            lanes: lanes(&self.spread),
        }
    }

    /// The partitions that took the place of DEFAULT.
    fn tables(&self) -> Vec<&RelationName> {
        self.spread
            .partitions()
            .chain([&self.spread.default])
            .collect()
    }

    /// The next table that doesn't note its changes yet; the ground for it at the first call.
    async fn note_one(&self, session: &mut (dyn Session + 'static)) -> Result<Option<u64>, Error> {
        if !changes::are_noted(session).await? {
            let before = Spread {
                default: self.spread.before.clone(),
                ..self.spread.clone()
            };
            run(session, changes::create(&before)).await?;
        }
        let noting = changes::noting(session).await?;
        let mut tables = self.tables().into_iter();
        let Some(next) = tables.find(|table| !noting.contains(table)) else {
            return Ok(None);
        };
        run(session, changes::note(next)).await?;
        Ok(Some(noting.len() as u64))
    }

    /// Keeps the old DEFAULT to what it may hold once the partitions in its place are detached.
    async fn keep_out(&self, session: &mut (dyn Session + 'static)) -> Result<(), Error> {
        let mine: Vec<String> = self.tables().iter().map(ToString::to_string).collect();
        let sql = "SELECT pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_catalog.pg_inherits i \
                   JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::text::regclass \
                   AND c.oid <> ALL (SELECT to_regclass(name)::oid FROM json_array_elements_text($2::text::json) AS name)";
        let statement = Statement::query(sql)
            .bind(self.spread.parent.to_string())
            .bind(json!(mine).to_string());
        let bounds: Vec<PartitionBound> = rows(session, &statement).await?;
        let ranges = bounds.iter().filter_map(|found| range(&found.bound));
        let own = self.spread.outside(ranges.collect(), "");
        run(session, [check(&self.spread.before, &own)]).await
    }
}

/// Only a range with two ends; what else there may be costs a look when it is attached.
fn range(bound: &str) -> Option<(String, String)> {
    match Bound::parse(bound)? {
        Bound::Range { from, to } => match (from.as_slice(), to.as_slice()) {
            ([Datum::Value(from)], [Datum::Value(to)]) => Some((from.clone(), to.clone())),
            _ => None,
        },
        _ => None,
    }
}

#[async_trait]
impl Step<dyn Session> for KeepWayBack {
    fn describe(&self) -> Description {
        let before = &self.spread.before;
        let lanes = lanes(&self.spread);
        let mut undo: Vec<String> = self.tables().into_iter().flat_map(changes::note).collect();
        undo.extend(lanes.iter().map(|lane| lane.sweep(&self.spread, None)));
        undo.extend(lanes.iter().map(|lane| lane.copy(&self.spread, None)));
        Description {
            id: format!("keep-default:{before}"),
            title: format!(
                "nothing for now; on the way back, bring {before} up to date, a megabyte at a time, and compare (nobody waits)"
            ),
            sql: Vec::new(),
            locks: Vec::new(),
            transaction: false,
            undo,
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

    async fn forward(&self, _session: &mut (dyn Session + 'static)) -> Result<Value, Error> {
        Ok(json!({}))
    }

    async fn retreat(
        &self,
        session: &mut (dyn Session + 'static),
        _done: &Value,
        so_far: &Value,
    ) -> Result<Pace, Error> {
        if !self.is_there(session).await? {
            return Ok(Pace::Through);
        }
        let lanes = self.lanes();
        let stage = serde_json::from_value(so_far.clone()).unwrap_or_default();
        let at = |stage: Stage, done, total| Pace::More {
            so_far: json!(stage),
            done,
            total,
        };
        Ok(match stage {
            Stage::Noting => match self.note_one(session).await? {
                Some(done) => at(Stage::Noting, done, self.tables().len() as u64),
                None => at(Stage::Sweeping(Value::Null), 0, 0),
            },
            Stage::Sweeping(so_far) => match lanes.piece(session, Work::Sweep, &so_far).await? {
                Pace::More {
                    so_far,
                    done,
                    total,
                } => at(Stage::Sweeping(so_far), done, total),
                Pace::Through => at(Stage::Copying(Value::Null), 0, 0),
            },
            Stage::Copying(so_far) => match lanes.piece(session, Work::Copy, &so_far).await? {
                Pace::More {
                    so_far,
                    done,
                    total,
                } => at(Stage::Copying(so_far), done, total),
                Pace::Through => match lanes.rest(session, &so_far).await? {
                    Pace::More {
                        so_far,
                        done,
                        total,
                    } => at(Stage::Copying(so_far), done, total),
                    Pace::Through => Pace::Through,
                },
            },
        })
    }

    async fn undo(
        &self,
        session: &mut (dyn Session + 'static),
        _done: &Value,
    ) -> Result<Undone, Error> {
        if !self.is_there(session).await? {
            let before = &self.spread.before;
            return Ok(Undone::Kept(format!(
                "{before} is no longer there to take the rows back, or a partition that was made in its place is gone"
            )));
        }
        self.keep_out(session).await?;
        self.lanes().prove(session).await?;
        Ok(Undone::Undone)
    }
}

impl KeepWayBack {
    /// Whether there is still something to bring up to date, and something to bring it up to date from.
    async fn is_there(&self, session: &mut (dyn Session + 'static)) -> Result<bool, Error> {
        if oids(session, [&self.spread.before]).await? == [None] {
            return Ok(false);
        }
        for table in self.tables() {
            if oids(session, [table]).await? == [None] {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
