//! The tables that rows of DEFAULT go to, and the trigger that notes what changes meanwhile. Nobody sees the tables, and
//! while they are empty their CHECKs cost nothing. Foreign keys are made here too, so that ATTACH finds them proven.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::way_back::oids;
use super::{Spread, changes, check, run};
use crate::Error;
use crate::name::{RelationName, quote_ident};
use crate::session::{Session, Statement, rows};
use crate::step::drop_created::relation;
use crate::step::fence::CONSTRAINT;
use crate::step::give_back::default_of;
use crate::step::statements::run_at_once;
use crate::step::{Description, Lock, Ready, Step, Undone, index_names};

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageDefault {
    /// What is spread.
    #[serde(flatten)]
    pub spread: Spread,
}

/// What the way back has to know.
#[derive(Deserialize)]
struct Staged {
    created: Vec<u64>,
    default: u64,
}

#[derive(Deserialize)]
struct ForeignKey {
    name: String,
    definition: String,
}

impl StageDefault {
    /// The tables, each kept to its rows.
    fn tables(&self) -> Vec<String> {
        let spread = &self.spread;
        let targets = spread.targets.iter();
        let targets = targets.map(|target| (target.partition.clone(), spread.within(target, "")));
        let rest = (spread.aside(), spread.outside(spread.taken.clone(), ""));
        let mut all = Vec::new();
        for (table, own) in targets.chain([rest]) {
            all.push(spread.belongings.create(&table, &spread.parent));
            all.extend(spread.belongings.give(&table));
            all.push(check(&table, &own));
            all.extend(changes::guard(&table));
        }
        all
    }

    /// From the first lock on that others feel.
    fn noting(&self) -> Vec<String> {
        let default = &self.spread.default;
        let lock = format!("LOCK TABLE ONLY {default} IN SHARE ROW EXCLUSIVE MODE");
        std::iter::once(lock)
            .chain(changes::note(default))
            .collect()
    }

    fn foreign_first(&self) -> Vec<String> {
        let tables = self.spread.foreign_first.iter();
        let lock = |table: &RelationName| format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE");
        tables.map(lock).collect()
    }

    fn undoing(&self) -> Vec<String> {
        let mut all = changes::drop();
        let aside = self.spread.aside();
        let tables = self.spread.partitions().chain([&aside]);
        all.extend(tables.map(|table| format!("DROP TABLE IF EXISTS {table}")));
        all
    }

    /// As the parent has them.
    async fn foreign_keys(&self, session: &mut (dyn Session + 'static)) -> Result<(), Error> {
        let sql = "SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_catalog.pg_constraint \
                   WHERE conrelid = $1::text::regclass AND contype = 'f' AND conparentid = 0 ORDER BY conname";
        let keys = Statement::query(sql).bind(self.spread.parent.to_string());
        let aside = self.spread.aside();
        for ForeignKey { name, definition } in rows(session, &keys).await? {
            let name = quote_ident(&name);
            for table in self.spread.partitions().chain([&aside]) {
                let add = format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}");
                run(session, [add]).await?;
            }
        }
        Ok(())
    }

    /// Of the tables, as far as they are there.
    async fn oids(&self, session: &mut (dyn Session + 'static)) -> Result<Vec<u64>, Error> {
        let aside = self.spread.aside();
        let mut found = Vec::new();
        for table in self.spread.partitions().chain([&aside]) {
            found.extend(oids(session, [table]).await?.into_iter().flatten());
        }
        Ok(found)
    }
}

#[async_trait]
impl Step<dyn Session> for StageDefault {
    fn describe(&self) -> Description {
        let Spread {
            parent,
            default,
            targets,
            foreign,
            ..
        } = &self.spread;
        let mut sql = changes::create(&self.spread);
        sql.extend(self.tables());
        sql.extend(self.foreign_first());
        sql.extend(self.noting());
        let mut locks = vec![Lock::new(default, "SHARE ROW EXCLUSIVE")];
        locks.extend(
            foreign
                .iter()
                .map(|table| Lock::new(table, "SHARE ROW EXCLUSIVE")),
        );
        Description {
            id: format!("stage-default:{default}"),
            title: format!(
                "make {} tables that rows of {default} go to before they are partitions of {parent}, and note what changes in it",
                targets.len() + 1
            ),
            sql,
            locks,
            transaction: true,
            undo: self.undoing(),
        }
    }

    async fn precheck(&self, session: &mut (dyn Session + 'static)) -> Result<Ready, Error> {
        let spread = &self.spread;
        if default_of(session, &spread.parent).await?.as_ref() != Some(&spread.default) {
            return Err(spread.changed("it is no longer the DEFAULT partition"));
        }
        // Left over from somewhere, as in a copy of a database in which a run was under way: copies, as long as DEFAULT is
        // the one that notes.
        if changes::noting(session).await?.contains(&spread.default) {
            run(session, self.undoing()).await?;
        }
        let [before] = oids(session, [&spread.before]).await?;
        if before.is_some() || !self.oids(session).await?.is_empty() {
            return Err(spread.changed(format!(
                "{}, or a table that would be made for them, is there already",
                spread.before
            )));
        }
        run(session, changes::drop()).await?;
        Ok(Ready::Ready)
    }

    async fn prepare(&self, session: &mut (dyn Session + 'static)) -> Result<(), Error> {
        run(session, changes::create(&self.spread)).await?;
        run(session, self.tables()).await?;
        let aside = self.spread.aside();
        index_names::as_if_called(session, &aside, &self.spread.default.name).await
    }

    async fn forward(&self, session: &mut (dyn Session + 'static)) -> Result<Value, Error> {
        run(session, self.foreign_first()).await?;
        self.foreign_keys(session).await?;
        let created = self.oids(session).await?;
        run_at_once(session, self.noting()).await?;
        let [default] = oids(session, [&self.spread.default]).await?;
        Ok(json!({ "created": created, "default": default }))
    }

    /// What is in the tables is in DEFAULT as well, where that is in its place, or notes its changes still, whatever it is
    /// called and wherever it is by now: if not, they are the rows themselves.
    async fn undo(
        &self,
        session: &mut (dyn Session + 'static),
        done: &Value,
    ) -> Result<Undone, Error> {
        let noting = changes::noting(session).await?;
        run(session, changes::drop()).await?;
        // Of a way back that got no further.
        let unfence = format!(
            "ALTER TABLE IF EXISTS {} DROP CONSTRAINT IF EXISTS {CONSTRAINT}",
            self.spread.before
        );
        run(session, [unfence]).await?;
        let Ok(Staged { created, default }) = serde_json::from_value(done.clone()) else {
            return Ok(Undone::Undone);
        };
        let Spread {
            parent,
            default: name,
            ..
        } = &self.spread;
        let found = relation(session, default).await?;
        let notes = found.as_ref().is_some_and(|(now, _)| noting.contains(now));
        if !notes && found != Some((name.clone(), Some(parent.clone()))) {
            return Ok(Undone::Kept(format!(
                "partitions of {parent} hold what {name} held before, and stay"
            )));
        }
        let mut free = Vec::new();
        for oid in created {
            if let Some((table, None)) = relation(session, oid).await? {
                free.push(format!("DROP TABLE {table}"));
            }
        }
        run(session, free).await?;
        Ok(Undone::Undone)
    }
}
