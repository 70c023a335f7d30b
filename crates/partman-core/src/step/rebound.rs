//! A partition with an open end gets a bound there: DETACH and ATTACH in one transaction, so that its rows are there at
//! every moment. A validated CHECK (see [`super::range_check`]) spares the reading. The parent is locked ACCESS EXCLUSIVE
//! for that moment, as DETACH has it; so are tables that its foreign keys refer to.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::drop_created::{STILL_NEEDED, relation};
use super::looking_back::nobody_surely_does;
use super::open_again;
use super::rescue::Rescue;
use super::statements::run_at_once;
use super::ties::Ties;
use super::{Description, Lock, Ready, Step, Undone};
use crate::bound::is_range;
use crate::name::{RelationName, quote_literal};
use crate::session::{Session, Statement, row, rows};
use crate::{Error, Kind};

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rebound {
    /// The parent.
    pub parent: RelationName,
    /// The partition.
    pub partition: RelationName,
    /// Its bound as the catalog prints it in UTC.
    pub bound: String,
    /// Its lower bound afterwards, as an SQL literal's text.
    pub from: String,
    /// Its upper bound afterwards.
    pub to: String,
    /// The DEFAULT partition, which ATTACH looks through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<RelationName>,
    /// Tables at the other end of foreign keys, which DETACH locks.
    pub foreign: Vec<RelationName>,
    /// Of these, the ones that are locked before the parent, so that waiting for them keeps nobody waiting there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign_first: Vec<RelationName>,
    /// How rows beyond an upper end return into it on the way back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returning: Option<Rescue>,
}

/// SQLSTATE of an ATTACH whose range another partition has by now.
const OVERLAPS: &str = "42P17";

/// SQLSTATE of an ATTACH beside a DEFAULT that has rows of the range.
const IN_DEFAULT: &str = "23514";

#[derive(Deserialize)]
struct Found {
    oid: u64,
    bound: Option<String>,
}

impl Rebound {
    fn now(&self) -> String {
        let (from, to) = (quote_literal(&self.from), quote_literal(&self.to));
        format!("FOR VALUES FROM ({from}) TO ({to})")
    }

    pub(super) fn locked(&self) -> impl Iterator<Item = &RelationName> {
        [&self.parent, &self.partition]
            .into_iter()
            .chain(&self.default)
    }

    fn statements(&self, bound: &str) -> Vec<String> {
        let Self {
            parent, partition, ..
        } = self;
        let locking = self.foreign_first.iter().chain(self.locked());
        let mut all: Vec<String> = locking
            .map(|table| format!("LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE"))
            .collect();
        all.push(format!("ALTER TABLE {parent} DETACH PARTITION {partition}"));
        all.push(format!(
            "ALTER TABLE {parent} ATTACH PARTITION {partition} {bound}"
        ));
        all
    }

    async fn find(&self, session: &mut (dyn Session + 'static)) -> Result<Option<Found>, Error> {
        let sql = "SELECT c.oid::int8 AS oid, pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_catalog.pg_inherits i \
                   JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid \
                   JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                   WHERE i.inhparent = $1::text::regclass AND n.nspname = $2 AND c.relname = $3";
        let statement = Statement::query(sql)
            .bind(self.parent.to_string())
            .bind(self.partition.schema.clone())
            .bind(self.partition.name.clone());
        Ok(rows(session, &statement).await?.pop())
    }

    /// What keeps the open range from coming back, by the SQLSTATE of the ATTACH.
    fn who_has_rows(&self, sqlstate: Option<&str>) -> Option<String> {
        match (sqlstate?, &self.default) {
            (OVERLAPS, _) => Some("other partitions have the".to_owned()),
            (IN_DEFAULT, Some(default)) => Some(format!("{default} has")),
            (IN_DEFAULT, None) => Some("the DEFAULT partition has".to_owned()),
            _ => None,
        }
    }

    /// Locks, changes the bound, and sees to it that nothing else has changed.
    async fn exchange(
        &self,
        session: &mut (dyn Session + 'static),
        oid: u64,
        bound: &str,
    ) -> Result<(), Error> {
        let ties = Ties::of(session, oid).await?;
        run_at_once(session, self.statements(bound)).await?;
        ties.restore(session, oid, &self.partition).await
    }
}

impl Rebound {
    /// Has the rows beyond return, where they are few; false where that can't be.
    async fn opened_with_rows(
        &self,
        session: &mut (dyn Session + 'static),
        oid: u64,
    ) -> Result<bool, Error> {
        let Some(rescue) = &self.returning else {
            return Ok(false);
        };
        let Some(opening) = open_again::with_rows(session, self, rescue).await? else {
            return Ok(false);
        };
        let ties = Ties::of(session, oid).await?;
        run_at_once(session, opening.locking).await?;
        rescue.retreats.nobody_looks_back(session).await?;
        let opened = run_at_once(session, opening.moving).await;
        if let Err(error) = opened {
            let back = "ROLLBACK TO SAVEPOINT partman_rebound";
            // A constraint or an index that only this partition has, a view that needs one of the others: it stays closed then.
            let state = error.sqlstate().unwrap_or_default();
            let refused = state == OVERLAPS || state == STILL_NEEDED || state.starts_with("23");
            if !refused {
                return Err(error);
            }
            session.run(&Statement::command(back)).await?;
            return Ok(false);
        }
        ties.restore(session, oid, &self.partition).await?;
        nobody_surely_does(session).await?;
        Ok(true)
    }
}

#[async_trait]
impl Step<dyn Session> for Rebound {
    fn describe(&self) -> Description {
        let Self {
            partition,
            from,
            to,
            ..
        } = self;
        let locked = self.locked().chain(&self.foreign);
        Description {
            id: format!("rebound:{partition}"),
            title: format!("give {partition} the bounds {from} to {to}"),
            sql: self.statements(&self.now()),
            locks: locked
                .map(|table| Lock::new(table, "ACCESS EXCLUSIVE"))
                .collect(),
            transaction: true,
            undo: self.statements(&self.bound),
        }
    }

    async fn precheck(&self, session: &mut (dyn Session + 'static)) -> Result<Ready, Error> {
        let bound = self.find(session).await?.and_then(|found| found.bound);
        match bound.unwrap_or_default() {
            bound if is_range(&bound, &self.from, &self.to) => Ok(Ready::AlreadyDone),
            bound if bound == self.bound => Ok(Ready::Ready),
            _ => Err(Error::new(
                Kind::Changed,
                format!(
                    "{} is no longer a partition of {} with the bound {}",
                    self.partition, self.parent, self.bound
                ),
            )),
        }
    }

    async fn forward(&self, session: &mut (dyn Session + 'static)) -> Result<Value, Error> {
        let sql = "SELECT $1::text::regclass::oid::int8 AS oid, NULL AS bound";
        let name = Statement::query(sql).bind(self.partition.to_string());
        let found: Found = row(session, &name).await?;
        self.exchange(session, found.oid, &self.now()).await?;
        Ok(json!({ "rebound": found.oid }))
    }

    /// Where partitions have come into the open range that hold more rows than can return in a moment, or DEFAULT has got some of
    /// it, it stays closed.
    async fn undo(
        &self,
        session: &mut (dyn Session + 'static),
        done: &Value,
    ) -> Result<Undone, Error> {
        let Some(oid) = done.get("rebound").and_then(Value::as_u64) else {
            return Ok(Undone::Undone);
        };
        let partition = &self.partition;
        let mine = Some((partition.clone(), Some(self.parent.clone())));
        let bound = self.find(session).await?.and_then(|found| found.bound);
        if relation(session, oid).await? != mine {
            let why = format!("{partition} was detached, renamed or dropped by somebody");
            return Ok(Undone::Kept(why));
        }
        match bound.unwrap_or_default() {
            bound if bound == self.bound => return Ok(Undone::Undone),
            bound if is_range(&bound, &self.from, &self.to) => {}
            bound => return Ok(Undone::Kept(format!("{partition} is {bound} by now"))),
        }
        let save = "SAVEPOINT partman_rebound";
        session.run(&Statement::command(save)).await?;
        let error = match self.exchange(session, oid, &self.bound).await {
            Ok(()) => return Ok(Undone::Undone),
            Err(error) => error,
        };
        let Some(who) = self.who_has_rows(error.sqlstate()) else {
            return Err(error);
        };
        let back = "ROLLBACK TO SAVEPOINT partman_rebound";
        session.run(&Statement::command(back)).await?;
        if error.sqlstate() == Some(OVERLAPS) && self.opened_with_rows(session, oid).await? {
            return Ok(Undone::Undone);
        }
        Ok(Undone::Kept(format!(
            "{partition} keeps its bounds, for {who} rows beyond: {error}"
        )))
    }
}
