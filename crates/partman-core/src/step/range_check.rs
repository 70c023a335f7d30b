//! A CHECK that says in which range all rows of a table lie, so that it can be attached for that range without being read
//! under a lock; and the same CHECK on the way back, where it proves the bounds of before.
//!
//! Four steps around the one that changes the bounds: the constraint is added NOT VALID (a moment) and validated (long,
//! but nobody waits); afterwards the bounds say the same, and it is dropped. The way back goes through the same states in
//! the other order: it is added again and validated again, which is why dropping has a step of its own before it that
//! does something only then. From adding it until the bounds have changed, rows of other ranges that would go into this
//! table are refused: a plan takes it only where nobody is about to write such.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fence::{CONSTRAINT, constraint, drop_sql};
use super::{Description, Lock, Ready, Step, Undone};
use crate::name::{RelationName, quote_ident, quote_literal};
use crate::session::{Session, Statement, row};
use crate::{Error, Kind};

/// All rows of a table have a key from here to there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Within {
    /// The table, as it is called at that time.
    pub table: RelationName,
    /// The key's column.
    pub control: String,
    /// The smallest value, as an SQL literal's text.
    pub from: String,
    /// The first value beyond.
    pub to: String,
}

/// Adds the constraint, not yet validated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AddCheck {
    /// What it says.
    pub within: Within,
    /// When it is too late to begin, for rows of what comes then are about to be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
}

/// Validates the constraint: on the way there, or on the way back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValidateCheck {
    /// What it says.
    pub within: Within,
    /// Whether nothing is done on the way there.
    pub on_the_way_back: bool,
    /// When it has to be done, or given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
}

/// Drops the constraint, which the bounds imply by now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DropCheck {
    /// What it says.
    pub within: Within,
}

impl Within {
    fn add(&self) -> String {
        let (table, control) = (&self.table, quote_ident(&self.control));
        let (from, to) = (quote_literal(&self.from), quote_literal(&self.to));
        format!(
            "ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {CONSTRAINT}, ADD CONSTRAINT {CONSTRAINT} CHECK \
             ({control} IS NOT NULL AND {control} >= {from} AND {control} < {to}) NOT VALID"
        )
    }

    fn validate(&self) -> String {
        format!(
            "ALTER TABLE {} VALIDATE CONSTRAINT {CONSTRAINT}",
            self.table
        )
    }

    fn a_moment(&self) -> Vec<Lock> {
        vec![Lock::new(&self.table, "ACCESS EXCLUSIVE")]
    }
}

#[derive(Deserialize)]
struct Number {
    n: i64,
}

/// Milliseconds until then.
async fn left(session: &mut (dyn Session + 'static), until: Timestamp) -> Result<i64, Error> {
    let sql =
        "SELECT (extract(epoch FROM $1::text::timestamptz - clock_timestamp()) * 1000)::int8 AS n";
    let left: Number = row(session, &Statement::query(sql).bind(until.to_string())).await?;
    Ok(left.n)
}

fn too_late(within: &Within) -> Error {
    let Within { table, to, .. } = within;
    let why = format!(
        "rows from {to} on are about to be written, and would be refused while {table} is read"
    );
    Error::new(Kind::Changed, why)
}

#[async_trait]
impl Step<dyn Session> for AddCheck {
    fn describe(&self) -> Description {
        let Within {
            table, from, to, ..
        } = &self.within;
        Description {
            id: format!("check-range:{table}"),
            title: format!(
                "keep {table} to rows from {from} to {to}; until it is attached for them, others that no partition takes are \
                 refused"
            ),
            sql: vec![self.within.add()],
            locks: self.within.a_moment(),
            transaction: true,
            undo: vec![drop_sql(table)],
        }
    }

    /// One that is there already may say something else: it is replaced.
    async fn precheck(&self, session: &mut (dyn Session + 'static)) -> Result<Ready, Error> {
        match self.not_after {
            Some(until) if left(session, until).await? <= 0 => Err(too_late(&self.within)),
            _ => Ok(Ready::Ready),
        }
    }

    async fn forward(&self, session: &mut (dyn Session + 'static)) -> Result<Value, Error> {
        let add = Statement::command(self.within.add());
        session.run(&add).await?;
        let there = constraint(session, &self.within.table).await?;
        Ok(json!({ "checked": there.map(|found| found.oid) }))
    }

    /// A table that has only the name of the one that was checked is left alone.
    async fn undo(
        &self,
        session: &mut (dyn Session + 'static),
        done: &Value,
    ) -> Result<Undone, Error> {
        let table = &self.within.table;
        let checked = done.get("checked").and_then(Value::as_u64);
        if let Some(found) = constraint(session, table).await? {
            if checked.is_some_and(|oid| oid != found.oid) {
                return Ok(Undone::Kept(format!("{table} is another table by now")));
            }
            session.run(&Statement::command(drop_sql(table))).await?;
        }
        Ok(Undone::Undone)
    }
}

#[async_trait]
impl Step<dyn Session> for ValidateCheck {
    fn describe(&self) -> Description {
        let Within {
            table, from, to, ..
        } = &self.within;
        let validate = vec![self.within.validate()];
        let locks = vec![Lock::new(table, "SHARE UPDATE EXCLUSIVE")];
        if self.on_the_way_back {
            return Description {
                id: format!("keep-way-back:{table}"),
                title: format!(
                    "nothing for now; on the way back, check again that {table} holds only such rows (reads it; nobody waits)"
                ),
                sql: Vec::new(),
                locks: Vec::new(),
                transaction: true,
                undo: validate,
            };
        }
        Description {
            id: format!("validate-range:{table}"),
            title: format!(
                "check that all rows of {table} are from {from} to {to} (reads it; nobody waits)"
            ),
            sql: validate,
            locks,
            transaction: true,
            undo: Vec::new(),
        }
    }

    fn is_long(&self) -> bool {
        true
    }

    async fn precheck(&self, session: &mut (dyn Session + 'static)) -> Result<Ready, Error> {
        let there = constraint(session, &self.within.table).await?;
        let done = !self.on_the_way_back && there.is_some_and(|found| found.convalidated);
        Ok(if done {
            Ready::AlreadyDone
        } else {
            Ready::Ready
        })
    }

    async fn forward(&self, session: &mut (dyn Session + 'static)) -> Result<Value, Error> {
        if self.on_the_way_back {
            return Ok(json!({}));
        }
        if let Some(until) = self.not_after {
            let left = left(session, until).await?;
            if left <= 0 {
                return Err(too_late(&self.within));
            }
            let limit = format!(
                "SET LOCAL statement_timeout = {}",
                left.min(i64::from(i32::MAX))
            );
            session.run(&Statement::command(limit)).await?;
        }
        let validate = Statement::command(self.within.validate());
        session.run(&validate).await?;
        Ok(json!({}))
    }

    async fn undo(
        &self,
        session: &mut (dyn Session + 'static),
        _done: &Value,
    ) -> Result<Undone, Error> {
        let there = constraint(session, &self.within.table).await?;
        if self.on_the_way_back && there.is_some_and(|found| !found.convalidated) {
            let validate = Statement::command(self.within.validate());
            session.run(&validate).await?;
        }
        Ok(Undone::Undone)
    }
}

#[async_trait]
impl Step<dyn Session> for DropCheck {
    fn describe(&self) -> Description {
        let table = &self.within.table;
        Description {
            id: format!("uncheck-range:{table}"),
            title: format!("drop the constraint of {table}, for its bounds say the same by now"),
            sql: vec![drop_sql(table)],
            locks: self.within.a_moment(),
            transaction: true,
            undo: vec![self.within.add()],
        }
    }

    async fn precheck(&self, _session: &mut (dyn Session + 'static)) -> Result<Ready, Error> {
        Ok(Ready::Ready)
    }

    async fn forward(&self, session: &mut (dyn Session + 'static)) -> Result<Value, Error> {
        let drop = Statement::command(drop_sql(&self.within.table));
        session.run(&drop).await?;
        let sql = "SELECT $1::text::regclass::oid::int8 AS n";
        let table = Statement::query(sql).bind(self.within.table.to_string());
        let oid: Number = row(session, &table).await?;
        Ok(json!({ "unchecked": oid.n }))
    }

    /// Where the table is gone, or has become another, there is nothing to prove any more.
    async fn undo(
        &self,
        session: &mut (dyn Session + 'static),
        done: &Value,
    ) -> Result<Undone, Error> {
        let oid = done.get("unchecked").and_then(Value::as_u64);
        let Some(oid) = oid else {
            return Ok(Undone::Undone);
        };
        let table = &self.within.table;
        let now = super::drop_created::relation(session, oid).await?;
        let is_partition = matches!(&now, Some((name, Some(_))) if name == table);
        if is_partition && constraint(session, table).await?.is_none() {
            let add = Statement::command(self.within.add());
            session.run(&add).await?;
        }
        Ok(Undone::Undone)
    }
}
