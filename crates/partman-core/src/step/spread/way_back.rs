//! Brings the old DEFAULT up to date while everybody works in the partitions that took its place: they note what changes,
//! rows that are no longer the same are deleted from it, those that it lacks are copied, and both sides are compared. A
//! CHECK says then that it can be attached without being read. All of it comes before the exchange is taken back, in pieces.
//!
//! What keeps it from taking the rows (a column that came since, a constraint that only one side has) is no failure of the
//! way back: the partitions hold every row, and stay.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::lanes::{Lane, Lanes, Work};
use super::{Spread, changes, check, run, snapshots};
use crate::bound::{Bound, Datum};
use crate::name::RelationName;
use crate::session::{Session, Statement, rows};
use crate::step::Pace;
use crate::{Error, Kind};

/// How far it has got.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Stage {
    /// Some tables note their changes.
    #[default]
    Noting,
    /// Rows that are no longer the same are deleted.
    Sweeping(Value),
    /// Rows that are missing are copied.
    Copying(Value),
    /// Both sides are the same, but for what changes now.
    Same(Value),
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
    let names = json!(tables.map(ToString::to_string).as_slice()).to_string();
    let sql = "SELECT to_regclass(name)::oid::int8 AS oid \
               FROM json_array_elements_text($1::text::json) WITH ORDINALITY AS t (name, place) ORDER BY place";
    let found: Vec<Oid> = rows(session, &Statement::query(sql).bind(names)).await?;
    let mut oids = [None; N];
    for (oid, found) in oids.iter_mut().zip(found) {
        *oid = found.oid;
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

/// All pieces of it.
pub(super) struct WayBack<'s> {
    spread: &'s Spread,
    lanes: Lanes<'s>,
}

impl<'s> WayBack<'s> {
    pub(super) fn of(spread: &'s Spread) -> Self {
        let lanes = lanes(spread);
        Self {
            spread,
            lanes: Lanes { spread, lanes },
        }
    }

    /// One piece, from where the last one ended; it is left as it is where the old DEFAULT can't take the rows.
    pub(super) async fn piece(
        &self,
        session: &mut (dyn Session + 'static),
        so_far: &Value,
    ) -> Result<Pace, Error> {
        run(session, ["SAVEPOINT partman_piece".to_owned()]).await?;
        match self.next(session, so_far).await {
            Err(error) if is_final(&error) => {
                let back = "ROLLBACK TO SAVEPOINT partman_piece";
                run(session, [back.to_owned()]).await?;
                Ok(Pace::Kept(cant_return(self.spread, &error)))
            }
            other => other,
        }
    }

    async fn next(
        &self,
        session: &mut (dyn Session + 'static),
        so_far: &Value,
    ) -> Result<Pace, Error> {
        let stage = serde_json::from_value(so_far.clone()).unwrap_or_default();
        let lanes = &self.lanes;
        Ok(match stage {
            Stage::Noting => match self.note_one(session).await? {
                Some(done) => at(&Stage::Noting, done, self.tables().len() as u64),
                None => at(&Stage::Sweeping(Value::Null), 0, 0),
            },
            Stage::Sweeping(so_far) => match lanes.piece(session, Work::Sweep, &so_far).await? {
                Pace::More {
                    so_far,
                    done,
                    total,
                } => at(&Stage::Sweeping(so_far), done, total),
                _ => at(&Stage::Copying(Value::Null), 0, 0),
            },
            Stage::Copying(so_far) => match lanes.piece(session, Work::Copy, &so_far).await? {
                Pace::More {
                    so_far,
                    done,
                    total,
                } => at(&Stage::Copying(so_far), done, total),
                _ if !lanes.changes(session).await? => at(&Stage::Copying(so_far), 0, 0),
                _ => {
                    self.keep_out(session).await?;
                    lanes.prove(session).await?;
                    at(&Stage::Same(Value::Null), 0, 0)
                }
            },
            Stage::Same(so_far) => match snapshots::settle(session, lanes, &so_far).await? {
                Pace::More { so_far, .. } => at(&Stage::Same(so_far), 0, 0),
                through => through,
            },
        })
    }

    /// The partitions that took the place of DEFAULT.
    fn tables(&self) -> Vec<&RelationName> {
        let partitions = self.spread.partitions();
        partitions.chain([&self.spread.default]).collect()
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
        if noting.is_empty() {
            run(session, changes::guards()).await?;
            run(session, changes::guard(&self.spread.before)).await?;
        }
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

fn at(stage: &Stage, done: u64, total: u64) -> Pace {
    Pace::More {
        so_far: json!(stage),
        done,
        total,
    }
}

/// Whether trying again wouldn't help: the tables differ, or a row isn't to be had in one of them. What the server lacks at
/// the moment (a lock, room, a connection) passes.
pub(super) fn is_final(error: &Error) -> bool {
    const OF_THE_TABLES: [&str; 7] = ["0A", "22", "23", "2B", "42", "44", "P0"];
    match error.sqlstate() {
        Some(state) => OF_THE_TABLES.contains(&state.get(..2).unwrap_or_default()),
        None => matches!(error.kind(), Kind::Changed | Kind::Refused),
    }
}

/// Why the partitions stay.
pub(super) fn cant_return(spread: &Spread, error: &Error) -> String {
    let Spread { parent, before, .. } = spread;
    format!(
        "rows can't return into {before}: {error}; the partitions of {parent} hold all of them, and stay"
    )
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
