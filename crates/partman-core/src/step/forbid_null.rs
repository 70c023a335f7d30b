//! Forbids NULL in the control column, without anybody waiting for a table to be read.
//!
//! `SET NOT NULL` reads a table under ACCESS EXCLUSIVE unless a validated CHECK says it already. So each partition by itself
//! gets that CHECK (a moment), has it validated (nobody waits), becomes NOT NULL and loses the CHECK (a moment). Each of these
//! is a piece of its own, which locks only that partition. In the end the parent follows: that locks it and all partitions at
//! once, but there is nothing left to read.
//!
//! The way back is the same the other way round. PostgreSQL up to 17 takes NOT NULL from all partitions together with the
//! parent, also from those that had it of their own: these are proven again before, so that it can be given back at once.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fence::{CHECK_VIOLATION, CONSTRAINT, drop_sql};
use super::statements::run;
use super::{Description, Lock, Pace, Ready, Step, Undone};
use crate::name::{RelationName, quote_ident};
use crate::session::{Session, Statement, row, rows};
use crate::{Error, Kind};

/// Sets the control column NOT NULL, in every partition and in the parent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForbidNull {
    /// The parent.
    pub parent: RelationName,
    /// The column.
    pub control: String,
    /// The partitions when the plan was made, for showing what will be done; those that are there then count.
    pub partitions: Vec<RelationName>,
}

/// A partition, at any depth.
#[derive(Deserialize)]
struct Partition {
    oid: u64,
    schema: String,
    name: String,
    /// Whether it holds rows here; a partitioned or foreign one is taken at its word.
    has_rows: bool,
    not_null: bool,
    /// Whether its CHECK is validated; `None` where it has none.
    proven: Option<bool>,
}

impl Partition {
    fn name(&self) -> RelationName {
        RelationName::new(&self.schema, &self.name)
    }

    /// Whether it can become NOT NULL without being read.
    fn is_ready(&self) -> bool {
        !self.has_rows || self.proven == Some(true)
    }
}

/// What the journal keeps: by which undo knows what was there before.
#[derive(Default, Clone, Serialize, Deserialize)]
struct SoFar {
    /// Partitions that become NOT NULL.
    changed: Vec<u64>,
    /// Those that were before.
    had: Vec<u64>,
    /// How many pieces are done.
    done: u64,
}

impl SoFar {
    fn read(value: &Value) -> Self {
        serde_json::from_value(value.clone()).unwrap_or_default()
    }

    /// Knows each partition as it was when it was first seen.
    fn learn(&mut self, partitions: &[Partition]) {
        for partition in partitions {
            let oid = partition.oid;
            if self.changed.contains(&oid) || self.had.contains(&oid) {
                continue;
            }
            match partition.not_null {
                true => self.had.push(oid),
                false => self.changed.push(oid),
            }
        }
    }

    /// After one more piece.
    fn more(mut self, total: usize) -> Pace {
        self.done += 1;
        let done = self.done;
        Pace::More {
            so_far: serde_json::to_value(self).unwrap_or_default(),
            done,
            total: done.max(total as u64),
        }
    }
}

/// What is true of the parent.
#[derive(Deserialize)]
struct Parent {
    not_null: bool,
    /// Whether a primary key has the column.
    in_key: bool,
}

/// Adding a CHECK, validating it, and what follows from it.
const PIECES: usize = 3;

impl ForbidNull {
    fn column(&self) -> String {
        quote_ident(&self.control).into_owned()
    }

    fn alter(&self, table: &RelationName, change: &str) -> String {
        let column = self.column();
        format!("ALTER TABLE {table} ALTER COLUMN {column} {change} NOT NULL")
    }

    fn add(&self, table: &RelationName) -> String {
        let column = self.column();
        format!(
            "ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {CONSTRAINT}, ADD CONSTRAINT {CONSTRAINT} CHECK ({column} IS NOT \
             NULL) NOT VALID"
        )
    }

    fn validation(table: &RelationName) -> String {
        format!("ALTER TABLE {table} VALIDATE CONSTRAINT {CONSTRAINT}")
    }

    async fn partitions(
        &self,
        session: &mut (dyn Session + 'static),
    ) -> Result<Vec<Partition>, Error> {
        let statement = Statement::query(include_str!("../sql/nullability.sql"))
            .bind(self.parent.to_string())
            .bind(self.control.clone())
            .bind(CONSTRAINT);
        rows(session, &statement).await
    }

    async fn parent(&self, session: &mut (dyn Session + 'static)) -> Result<Parent, Error> {
        let sql = "SELECT a.attnotnull AS not_null, EXISTS (SELECT FROM pg_catalog.pg_index x WHERE x.indrelid = a.attrelid \
                   AND x.indisprimary AND a.attnum = ANY (x.indkey::int2[])) AS in_key FROM pg_catalog.pg_attribute a \
                   WHERE a.attrelid = $1::text::regclass AND a.attname = $2 AND NOT a.attisdropped";
        let statement = Statement::query(sql)
            .bind(self.parent.to_string())
            .bind(self.control.clone());
        row(session, &statement).await
    }

    /// The next thing that has to happen before this table can become NOT NULL without being read.
    async fn prove(
        &self,
        session: &mut (dyn Session + 'static),
        partition: &Partition,
    ) -> Result<(), Error> {
        let name = partition.name();
        let sql = match partition.proven {
            None => self.add(&name),
            Some(_) => Self::validation(&name),
        };
        let proven = run(session, [sql]).await;
        proven.map_err(|error| match error.sqlstate() {
            Some(CHECK_VIOLATION) => self.has_rows_without(&name).with_source(error),
            _ => error,
        })
    }

    fn has_rows_without(&self, table: &RelationName) -> Error {
        let column = self.column();
        let why = format!(
            "{table} holds rows without {column}: give them one or delete them, or leave out nulls = \"forbid\""
        );
        Error::new(Kind::Refused, why)
    }

    /// Makes it NOT NULL, for which it is not read.
    async fn set(
        &self,
        session: &mut (dyn Session + 'static),
        partition: &Partition,
    ) -> Result<(), Error> {
        let name = partition.name();
        let drop = partition.proven.map(|_| drop_sql(&name));
        run(session, [self.alter(&name, "SET")].into_iter().chain(drop)).await
    }

    /// Takes it from the parent, and gives it back to those that had it before.
    async fn drop_from_parent(
        &self,
        session: &mut (dyn Session + 'static),
        had: &[u64],
    ) -> Result<(), Error> {
        run(session, [self.alter(&self.parent, "DROP")]).await?;
        for partition in self.partitions(session).await? {
            if had.contains(&partition.oid) && !partition.not_null {
                self.set(session, &partition).await?;
            }
        }
        Ok(())
    }

    /// Leaves a partition as it was before.
    async fn restore(
        &self,
        session: &mut (dyn Session + 'static),
        partition: &Partition,
        had: bool,
    ) -> Result<(), Error> {
        let name = partition.name();
        let back = (partition.not_null && !had).then(|| self.alter(&name, "DROP"));
        let check = partition.proven.map(|_| drop_sql(&name));
        run(session, back.into_iter().chain(check)).await
    }
}

#[async_trait]
impl Step<dyn Session> for ForbidNull {
    fn describe(&self) -> Description {
        let (parent, column) = (&self.parent, self.column());
        let each = self.partitions.iter().flat_map(|partition| {
            [
                self.add(partition),
                Self::validation(partition),
                self.alter(partition, "SET"),
                drop_sql(partition),
            ]
        });
        Description {
            id: format!("forbid-null:{parent}"),
            title: format!(
                "forbid NULL in {column} of {parent} (reads its partitions, one after the other; nobody waits)"
            ),
            sql: each.chain([self.alter(parent, "SET")]).collect(),
            locks: vec![Lock::new(parent, "ACCESS EXCLUSIVE")],
            transaction: false,
            undo: vec![self.alter(parent, "DROP")],
        }
    }

    fn is_long(&self) -> bool {
        true
    }

    fn works_in_pieces(&self) -> bool {
        true
    }

    fn leaves_pieces(&self) -> bool {
        true
    }

    async fn precheck(&self, session: &mut (dyn Session + 'static)) -> Result<Ready, Error> {
        Ok(match self.parent(session).await?.not_null {
            true => Ready::AlreadyDone,
            false => Ready::Ready,
        })
    }

    async fn advance(
        &self,
        session: &mut (dyn Session + 'static),
        so_far: &Value,
    ) -> Result<Pace, Error> {
        let partitions = self.partitions(session).await?;
        let mut so_far = SoFar::read(so_far);
        so_far.learn(&partitions);
        let total = PIECES * so_far.changed.len() + 1;
        let Some(next) = partitions.iter().find(|partition| !partition.not_null) else {
            return Ok(Pace::Through);
        };
        match next.is_ready() {
            true => self.set(session, next).await?,
            false => self.prove(session, next).await?,
        }
        Ok(so_far.more(total))
    }

    async fn forward(&self, session: &mut (dyn Session + 'static)) -> Result<Value, Error> {
        run(session, [self.alter(&self.parent, "SET")]).await?;
        Ok(Value::Null)
    }

    /// All of the way back: `done` is what the last piece said.
    async fn retreat(
        &self,
        session: &mut (dyn Session + 'static),
        done: &Value,
        so_far: &Value,
    ) -> Result<Pace, Error> {
        let before = SoFar::read(done);
        let pieces = SoFar::read(so_far);
        let partitions = self.partitions(session).await?;
        let total = partitions.len() + 1;
        let had = |partition: &Partition| before.had.contains(&partition.oid);
        let parent = self.parent(session).await?;
        if parent.not_null {
            if parent.in_key {
                let (column, parent) = (self.column(), &self.parent);
                let why = format!("{column} of {parent} is part of its primary key by now");
                return Ok(Pace::Kept(why));
            }
            let unproven = partitions.iter().find(|p| had(p) && !p.is_ready());
            match unproven {
                Some(partition) => self.prove(session, partition).await?,
                None => self.drop_from_parent(session, &before.had).await?,
            }
            return Ok(pieces.more(total));
        }
        let ours = |p: &&Partition| before.changed.contains(&p.oid) && p.not_null;
        let next = partitions.iter().rev();
        let mut next = next.filter(|p| ours(p) || (p.proven.is_some() && (had(p) || !p.not_null)));
        match next.next() {
            Some(partition) => {
                self.restore(session, partition, had(partition)).await?;
                Ok(pieces.more(total))
            }
            None => Ok(Pace::Through),
        }
    }

    async fn undo(
        &self,
        _session: &mut (dyn Session + 'static),
        _done: &Value,
    ) -> Result<Undone, Error> {
        Ok(Undone::Undone)
    }
}
