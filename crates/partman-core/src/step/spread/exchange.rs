//! The tables with the copies take the place of DEFAULT, in one transaction: the last changes, DETACH, ATTACH. No table is
//! read, for CHECKs say what they hold. The parent is locked ACCESS EXCLUSIVE for that moment, as DETACH has it: about a
//! millisecond for each partition.
//!
//! The old DEFAULT stays beside the set under another name, with all its rows. The way back exchanges them again, once it
//! has been brought up to date ([`super::way_back`]).

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::lanes::Lanes;
use super::snapshots::{self, last_changes};
use super::way_back::{WayBack, cant_return, is_final, oids};
use super::{Spread, changes, copy, run, way_back};
use crate::Error;
use crate::name::{RelationName, quote_literal};
use crate::session::{Session, Statement, row};
use crate::step::drop_created::relation;
use crate::step::give_back::default_of;
use crate::step::looking_back::Retreats;
use crate::step::statements::{know_partitions, lock, rename, run_at_once};
use crate::step::ties::{Exchange, Ties};
use crate::step::{Description, Lock, Pace, Ready, Step, Undone, fence};

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExchangeDefault {
    /// What is spread.
    #[serde(flatten)]
    pub spread: Spread,
    #[serde(skip)]
    retreats: Retreats,
}

impl From<Spread> for ExchangeDefault {
    fn from(spread: Spread) -> Self {
        Self {
            spread,
            retreats: Retreats::default(),
        }
    }
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
    let [oid] = oids(session, [name]).await?;
    match oid {
        Some(oid) => Ok(relation(session, oid).await?.map(|(_, parent)| parent)),
        None => Ok(None),
    }
}

const NOT_NOTED: &str = "somebody switched its triggers off, or dropped its unique key, so that not all that changed is known";

/// Whatever takes longer under these locks isn't what was planned. Pieces before may take their time.
const IN_A_MOMENT: &str = "SET LOCAL statement_timeout = '10s'";

fn in_a_moment(locking: Vec<String>) -> impl Iterator<Item = String> {
    std::iter::once(IN_A_MOMENT.to_owned()).chain(locking)
}

impl Exchanged {
    fn read(done: &Value) -> Option<Self> {
        serde_json::from_value(done.clone()).ok()
    }
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
        let mut all = vec![
            changes::let_in(),
            format!("ALTER TABLE {parent} DETACH PARTITION {default}"),
        ];
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

    /// What brings the old DEFAULT up to date.
    fn refilling(&self) -> Vec<String> {
        let lanes = way_back::lanes(&self.spread);
        let note = lanes.iter().flat_map(|lane| changes::note(&lane.from));
        let note = note.chain(changes::guard(&self.spread.before));
        let sweep = lanes.iter().map(|lane| lane.sweep(&self.spread, None));
        let copy = lanes.iter().map(|lane| lane.copy(&self.spread, None));
        note.chain(sweep).chain(copy).collect()
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

    /// Whether the tables are as the parent's partitions have to be: an index that is missing would be made by ATTACH, while
    /// everybody waits.
    async fn are_alike(&self, session: &mut (dyn Session + 'static)) -> Result<bool, Error> {
        #[derive(Deserialize)]
        struct Unlike {
            n: usize,
        }
        let aside = self.spread.aside();
        let names = self.spread.partitions().chain([&aside]);
        let names: Vec<String> = names.map(ToString::to_string).collect();
        let look = Statement::query(include_str!("../../sql/unlike_parent.sql"))
            .bind(self.spread.parent.to_string())
            .bind(json!(names).to_string());
        Ok(row::<Unlike>(session, &look).await?.n == 0)
    }

    /// What the way back has to know of the tables, whose changes have all been noted.
    async fn found(&self, session: &mut (dyn Session + 'static)) -> Result<Exchanged, Error> {
        let spread = &self.spread;
        if !changes::can_be_relied_on(session, spread, &[&spread.default]).await? {
            return Err(spread.changed(NOT_NOTED));
        }
        let found = Exchange::of(session, &spread.default, &spread.aside()).await?;
        let Exchange { old, new, ties } = found.ok_or_else(|| spread.changed("it is gone"))?;
        Ok(Exchanged {
            replaced: old,
            rest: new,
            ties,
        })
    }

    /// How many of the targets are partitions of the parent.
    async fn attached(&self, session: &mut (dyn Session + 'static)) -> Result<usize, Error> {
        #[derive(Deserialize)]
        struct Attached {
            n: usize,
        }
        let names: Vec<String> = self.spread.partitions().map(ToString::to_string).collect();
        let sql = "SELECT count(*) AS n FROM pg_catalog.pg_inherits WHERE inhparent = $1::text::regclass \
                   AND inhrelid IN (SELECT to_regclass(name) FROM json_array_elements_text($2::text::json) AS name)";
        let look = Statement::query(sql)
            .bind(self.spread.parent.to_string())
            .bind(json!(names).to_string());
        Ok(row::<Attached>(session, &look).await?.n)
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
                "put these tables in the place of {default}, which is kept beside the set as {before} with all its rows"
            ),
            sql: [self.locking(), self.exchange()].concat(),
            locks,
            transaction: true,
            undo: [self.refilling(), self.locking_back(), self.exchange_back()].concat(),
        }
    }

    fn is_long(&self) -> bool {
        true
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
        if !changes::can_be_relied_on(session, spread, &[&spread.default]).await? {
            return Err(spread.changed(NOT_NOTED));
        }
        if !self.are_alike(session).await? {
            let parent = &spread.parent;
            return Err(spread.changed(format!(
                "{parent} has got other columns or indexes since tables were made for them; plan it again"
            )));
        }
        Ok(Ready::Ready)
    }

    /// So that few changes are left for the moment in which everybody waits, and everybody sees what is copied. What the server
    /// has to read for that moment it reads before: nothing comes between the last changes and the locks.
    async fn advance(
        &self,
        session: &mut (dyn Session + 'static),
        so_far: &Value,
    ) -> Result<Pace, Error> {
        let lanes = Lanes {
            spread: &self.spread,
            lanes: copy::lanes(&self.spread),
        };
        know_partitions(session, &self.spread.default).await?;
        self.found(session).await?;
        snapshots::settle(session, &lanes, so_far).await
    }

    /// Brings the old DEFAULT up to date, from whatever point the run is taken back.
    async fn retreat(
        &self,
        session: &mut (dyn Session + 'static),
        done: &Value,
        so_far: &Value,
    ) -> Result<Pace, Error> {
        let Some(done) = Exchanged::read(done) else {
            return Ok(Pace::Through);
        };
        if self.is_taken_back(session, &done).await? {
            return Ok(Pace::Through);
        }
        if !self.is_as_left(session, &done).await? {
            return Ok(Pace::Kept(self.was_changed()));
        }
        if !done.ties.are_all(session, &self.spread.parent).await? {
            return Ok(Pace::Kept(format!(
                "{parent} has other indexes than when {} was its DEFAULT partition, and it would have to be read to get them; \
                 the partitions of {parent} hold all rows, and stay",
                self.spread.before,
                parent = self.spread.parent
            )));
        }
        know_partitions(session, &self.spread.default).await?;
        WayBack::of(&self.spread).piece(session, so_far).await
    }

    async fn forward(&self, session: &mut (dyn Session + 'static)) -> Result<Value, Error> {
        let spread = &self.spread;
        run_at_once(session, in_a_moment(self.locking())).await?;
        let lanes = Lanes {
            spread,
            lanes: copy::lanes(spread),
        };
        last_changes(session, &lanes, &self.retreats).await?;
        let done = self.found(session).await?;
        run_at_once(session, self.exchange()).await?;
        Ok(serde_json::to_value(done).expect("plain data"))
    }

    async fn undo(
        &self,
        session: &mut (dyn Session + 'static),
        done: &Value,
    ) -> Result<Undone, Error> {
        let Some(done) = Exchanged::read(done) else {
            return Ok(Undone::Undone);
        };
        if self.is_taken_back(session, &done).await? {
            return Ok(Undone::Undone);
        }
        run_at_once(session, in_a_moment(self.locking_back())).await?;
        // Between the last piece and the locks a name may have passed to another table.
        if !changes::are_noted(session).await? || !self.is_as_left(session, &done).await? {
            return Ok(Undone::Kept(self.was_changed()));
        }
        run(session, ["SAVEPOINT partman_exchange_back".to_owned()]).await?;
        match self.back(session, &done).await {
            Err(error) if is_final(&error) => {
                let back = "ROLLBACK TO SAVEPOINT partman_exchange_back";
                run(session, [back.to_owned()]).await?;
                Ok(Undone::Kept(cant_return(&self.spread, &error)))
            }
            done => done.map(|()| Undone::Undone),
        }
    }
}

impl ExchangeDefault {
    /// Whether DEFAULT is what it was.
    async fn is_taken_back(
        &self,
        session: &mut (dyn Session + 'static),
        done: &Exchanged,
    ) -> Result<bool, Error> {
        let Spread {
            parent, default, ..
        } = &self.spread;
        Ok(
            relation(session, done.replaced).await?
                == Some((default.clone(), Some(parent.clone()))),
        )
    }

    async fn back(
        &self,
        session: &mut (dyn Session + 'static),
        done: &Exchanged,
    ) -> Result<(), Error> {
        let spread = &self.spread;
        let tables: Vec<&RelationName> = spread.partitions().chain([&spread.default]).collect();
        if !changes::can_be_relied_on(session, spread, &tables).await? {
            return Err(spread.changed(NOT_NOTED));
        }
        let lanes = Lanes {
            spread,
            lanes: way_back::lanes(spread),
        };
        last_changes(session, &lanes, &self.retreats).await?;
        run_at_once(session, self.exchange_back()).await?;
        done.ties
            .restore(session, done.replaced, &spread.default)
            .await
    }

    fn was_changed(&self) -> String {
        format!(
            "{} or a partition that was made in its place was detached, renamed, dropped or exchanged by somebody",
            self.spread.before
        )
    }
}
