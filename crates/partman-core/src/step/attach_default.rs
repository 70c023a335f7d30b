//! A DEFAULT partition whose rows all belong into one range becomes the partition of that range, and a new, empty one
//! takes its place: no row is moved, and each is there at every moment.
//!
//! One transaction: DETACH and ATTACH with the same table, which spares the reading because a validated CHECK says the
//! range (see [`super::range_check`]). The parent is locked ACCESS EXCLUSIVE for that moment, as DETACH has it; so are
//! tables that its foreign keys refer to.
//!
//! The name goes with the role: who names the DEFAULT partition means rows without a place, and finds the new one; the old
//! table gets the name that pg_partman would give its range, for one called `…_default` that isn't the default would
//! mislead. Indexes and constraints stay with their tables. The new one has the parent's grants, as new partitions have.
//!
//! The way back is the same the other way round. Rows that the new DEFAULT got meanwhile go back into the old one.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::NEW_DEFAULT as ASIDE;
use super::drop_created::{STILL_NEEDED, relation};
use super::give_back::{MOST_TO_GIVE_BACK, count, default_of};
use super::looking_back::nobody_surely_does;
use super::new_table::Belongings;
use super::rescue::Rescue;
use super::statements::{know_partitions, lock, rename, run, run_at_once};
use super::ties::{Exchange, Ties};
use super::{Description, Lock, Ready, Step, Undone, fence, index_names};
use crate::bound::{Bound, is_range};
use crate::name::{RelationName, quote_literal};
use crate::session::{Session, Statement, rows};
use crate::{Error, Kind};

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttachDefault {
    /// The parent.
    pub parent: RelationName,
    /// The DEFAULT partition; afterwards the new one has this name.
    pub default: RelationName,
    /// What the old one is called afterwards, in the same schema.
    pub partition: RelationName,
    /// Lower bound as an SQL literal's text.
    pub from: String,
    /// Upper bound as an SQL literal's text.
    pub to: String,
    /// What the new DEFAULT has.
    #[serde(flatten)]
    pub belongings: Belongings,
    /// How rows of the new DEFAULT return into the old one on the way back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rescue: Option<Rescue>,
    /// Tables at the other end of foreign keys, which DETACH locks.
    pub foreign: Vec<RelationName>,
    /// Of these, the ones that are locked before the parent, so that waiting for them keeps nobody waiting there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign_first: Vec<RelationName>,
}

#[derive(Deserialize)]
struct Found {
    bound: Option<String>,
}

impl AttachDefault {
    fn aside(&self) -> RelationName {
        self.default.sibling(ASIDE)
    }

    fn locking(&self) -> Vec<String> {
        let set = [&self.parent, &self.default];
        self.foreign_first.iter().chain(set).map(lock).collect()
    }

    fn locking_back(&self) -> Vec<String> {
        let mut all = self.locking();
        all.push(lock(&self.partition));
        all
    }

    fn attach(&self) -> String {
        let Self {
            parent, partition, ..
        } = self;
        let (from, to) = (quote_literal(&self.from), quote_literal(&self.to));
        format!(
            "ALTER TABLE {parent} ATTACH PARTITION {partition} FOR VALUES FROM ({from}) TO ({to})"
        )
    }

    /// From the first lock on.
    fn swap(&self) -> [String; 5] {
        let Self {
            parent,
            default,
            partition,
            ..
        } = self;
        [
            format!("ALTER TABLE {parent} DETACH PARTITION {default}"),
            rename(default, partition),
            self.attach(),
            rename(&self.aside(), default),
            format!("ALTER TABLE {parent} ATTACH PARTITION {default} DEFAULT"),
        ]
    }

    /// The way back, where the new DEFAULT is there to be taken away. Its rows go last, when the constraint is gone that
    /// would refuse them.
    fn swap_back(&self, with_rows: bool) -> Vec<String> {
        let Self {
            parent,
            default,
            partition,
            ..
        } = self;
        let rescue = self.rescue.as_ref().filter(|_| with_rows);
        let moving = rescue.map(|rescue| rescue.back_into(partition, default, 0));
        let (before, after) = moving.map_or_else(Default::default, |m| (m.before, m.after));
        let mut all = before;
        all.extend([
            format!("ALTER TABLE {parent} DETACH PARTITION {default}"),
            format!("ALTER TABLE {parent} DETACH PARTITION {partition}"),
            format!("ALTER TABLE {parent} ATTACH PARTITION {partition} DEFAULT"),
            fence::drop_sql(partition),
        ]);
        all.extend(after);
        all.push(format!("DROP TABLE {default}"));
        all.push(rename(partition, default));
        all
    }

    async fn find(
        &self,
        session: &mut (dyn Session + 'static),
        name: &RelationName,
    ) -> Result<Option<Found>, Error> {
        let sql = "SELECT c.oid::int8 AS oid, pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_catalog.pg_class c \
                   JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                   LEFT JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid \
                   WHERE n.nspname = $1 AND c.relname = $2 \
                   AND ($3::text::regclass = i.inhparent OR i.inhparent IS NULL)";
        let statement = Statement::query(sql)
            .bind(name.schema.clone())
            .bind(name.name.clone())
            .bind(self.parent.to_string());
        Ok(rows(session, &statement).await?.pop())
    }

    fn changed(&self, why: &str) -> Error {
        let why = format!("{} can't become a partition: {why}", self.default);
        Error::new(Kind::Changed, why)
    }
}

#[async_trait]
impl Step<dyn Session> for AttachDefault {
    fn describe(&self) -> Description {
        let Self {
            default,
            partition,
            from,
            to,
            ..
        } = self;
        let aside = self.aside();
        let mut sql = vec![self.belongings.create(&aside, &self.parent)];
        sql.extend(self.belongings.give(&aside));
        sql.extend(self.locking());
        sql.extend(self.swap());
        let mut locks = vec![
            Lock::new(&self.parent, "ACCESS EXCLUSIVE"),
            Lock::new(default, "ACCESS EXCLUSIVE"),
        ];
        let foreign = self.foreign.iter();
        locks.extend(foreign.map(|table| Lock::new(table, "ACCESS EXCLUSIVE")));
        Description {
            id: format!("attach-default:{default}"),
            title: format!(
                "make {default} with all its rows the partition {partition} from {from} to {to}, and an empty {default} in its \
                 place"
            ),
            sql,
            locks,
            transaction: true,
            undo: [self.locking_back(), self.swap_back(true)].concat(),
        }
    }

    async fn precheck(&self, session: &mut (dyn Session + 'static)) -> Result<Ready, Error> {
        if let Some(there) = self.find(session, &self.partition).await? {
            let bound = there.bound.unwrap_or_default();
            return match is_range(&bound, &self.from, &self.to) {
                true => Ok(Ready::AlreadyDone),
                false => Err(self.changed("something else has the name that it would get")),
            };
        }
        let default = self.find(session, &self.default).await?;
        match default
            .and_then(|found| found.bound)
            .as_deref()
            .and_then(Bound::parse)
        {
            Some(Bound::Default) => Ok(Ready::Ready),
            _ => Err(self.changed("it is no longer the DEFAULT partition")),
        }
    }

    /// The new table's indexes are named as if it had its final name, as far as those names are free.
    async fn prepare(&self, session: &mut (dyn Session + 'static)) -> Result<(), Error> {
        let aside = self.aside();
        run(session, [self.belongings.create(&aside, &self.parent)]).await?;
        run(session, self.belongings.give(&aside)).await?;
        index_names::as_if_called(session, &aside, &self.default.name).await?;
        know_partitions(session, &self.default).await
    }

    async fn forward(&self, session: &mut (dyn Session + 'static)) -> Result<Value, Error> {
        run_at_once(session, self.locking()).await?;
        let found = Exchange::of(session, &self.default, &self.aside()).await?;
        let Some(Exchange { old, new, ties }) = found else {
            return Err(self.changed("it is gone"));
        };
        run_at_once(session, self.swap()).await?;
        ties.restore(session, old, &self.partition).await?;
        Ok(json!({ "attached": old, "created": [new] }))
    }

    async fn undo(
        &self,
        session: &mut (dyn Session + 'static),
        done: &Value,
    ) -> Result<Undone, Error> {
        let created = done.get("created").and_then(|all| all.get(0));
        let (Some(old), Some(new)) = (
            done.get("attached").and_then(Value::as_u64),
            created.and_then(Value::as_u64),
        ) else {
            return Ok(Undone::Undone);
        };
        let Self {
            parent,
            default,
            partition,
            ..
        } = self;
        let kept = |why: String| Ok(Undone::Kept(why));
        let old_is = relation(session, old).await?;
        if old_is == Some((default.clone(), Some(parent.clone())))
            && relation(session, new).await?.is_none()
        {
            return Ok(Undone::Undone);
        }
        // Between the look and the locks a name may have passed to another table.
        let mut same = self.is_as_left(session, old, new).await?;
        if same {
            know_partitions(session, default).await?;
            run_at_once(session, self.locking_back()).await?;
            same = self.is_as_left(session, old, new).await?;
        }
        if !same {
            return kept(format!(
                "{partition} and {default} were detached, renamed, dropped or exchanged by somebody"
            ));
        }
        let rows = count(session, default).await?;
        if rows > MOST_TO_GIVE_BACK || (rows > 0 && self.rescue.is_none()) {
            return kept(format!(
                "{default} has rows that can't return into {partition}"
            ));
        }
        self.back(session, old, rows > 0).await
    }
}

impl AttachDefault {
    /// Whether both tables are where [`Step::forward`] left them.
    async fn is_as_left(
        &self,
        session: &mut (dyn Session + 'static),
        old: u64,
        new: u64,
    ) -> Result<bool, Error> {
        let there = |name: &RelationName| Some((name.clone(), Some(self.parent.clone())));
        Ok(relation(session, old).await? == there(&self.partition)
            && relation(session, new).await? == there(&self.default)
            && default_of(session, &self.parent).await?.as_ref() == Some(&self.default))
    }

    /// Nothing of it happens where something else needs the new table.
    async fn back(
        &self,
        session: &mut (dyn Session + 'static),
        oid: u64,
        with_rows: bool,
    ) -> Result<Undone, Error> {
        let ties = Ties::of(session, oid).await?;
        if let Some(rescue) = self.rescue.as_ref().filter(|_| with_rows) {
            rescue.retreats.nobody_looks_back(session).await?;
        }
        run(session, ["SAVEPOINT partman_attach_back".to_owned()]).await?;
        match run_at_once(session, self.swap_back(with_rows)).await {
            Err(error) if error.sqlstate() == Some(STILL_NEEDED) => {
                let back = "ROLLBACK TO SAVEPOINT partman_attach_back";
                run(session, [back.to_owned()]).await?;
                Ok(Undone::Kept(format!("{} is needed: {error}", self.default)))
            }
            done => {
                done?;
                ties.restore(session, oid, &self.default).await?;
                if with_rows {
                    nobody_surely_does(session).await?;
                }
                Ok(Undone::Undone)
            }
        }
    }
}
