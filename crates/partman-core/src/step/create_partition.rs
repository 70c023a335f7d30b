//! Creates one partition as a free table and attaches it: SHARE UPDATE EXCLUSIVE on the parent, so readers and writers
//! go on. `CREATE TABLE … PARTITION OF` would take ACCESS EXCLUSIVE on it. Beside a DEFAULT partition, ATTACH looks
//! through that one under ACCESS EXCLUSIVE: where it is small that is a moment, and rows that belong into the new
//! partition are brought along (see [`super::rescue`]); where it is large, a fence stands around it.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fence::CHECK_VIOLATION;
use super::looking_back::nobody_surely_does;
use super::new_table::Belongings;
use super::rescue::{Move, Rescue};
use super::statements::{self, know_partitions, run_at_once};
use super::{Description, Lock, Ready, Step, Undone, drop_created, fence, give_back};
use crate::name::{RelationName, quote_literal};
use crate::session::{Session, Statement, row, rows};
use crate::{Error, Kind};

/// One new partition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreatePartition {
    /// The parent.
    pub parent: RelationName,
    /// The new partition.
    pub partition: RelationName,
    /// Whether it is FOR VALUES IN the lower bound alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub list: bool,
    /// Lower bound as an SQL literal's text.
    pub from: String,
    /// Upper bound as an SQL literal's text.
    pub to: String,
    /// What `LIKE` doesn't bring.
    #[serde(flatten)]
    pub belongings: Belongings,
    /// The DEFAULT partition, which ATTACH locks.
    pub default: Option<RelationName>,
    /// How rows of DEFAULT that belong here are brought along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rescue: Option<Rescue>,
    /// Whether a fence around DEFAULT was put up for this range; it comes down with the ATTACH.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fenced: bool,
    /// Tables at the other end of foreign keys, which ATTACH locks.
    pub foreign: Vec<RelationName>,
    /// Of these, the ones that are locked before the parent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign_first: Vec<RelationName>,
}

#[derive(Deserialize)]
struct Existing {
    parent: Option<u32>,
    same_parent: bool,
    bound: Option<String>,
}

#[derive(Deserialize)]
struct Oid {
    oid: u32,
}

impl CreatePartition {
    fn attach(&self) -> String {
        let (from, to) = (quote_literal(&self.from), quote_literal(&self.to));
        let bound = match self.list {
            true => format!("IN ({from})"),
            false => format!("FROM ({from}) TO ({to})"),
        };
        format!(
            "ALTER TABLE {} ATTACH PARTITION {} FOR VALUES {bound}",
            self.parent, self.partition
        )
    }

    fn statements(&self) -> Vec<String> {
        let mut all = vec![self.belongings.create(&self.partition, &self.parent)];
        all.extend(self.belongings.give(&self.partition));
        all.extend(self.locking("SHARE ROW EXCLUSIVE"));
        if self.rescue.is_some() {
            let lock = self.lock_parent("ACCESS EXCLUSIVE");
            all.push(format!(
                "{lock} (only if rows of its DEFAULT are brought along)"
            ));
        }
        all.extend(self.attaching_with_rows());
        all
    }

    /// Beside a DEFAULT, writers wait at the parent for the moment that ATTACH takes. One that had got as far as DEFAULT
    /// before would find there that its row belongs elsewhere by now, which is an error.
    ///
    /// Whatever else ATTACH needs comes before, so that waiting for it keeps no writer of the set waiting: the mode in which
    /// it locks the tables of foreign keys lets keys be looked up there.
    ///
    /// Where rows are brought along, `mode` has to keep readers out of the parent too. One that had read there which
    /// partitions there are, and waits for DEFAULT, would go on to look for those rows in DEFAULT only.
    fn locking(&self, mode: &str) -> Vec<String> {
        let Some(default) = &self.default else {
            return Vec::new();
        };
        let lock = |table: &RelationName| format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE");
        let mut all: Vec<String> = self.foreign_first.iter().map(lock).collect();
        all.push(self.lock_parent(mode));
        all.push(statements::lock(default));
        all
    }

    fn lock_parent(&self, mode: &str) -> String {
        format!("LOCK TABLE ONLY {} IN {mode} MODE", self.parent)
    }

    fn attaching_with_rows(&self) -> Vec<String> {
        let attach = std::iter::once(self.attach());
        let (Some(rescue), Some(default)) = (&self.rescue, &self.default) else {
            return attach.chain(self.unfencing()).collect();
        };
        let Move { before, after } =
            rescue.out_of(default, (&self.from, &self.to), &self.partition);
        let all = before.into_iter().chain(attach).chain(after);
        all.chain(self.unfencing()).collect()
    }

    fn unfencing(&self) -> Option<String> {
        let default = self.default.as_ref().filter(|_| self.fenced);
        default.map(fence::drop_sql)
    }

    fn undoing(&self) -> Vec<String> {
        let partition = &self.partition;
        let mut all = Vec::new();
        if let (Some(rescue), Some(default)) = (&self.rescue, &self.default) {
            let Move { before, after } = rescue.back_into(default, partition, 0);
            all.extend(before);
            all.push(format!(
                "ALTER TABLE {} DETACH PARTITION {partition} (only if rows of {default} were brought along; this line and \
                 the next)",
                self.parent
            ));
            all.extend(after);
        }
        all.push(format!("DROP TABLE {partition} (only if it is empty)"));
        all
    }

    fn locks(&self) -> Vec<Lock> {
        let mode = match self.default {
            Some(_) => "SHARE ROW EXCLUSIVE",
            None => "SHARE UPDATE EXCLUSIVE",
        };
        let parent = Lock::new(&self.parent, mode);
        let default = self
            .default
            .iter()
            .map(|name| Lock::new(name, "ACCESS EXCLUSIVE"));
        let foreign = self
            .foreign
            .iter()
            .map(|name| Lock::new(name, "SHARE ROW EXCLUSIVE"));
        std::iter::once(parent)
            .chain(default)
            .chain(foreign)
            .collect()
    }
}

#[async_trait]
impl Step<dyn Session> for CreatePartition {
    fn describe(&self) -> Description {
        Description {
            id: format!("create-partition:{}", self.partition),
            title: format!("create {} for {} to {}", self.partition, self.from, self.to),
            sql: self.statements(),
            locks: self.locks(),
            transaction: true,
            undo: self.undoing(),
        }
    }

    async fn precheck(&self, session: &mut (dyn Session + 'static)) -> Result<Ready, Error> {
        let statement = Statement::query(include_str!("../sql/existing_partition.sql"))
            .bind(self.partition.schema.clone())
            .bind(self.partition.name.clone())
            .bind(self.parent.to_string());
        match rows::<Existing>(session, &statement).await?.pop() {
            None => Ok(Ready::Ready),
            Some(found) if found.same_parent => {
                let bound = found.bound.unwrap_or_default();
                if self.is_my_bound(&bound) {
                    // What was put up for it comes down, whoever made it.
                    if let Some(sql) = self.unfencing() {
                        session.run(&Statement::command(sql)).await?;
                    }
                    return Ok(Ready::AlreadyDone);
                }
                Err(self.changed(format!("it is there with another bound: {bound}")))
            }
            Some(Existing {
                parent: Some(_), ..
            }) => Err(self.changed("it is a partition of another table".to_owned())),
            Some(_) => Err(self.changed("something else has its name".to_owned())),
        }
    }

    async fn prepare(&self, session: &mut (dyn Session + 'static)) -> Result<(), Error> {
        let create = self.belongings.create(&self.partition, &self.parent);
        session.run(&Statement::command(create)).await?;
        for sql in self.belongings.give(&self.partition) {
            session.run(&Statement::command(sql)).await?;
        }
        match &self.default {
            Some(default) => know_partitions(session, default).await,
            None => Ok(()),
        }
    }

    async fn forward(&self, session: &mut (dyn Session + 'static)) -> Result<Value, Error> {
        let oid = "SELECT $1::text::regclass::oid::int8 AS oid";
        let created: Oid = row(
            session,
            &Statement::query(oid).bind(self.partition.to_string()),
        )
        .await?;
        let created = created.oid;
        if self.rows_to_rescue(session).await? > 0 {
            let rescued = self.attach_with_rows(session).await?;
            return Ok(json!({ "created": [created], "rescued": rescued }));
        }
        let mut all = self.locking("SHARE ROW EXCLUSIVE");
        all.push(self.attach());
        all.extend(self.unfencing());
        match run_at_once(session, all).await {
            Err(error) if self.has_got_rows(&error) => Err(self.come_again(error)),
            other => other.map(|()| json!({ "created": [created] })),
        }
    }

    async fn undo(
        &self,
        session: &mut (dyn Session + 'static),
        done: &Value,
    ) -> Result<Undone, Error> {
        if let (Some(rescue), Some(_)) = (&self.rescue, done.get("rescued")) {
            return give_back::give_back(session, &self.parent, rescue, done).await;
        }
        drop_created::drop_empty(session, &self.parent, done).await
    }
}

impl CreatePartition {
    /// How many rows of DEFAULT belong into this partition, at this moment.
    async fn rows_to_rescue(&self, session: &mut (dyn Session + 'static)) -> Result<i64, Error> {
        let (Some(rescue), Some(default)) = (&self.rescue, &self.default) else {
            return Ok(0);
        };
        let range = (self.from.as_str(), self.to.as_str());
        rescue.few(session, default, range).await
    }

    /// Attaches it with the rows of DEFAULT that belong into it, and returns how many they were.
    async fn attach_with_rows(&self, session: &mut (dyn Session + 'static)) -> Result<i64, Error> {
        run_at_once(session, self.locking("ACCESS EXCLUSIVE")).await?;
        if let Some(rescue) = &self.rescue {
            rescue.retreats.nobody_looks_back(session).await?;
        }
        let rows = self.rows_to_rescue(session).await?;
        run_at_once(session, self.attaching_with_rows()).await?;
        nobody_surely_does(session).await?;
        Ok(rows)
    }

    /// Whether rows that are to be brought along have come since we looked.
    fn has_got_rows(&self, error: &Error) -> bool {
        self.rescue.is_some() && error.sqlstate() == Some(CHECK_VIOLATION)
    }

    /// They need a stronger lock on the parent, which is taken before any other.
    fn come_again(&self, error: Error) -> Error {
        let why = format!("rows of {} are written just now", self.partition);
        Error::new(Kind::LockTimeout, why).with_source(error)
    }

    /// The catalog prints numbers bare or quoted and times in its own way; both sides are read before they are compared.
    fn is_my_bound(&self, printed: &str) -> bool {
        use crate::bound::{Bound, Datum, is_range};
        if !self.list {
            return is_range(printed, &self.from, &self.to);
        }
        let mine = [Datum::Value(self.from.clone())];
        matches!(Bound::parse(printed), Some(Bound::List(values)) if values == mine)
    }

    fn changed(&self, why: String) -> Error {
        Error::new(
            Kind::Changed,
            format!("{} can't be created: {why}", self.partition),
        )
    }
}
