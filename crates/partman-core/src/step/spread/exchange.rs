//! The tables with the copies take the place of DEFAULT, in one transaction: the last changes, DETACH, ATTACH. No table is
//! read, for CHECKs say what they hold. The parent is locked ACCESS EXCLUSIVE for that moment, as DETACH has it: about a
//! millisecond for each partition.
//!
//! The old DEFAULT stays beside the set under another name, with all its rows. The way back exchanges them again, once
//! [`super::KeepWayBack`] has brought it up to date.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lanes::Lanes;
use super::{Spread, changes, copy, run, snapshots, way_back};
use crate::Error;
use crate::name::{RelationName, quote_ident, quote_literal};
use crate::session::{Session, Statement};
use crate::step::drop_created::relation;
use crate::step::give_back::default_of;
use crate::step::ties::Ties;
use crate::step::{Description, Lock, Pace, Ready, Step, Undone, fence};

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExchangeDefault {
    /// What is spread.
    #[serde(flatten)]
    pub spread: Spread,
}

/// What the way back has to know.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Exchanged {
    /// The old DEFAULT.
    replaced: u64,
    /// The new one.
    rest: u64,
    ties: Ties,
}

/// What a table of this name is a partition of, if it is there.
async fn relation_of(
    session: &mut (dyn Session + 'static),
    name: &RelationName,
) -> Result<Option<Option<RelationName>>, Error> {
    let [oid] = way_back::oids(session, [name]).await?;
    match oid {
        Some(oid) => Ok(relation(session, oid).await?.map(|(_, parent)| parent)),
        None => Ok(None),
    }
}

fn lock(table: &RelationName) -> String {
    format!("LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE")
}

fn rename(from: &RelationName, to: &RelationName) -> String {
    format!("ALTER TABLE {from} RENAME TO {}", quote_ident(&to.name))
}

impl ExchangeDefault {
    fn locking(&self) -> Vec<String> {
        let Spread {
            parent,
            default,
            foreign_first,
            ..
        } = &self.spread;
        foreign_first
            .iter()
            .chain([parent, default])
            .map(lock)
            .collect()
    }

    fn exchange(&self) -> Vec<String> {
        let Spread {
            parent,
            default,
            before,
            targets,
            ..
        } = &self.spread;
        let mut all = vec![format!("ALTER TABLE {parent} DETACH PARTITION {default}")];
        all.extend(changes::forget(default));
        all.push(rename(default, before));
        for target in targets {
            let (from, to) = (quote_literal(&target.from), quote_literal(&target.to));
            let partition = &target.partition;
            all.push(format!(
                "ALTER TABLE {parent} ATTACH PARTITION {partition} FOR VALUES FROM ({from}) TO ({to})"
            ));
        }
        all.push(rename(&self.spread.aside(), default));
        all.push(format!(
            "ALTER TABLE {parent} ATTACH PARTITION {default} DEFAULT"
        ));
        all.extend(
            self.spread
                .partitions()
                .chain([default])
                .map(fence::drop_sql),
        );
        all
    }

    fn locking_back(&self) -> Vec<String> {
        let mut all = self.locking();
        all.extend(self.spread.partitions().map(lock));
        all
    }

    fn exchange_back(&self) -> Vec<String> {
        let Spread {
            parent,
            default,
            before,
            ..
        } = &self.spread;
        let detach =
            |table: &RelationName| format!("ALTER TABLE {parent} DETACH PARTITION {table}");
        let mut all = vec![detach(default)];
        all.extend(self.spread.partitions().map(detach));
        all.push(rename(default, &self.spread.aside()));
        all.push(rename(before, default));
        all.push(format!(
            "ALTER TABLE {parent} ATTACH PARTITION {default} DEFAULT"
        ));
        all.push(fence::drop_sql(default));
        all.extend(changes::drop());
        all
    }

    /// Whether all tables are where [`Step::forward`] left them.
    async fn is_as_left(
        &self,
        session: &mut (dyn Session + 'static),
        done: &Exchanged,
    ) -> Result<bool, Error> {
        let Spread {
            parent,
            default,
            before,
            ..
        } = &self.spread;
        let old = relation(session, done.replaced).await? == Some((before.clone(), None));
        let new =
            relation(session, done.rest).await? == Some((default.clone(), Some(parent.clone())));
        Ok(old
            && new
            && default_of(session, parent).await?.as_ref() == Some(default)
            && self.attached(session).await? == self.spread.targets.len())
    }

    /// How many of the targets are partitions of the parent.
    async fn attached(&self, session: &mut (dyn Session + 'static)) -> Result<usize, Error> {
        #[derive(Deserialize)]
        struct One {}
        let mut attached = 0;
        for partition in self.spread.partitions() {
            let sql = "SELECT 1 AS one FROM pg_catalog.pg_inherits WHERE inhrelid = to_regclass($1::text) \
                       AND inhparent = $2::text::regclass";
            let look = Statement::query(sql)
                .bind(partition.to_string())
                .bind(self.spread.parent.to_string());
            let found: Vec<One> = crate::session::rows(session, &look).await?;
            attached += found.len();
        }
        Ok(attached)
    }
}

#[async_trait]
impl Step<dyn Session> for ExchangeDefault {
    fn describe(&self) -> Description {
        let Spread {
            parent,
            default,
            before,
            foreign,
            ..
        } = &self.spread;
        let mut locks = vec![
            Lock::new(parent, "ACCESS EXCLUSIVE"),
            Lock::new(default, "ACCESS EXCLUSIVE"),
        ];
        locks.extend(
            foreign
                .iter()
                .map(|table| Lock::new(table, "ACCESS EXCLUSIVE")),
        );
        Description {
            id: format!("exchange-default:{default}"),
            title: format!(
                "exchange {default} for these tables; it stays beside the set as {before}, with all its rows"
            ),
            sql: [self.locking(), self.exchange()].concat(),
            locks,
            transaction: true,
            undo: [self.locking_back(), self.exchange_back()].concat(),
        }
    }

    fn works_in_pieces(&self) -> bool {
        true
    }

    async fn precheck(&self, session: &mut (dyn Session + 'static)) -> Result<Ready, Error> {
        let spread = &self.spread;
        let exchanged = relation_of(session, &spread.before).await? == Some(None)
            && self.attached(session).await? == spread.targets.len();
        if exchanged {
            return Ok(Ready::AlreadyDone);
        }
        if default_of(session, &spread.parent).await?.as_ref() != Some(&spread.default) {
            return Err(spread.changed("it is no longer the DEFAULT partition"));
        }
        if !changes::noting(session).await?.contains(&spread.default) {
            return Err(
                spread.changed("somebody dropped the trigger that notes what changes in it")
            );
        }
        Ok(Ready::Ready)
    }

    /// So that few changes are left for the moment in which everybody waits, and everybody sees what is copied.
    async fn advance(
        &self,
        session: &mut (dyn Session + 'static),
        so_far: &Value,
    ) -> Result<Pace, Error> {
        let lanes = Lanes {
            spread: &self.spread,
            lanes: copy::lanes(&self.spread),
        };
        match lanes.rest(session, so_far).await? {
            Pace::Through => snapshots::pass(session, so_far).await,
            more => Ok(more),
        }
    }

    async fn retreat(
        &self,
        session: &mut (dyn Session + 'static),
        _done: &Value,
        so_far: &Value,
    ) -> Result<Pace, Error> {
        match changes::are_noted(session).await? {
            true => snapshots::pass(session, so_far).await,
            false => Ok(Pace::Through),
        }
    }

    async fn forward(&self, session: &mut (dyn Session + 'static)) -> Result<Value, Error> {
        let spread = &self.spread;
        run(session, self.locking()).await?;
        let lanes = Lanes {
            spread,
            lanes: copy::lanes(spread),
        };
        while !lanes.changes(session).await? {}
        let [replaced, rest] = way_back::oids(session, [&spread.default, &spread.aside()]).await?;
        let (Some(replaced), Some(rest)) = (replaced, rest) else {
            return Err(spread.changed("it is gone"));
        };
        let ties = Ties::of(session, replaced).await?;
        run(session, self.exchange()).await?;
        let done = Exchanged {
            replaced,
            rest,
            ties,
        };
        Ok(serde_json::to_value(done).expect("plain data"))
    }

    async fn undo(
        &self,
        session: &mut (dyn Session + 'static),
        done: &Value,
    ) -> Result<Undone, Error> {
        let Ok(done) = serde_json::from_value::<Exchanged>(done.clone()) else {
            return Ok(Undone::Undone);
        };
        let Spread {
            parent,
            default,
            before,
            ..
        } = &self.spread;
        if relation(session, done.replaced).await? == Some((default.clone(), Some(parent.clone())))
        {
            return Ok(Undone::Undone);
        }
        // Between the look and the locks a name may have passed to another table.
        let mut same =
            changes::are_noted(session).await? && self.is_as_left(session, &done).await?;
        if same {
            run(session, self.locking_back()).await?;
            same = self.is_as_left(session, &done).await?;
        }
        if !same {
            return Ok(Undone::Kept(format!(
                "{before} or a partition that was made in its place was detached, renamed, dropped or exchanged by somebody"
            )));
        }
        let lanes = Lanes {
            spread: &self.spread,
            lanes: way_back::lanes(&self.spread),
        };
        while !lanes.changes(session).await? {}
        run(session, self.exchange_back()).await?;
        done.ties.restore(session, done.replaced, default).await?;
        Ok(Undone::Undone)
    }
}
